import { z } from 'zod'
import type { AppErrorWire } from '../base/app-error.ts'

/** Name of the property of `window` under which the desktop gives the page its bridge; absent in a browser. */
export const desktopBridgeName = 'chronolens'

/** All that the desktop gives the page beside web standards: a way to the core, and grants for dropped files. */
export interface DesktopBridge {
  /**
   * Asks for ports to the core. They come as one `message` event of the page's own window (`event.source === window`),
   * whose `data` is a `PortsMessage` with the same nonce and whose `ports` are `[rpc, data]`: oRPC over the first,
   * `DataPortRequest` and `DataPortAnswer` over the second. Both are to be started by the page. When the core had to be
   * restarted, both ports close, and the page asks again.
   */
  connect(nonce: string): void
  /** Grants reading of files or folders the user has dropped on the page. Resolves to grants in the order of the files. */
  grantDroppedFiles(files: readonly File[]): Promise<readonly DroppedGrant[]>
}

/** A grant for a dropped file or folder; the page learns the name, never the path. */
export interface DroppedGrant {
  readonly id: string
  readonly name: string
}

/** The message with which the ports arrive. */
export interface PortsMessage {
  readonly type: 'chronolens:ports'
  readonly nonce: string
}

/** One read over the data port; `id` is chosen by the page and comes back with the answer. */
export const dataPortRequestSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('read'),
    id: z.int().nonnegative(),
    handle: z.string().max(200),
    /** Parsed by the data plane. */
    request: z.unknown(),
  }),
  /** The answer is no longer wanted. */
  z.strictObject({ type: z.literal('cancel'), id: z.int().nonnegative() }),
])
/** One read over the data port. */
export type DataPortRequest = z.infer<typeof dataPortRequestSchema>

/** What comes back over the data port: the bytes of the data plane's codec, or why there are none. */
export type DataPortAnswer =
  | { readonly id: number; readonly bytes: ArrayBuffer | Uint8Array }
  | { readonly id: number; readonly error: AppErrorWire }
