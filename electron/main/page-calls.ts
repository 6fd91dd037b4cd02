import { type BrowserWindow, type IpcMain, type IpcMainEvent, type IpcMainInvokeEvent } from 'electron'
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'
import type { CoreProcess } from './core-process.ts'
import { pageOrigin } from './page-protocol.ts'
import { longestReport, printReport } from './print-report.ts'

const nonceSchema = z.string().regex(/^[0-9A-Za-z-]{1,64}$/)
const droppedSchema = z.array(z.string().max(32_768).refine(isAbsolute)).min(1).max(1000)
const reportSchema = z.string().min(1).max(longestReport)

/**
 * Answers the calls of the preload, and only when they come from the page itself in a window of ours: afterwards
 * possession of the ports is the right.
 */
export function answerPage(ipc: IpcMain, windows: () => readonly BrowserWindow[], core: CoreProcess): void {
  ipc.on('chronolens:connect', (event, given: unknown) => {
    const nonce = nonceSchema.safeParse(given)
    if (!nonce.success || !isOurPage(event, windows())) return
    const { rpc, data } = core.connect(event.sender.id)
    event.senderFrame?.postMessage('chronolens:ports', nonce.data, [rpc, data])
  })
  ipc.handle('chronolens:grant-dropped', async (event, given: unknown) => {
    if (!isOurPage(event, windows()))
      throw new Error('host/foreign-frame: Only the page of the program may ask for grants.')
    const paths = droppedSchema.safeParse(given)
    if (!paths.success)
      throw new Error('files/not-from-disk: Only files and folders from the disk can be dropped here.')
    try {
      return await core.grant(event.sender.id, paths.data)
    } catch (error) {
      // Errors of handlers reach the page as their text only.
      throw error instanceof AppError ? new Error(`${error.code}: ${error.message}`, { cause: error }) : error
    }
  })
  ipc.handle('chronolens:print-report', async (event, given: unknown) => {
    const html = reportSchema.safeParse(given)
    if (!isOurPage(event, windows()) || !html.success)
      throw new Error('host/foreign-frame: Only the page of the program may ask for a report to be printed.')
    return printReport(html.data)
  })
}

/** The parts of a call that say who calls. */
export type Caller = Pick<IpcMainEvent | IpcMainInvokeEvent, 'sender' | 'senderFrame'>

/** Whether a call comes from the main frame of one of our windows, showing our page. */
export function isOurPage(caller: Caller, windows: readonly BrowserWindow[]): boolean {
  const window = windows.find((candidate) => candidate.webContents === caller.sender)
  const frame = caller.senderFrame
  return (
    window !== undefined &&
    frame != null &&
    frame === window.webContents.mainFrame &&
    // `origin` of a custom scheme is opaque in some versions; the address is not.
    frame.url.startsWith(`${pageOrigin}/`)
  )
}
