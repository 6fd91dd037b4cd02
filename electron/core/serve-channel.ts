import { RPCHandler } from '@orpc/server/ws'
import { isAbortError } from '../../shared/base/abort.ts'
import { AppError, toAppError } from '../../shared/base/app-error.ts'
import { type DataAnswer, dataCancelSchema, dataQuestionSchema } from '../../shared/contracts/data-plane.ts'
import type { Session } from './app/session.ts'
import type { Workbench } from './app/workbench.ts'
import { router } from './router/router.ts'
import type { RouterContext } from './router/implementer.ts'

/** One way to a client: a message port, or a WebSocket. Messages before the listeners are set must be kept by it. */
export interface Channel {
  /** Sends text, bytes or (on ports only) a `DataAnswer`; `transfer` may be ignored. */
  send(message: unknown, transfer?: readonly ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: () => void): void
}

/** Largest message a client may send: labels of a large project. */
export const maximumMessageBytes = 32 * 1024 * 1024
const maximumReads = 256

type RpcSocket = Parameters<RPCHandler<RouterContext>['upgrade']>[0]

/** Answers the calls of one client. What is no call is dropped, and never ends the process. */
export function serveRpc(workbench: Workbench, session: Session, channel: Channel): void {
  const handler = new RPCHandler<RouterContext>(router)
  const context: RouterContext = { workbench, session, load: { calls: 0, watches: 0 } }
  // The handler for WebSockets catches what the one for message ports does not: messages that are no calls.
  const socket = {
    send: (message: unknown): void => channel.send(message),
    addEventListener: (type: string, listener: (event: unknown) => void): void => {
      if (type === 'close') channel.onClose(() => listener({}))
      if (type !== 'message') return
      channel.onMessage((data) => {
        if (isCall(data)) listener({ data })
      })
    },
  }
  void handler.upgrade(socket as unknown as RpcSocket, { context })
}

/** Answers the reads of one client's data port. */
export function serveData(session: Session, channel: Channel): void {
  const reads = new Map<number, AbortController>()
  const answer = (message: DataAnswer): void => {
    if ('buffer' in message) channel.send(message, [message.buffer])
    else channel.send(message)
  }
  const read = async (id: number, message: unknown): Promise<void> => {
    const abort = new AbortController()
    reads.set(id, abort)
    try {
      const { handle, read: what } = dataQuestionSchema.parse(message)
      answer({ id, buffer: await session.read(handle, what, abort.signal) })
    } catch (error) {
      // Nobody waits for an answer that was taken back.
      if (!isAbortError(error)) answer({ id, error: toWireError(error) })
    } finally {
      reads.delete(id)
    }
  }
  channel.onMessage((message) => {
    const { id, cancel } = (typeof message === 'object' && message !== null ? message : {}) as Record<string, unknown>
    if (cancel !== undefined) {
      const known = dataCancelSchema.safeParse(message)
      if (known.success) reads.get(known.data.id)?.abort()
      return
    }
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || reads.has(id)) return
    if (reads.size >= maximumReads) {
      const error = new AppError('rpc/too-busy', `More than ${maximumReads} reads are going on; wait for some to end.`)
      return answer({ id, error: error.toWire() })
    }
    void read(id, message)
  })
  channel.onClose(() => {
    for (const abort of reads.values()) abort.abort()
  })
}

/** An error of the data plane as it is told to the page. */
export function toWireError(error: unknown): ReturnType<AppError['toWire']> {
  if (error instanceof Error && error.name === 'ZodError')
    return new AppError('data/bad-request', 'The read is not understood.').toWire()
  return toAppError(error).toWire()
}

function isCall(data: unknown): boolean {
  if (typeof data === 'string') return data.length <= maximumMessageBytes && data.startsWith('{')
  return data instanceof Uint8Array || data instanceof ArrayBuffer
    ? data.byteLength > 0 && data.byteLength <= maximumMessageBytes
    : false
}
