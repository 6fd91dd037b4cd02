import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { AppError } from '../../shared/base/app-error.ts'
import type { CoreClient } from '../../shared/contracts/contract.ts'
import { decodeDataArray } from '../../shared/contracts/data-array.ts'
import type { DataPlane } from '../../shared/contracts/data-plane.ts'
import { dataReadToQuery } from '../../shared/contracts/data-query.ts'
import { appErrorSchema } from '../../shared/contracts/wire.ts'
import { CloseSignal, type Transport } from './transport.ts'

/** Reads arrays with `GET /data/<handle>` from the server at `origin`. */
export function httpDataPlane(origin: string): DataPlane {
  return {
    async read(handle, read, signal) {
      const response = await fetch(`${origin}/data/${handle}?${dataReadToQuery(read)}`, { signal: signal ?? null })
      if (response.ok) return decodeDataArray(await response.arrayBuffer())
      const wire = appErrorSchema.safeParse(await response.json().catch(() => null))
      if (wire.success) throw AppError.fromWire(wire.data)
      throw new AppError('page/data-refused', `The server refused to send an image (status ${response.status}).`)
    },
  }
}

/**
 * The way to the core of a server: calls over a WebSocket, arrays over HTTP.
 * @throws `page/connection-lost` when the server does not answer
 */
export async function webSocketTransport(origin: string): Promise<Transport> {
  const closed = new CloseSignal()
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/rpc`)
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener(
      'close',
      () => reject(new AppError('page/connection-lost', 'The server does not answer. Is it still running?')),
      { once: true },
    )
  })
  socket.addEventListener('close', () => closed.fire())
  const client: CoreClient = createORPCClient(new RPCLink({ websocket: socket }))
  return {
    client,
    data: httpDataPlane(origin),
    grantDropped: null,
    printReport: null,
    downloadUrl: (handle) => `${origin}/download/${handle}`,
    onDidClose: closed.onDidClose,
    close: () => socket.close(),
  }
}
