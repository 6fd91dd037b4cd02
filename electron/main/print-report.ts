import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BrowserWindow, session } from 'electron'

/** Longest report, in characters; one with fifty lesions and their pictures takes a tenth of it. */
export const longestReport = 64 * 1024 * 1024

/**
 * Prints a report, one HTML file that needs nothing else, as PDF on A4. It is shown in a window of its own that nobody sees, without
 * scripts, network and anything of the page's; it may only read itself.
 */
export async function printReport(html: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'chronolens-print-'))
  const path = join(folder, 'report.html')
  const url = pathToFileURL(path).href
  // Without a name that begins with `persist:` it lives in memory alone.
  const own = session.fromPartition('print-report')
  own.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  own.webRequest.onBeforeRequest((request, answer) =>
    answer({ cancel: request.url !== url && !request.url.startsWith('data:image/') }),
  )
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      session: own,
      javascript: false,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  try {
    await writeFile(path, html, { mode: 0o600 })
    await window.loadURL(url)
    const pdf = await window.webContents.printToPDF({
      pageSize: 'A4',
      printBackground: true,
      displayHeaderFooter: true,
      headerTemplate: '<span></span>',
      footerTemplate:
        '<div style="width: 100%; font: 8px sans-serif; color: #5b6472; text-align: center"><span class="pageNumber"></span> / <span class="totalPages"></span></div>',
      margins: { top: 0.5, bottom: 0.6, left: 0.5, right: 0.5 },
    })
    return new Uint8Array(pdf)
  } finally {
    window.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}
