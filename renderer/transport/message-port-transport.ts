import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { AbortError } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import type { CoreClient } from '../../shared/contracts/contract.ts'
import { type DataArray, decodeDataArray } from '../../shared/contracts/data-array.ts'
import type { DataAnswer, DataPlane, DataQuestion, DataRead } from '../../shared/contracts/data-plane.ts'
import { CloseSignal, type Transport } from './transport.ts'

/** Reads arrays over the second message port. */
export class MessagePortDataPlane implements DataPlane {
  private readonly port: MessagePort
  private readonly waiting = new Map<number, { resolve: (array: DataArray) => void; reject: (error: Error) => void }>()
  private nextId = 0

  constructor(port: MessagePort) {
    this.port = port
    port.addEventListener('message', (event: MessageEvent) => this.receive(event.data as DataAnswer))
    port.start()
  }

  read(handle: string, read: DataRead, signal?: AbortSignal): Promise<DataArray> {
    if (signal?.aborted) return Promise.reject(new AbortError())
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      signal?.addEventListener('abort', () => {
        if (!this.waiting.delete(id)) return
        this.port.postMessage({ id, cancel: true })
        reject(new AbortError())
      })
      this.port.postMessage({ id, handle, read } satisfies DataQuestion)
    })
  }

  /** Gives up all reads under way; the port is gone. */
  fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error)
    this.waiting.clear()
  }

  private receive(answer: DataAnswer): void {
    const read = this.waiting.get(answer.id)
    if (!read) return
    this.waiting.delete(answer.id)
    if ('error' in answer) {
      read.reject(AppError.fromWire(answer.error))
      return
    }
    try {
      read.resolve(decodeDataArray(answer.buffer))
    } catch (error) {
      read.reject(error as Error)
    }
  }
}

/** The way to the core over two message ports: calls over `rpc`, arrays over `data`. Both are started here. */
export function messagePortTransport(
  rpc: MessagePort,
  data: MessagePort,
  host: Partial<Pick<Transport, 'grantDropped' | 'printReport'>> = {},
): Transport {
  const closed = new CloseSignal()
  const plane = new MessagePortDataPlane(data)
  const client: CoreClient = createORPCClient(new RPCLink({ port: rpc }))
  rpc.start()
  const end = (): void => {
    plane.fail(new AppError('page/connection-lost', 'The connection to the core has ended.'))
    closed.fire()
  }
  rpc.addEventListener('close', end)
  data.addEventListener('close', end)
  return {
    client,
    data: plane,
    grantDropped: host.grantDropped ?? null,
    printReport: host.printReport ?? null,
    downloadUrl: null,
    onDidClose: closed.onDidClose,
    close: () => {
      rpc.close()
      data.close()
      end()
    },
  }
}
