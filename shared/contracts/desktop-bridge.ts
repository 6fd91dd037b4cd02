import type { Grant } from './files.ts'

/** Name of the property of `window` under which the desktop gives the page its bridge; absent in a browser. */
export const desktopBridgeName = 'chronolens'

/** All that the desktop gives the page beside web standards: a way to the core, grants for dropped files, printing. */
export interface DesktopBridge {
  /**
   * Asks for ports to the core. They come as one `message` event of the page's own window (`event.source === window`),
   * whose `data` is a `PortsMessage` with the same nonce (1 to 64 letters, digits or hyphens) and whose `ports` are
   * `[rpc, data]`: oRPC over the first, `DataQuestion` and `DataAnswer` over the second. The page starts both. When the
   * core had to be restarted both ports close, and the page asks again.
   */
  connect(nonce: string): void
  /**
   * Grants reading of files or folders that were dropped on the page. Resolves to grants in the order of the files; rejects
   * when one of them did not come from the disk.
   */
  grantDroppedFiles(files: readonly File[]): Promise<readonly Grant[]>
  /** A report (one HTML file that needs nothing else) printed as PDF on A4; its scripts do not run. */
  printReport(html: string): Promise<Uint8Array>
}

/** The message with which the ports arrive. */
export interface PortsMessage {
  readonly type: 'chronolens:ports'
  readonly nonce: string
}
