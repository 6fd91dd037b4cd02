import { join } from 'node:path'
import { expect } from 'vitest'
import type { RunningHost } from '../hosts/running-host.ts'

/** Does something that saves a file, and waits for it. @returns where it lies */
export type NextDownload = (act: () => Promise<void>) => Promise<string>

/** Lets files that are saved go into a folder, in place of the person who would choose one. */
export async function catchDownloads({ page, electron }: RunningHost, folder: string): Promise<NextDownload> {
  if (!electron)
    return async (act) => {
      const [download] = await Promise.all([page.waitForEvent('download', { timeout: 90_000 }), act()])
      const path = join(folder, download.suggestedFilename())
      await download.saveAs(path)
      return path
    }
  // Playwright does not see Electron's downloads.
  await electron.evaluate(({ BrowserWindow }, into) => {
    const saved: string[] = []
    Object.assign(globalThis, { savedFiles: saved })
    const session = BrowserWindow.getAllWindows()[0]?.webContents.session
    session?.removeAllListeners('will-download')
    session?.on('will-download', (_event, item) => {
      const path = `${into}/${item.getFilename()}`
      item.setSavePath(path)
      item.once('done', (_done, state) => saved.push(state === 'completed' ? path : `failed: ${state}`))
    })
  }, folder)
  const saved = (): Promise<string[]> =>
    electron.evaluate(() => (globalThis as unknown as { savedFiles: string[] }).savedFiles)
  return async (act) => {
    const before = (await saved()).length
    await act()
    await expect.poll(async () => (await saved()).length, { timeout: 90_000 }).toBe(before + 1)
    return (await saved())[before] ?? ''
  }
}
