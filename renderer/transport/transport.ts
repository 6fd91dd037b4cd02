import type { CoreClient } from '../../shared/contracts/contract.ts'
import type { DataPlane } from '../../shared/contracts/data-plane.ts'
import type { Grant } from '../../shared/contracts/files.ts'

/** The page's way to the core; the only place that knows whether a window or a server is behind it. */
export interface Transport {
  readonly client: CoreClient
  readonly data: DataPlane
  /** Grants for dropped files, where the host can give them; null in a browser. */
  readonly grantDropped: ((files: readonly File[]) => Promise<readonly Grant[]>) | null
  /** Prints a report as PDF, where the host can; null in a browser. */
  readonly printReport: ((html: string) => Promise<Uint8Array>) | null
  /** Address of a file that is fetched by the browser itself; null where the core's files are this machine's. */
  readonly downloadUrl: ((handle: string) => string) | null
  /** Calls the listener once when the connection has ended; returns a function that takes it off again. */
  onDidClose(listener: () => void): () => void
  close(): void
}

/** The listeners of a connection's end; each is called once. */
export class CloseSignal {
  private readonly listeners = new Set<() => void>()
  private isClosed = false

  readonly onDidClose = (listener: () => void): (() => void) => {
    if (this.isClosed) listener()
    else this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Tells all listeners; later calls do nothing. */
  fire(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const listener of this.listeners) listener()
    this.listeners.clear()
  }
}
