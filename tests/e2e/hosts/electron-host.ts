import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type Page } from 'playwright-core'
import { electronBinary } from '../../../scripts/find-browsers.mjs'
import { type HostOptions, type RunningHost, watchPage } from './running-host.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const origin = 'app://bundle'

/** Switches of test machines: no graphics card, and root, as which Chromium's sandbox does not work. */
export const testSwitches = ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]

/** Starts the program in a real Electron. */
export async function startElectron(options: HostOptions): Promise<RunningHost> {
  const executablePath = electronBinary()
  if (executablePath === null) throw new Error('There is no Electron binary; the window tests cannot run.')
  const electron = await _electron.launch({
    executablePath,
    args: [root, ...testSwitches, `--user-data-dir=${join(options.home, 'settings')}`, ...(options.given ?? [])],
    env: { ...(process.env as Record<string, string>), HOME: options.home, LANG: 'en' },
  })
  // Nobody sits at the test machine to use the system's dialogs; closing the window keeps jobs running.
  await electron.evaluate(({ dialog }, data) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [data] })
    dialog.showMessageBox = () => Promise.resolve({ response: 0, checkboxChecked: false })
  }, options.data)
  let page = await electron.firstWindow()
  const watched = watchPage(page, origin)
  return {
    kind: 'electron',
    ...watched,
    electron,
    readers: () =>
      electron.evaluate(({ app }) => {
        const readers = app.getAppMetrics().filter(({ name, serviceName }) => /reader/.test(`${name} ${serviceName}`))
        return readers.map(({ pid }) => pid)
      }),
    get page(): Page {
      return page
    },
    reopen: async () => {
      // Only while a job runs: without one the program ends with its last window.
      await page.close({ runBeforeUnload: true })
      if (!page.isClosed()) await page.waitForEvent('close')
      const opened = electron.waitForEvent('window')
      await electron.evaluate(({ app }) => void app.emit('activate'))
      page = await opened
    },
    close: () => electron.close(),
  }
}
