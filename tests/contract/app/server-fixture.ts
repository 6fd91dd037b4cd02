import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { WebSocket } from 'ws'
import { type RunningServer, type ServeOptions, startServer } from '../../../electron/server/create-server.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { CoreClient } from '../../../shared/contracts/contract.ts'
import { type DataArray, decodeDataArray } from '../../../shared/contracts/data-array.ts'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import { dataReadToQuery } from '../../../shared/contracts/data-query.ts'
import { appErrorSchema } from '../../../shared/contracts/wire.ts'
import { asPageSees, createTestWorkbench, type TestWorkbench } from './workbench-fixture.ts'

/** A server on a free port with a small page of its own. */
export interface TestServer {
  readonly bench: TestWorkbench
  readonly server: RunningServer
  readonly origin: string
  /** All addresses that were shown, the newest last. */
  readonly addresses: readonly string[]
  readonly pageFolder: string
  close(): Promise<void>
}

/** Starts one. */
export async function startTestServer(
  roots: readonly string[] = [],
  more: Partial<ServeOptions> = {},
): Promise<TestServer> {
  const bench = await createTestWorkbench()
  const pageFolder = await mkdtemp(join(tmpdir(), 'chronolens-page-'))
  await mkdir(join(pageFolder, 'assets'))
  await writeFile(join(pageFolder, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(pageFolder, 'assets', 'main-1a2b.js'), 'export {}')
  await writeFile(join(pageFolder, 'secret.txt'), 'not a kind of file a page has')
  const addresses: string[] = []
  const server = await startServer({
    workbench: bench.workbench,
    port: 0,
    roots,
    pageFolder,
    onAddress: (address) => addresses.push(address),
    ...more,
  })
  return {
    bench,
    server,
    origin: `http://127.0.0.1:${server.port}`,
    addresses,
    pageFolder,
    close: async () => {
      await server.close()
      await bench.close()
      await rm(pageFolder, { recursive: true, force: true })
    },
  }
}

/** Exchanges the newest one-time address; gives the session cookie. */
export async function enter({ origin, addresses }: TestServer): Promise<string> {
  const code = addresses.at(-1)?.split('/').at(-1)
  const answer = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify({ code }),
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (!cookie) throw new Error(`no cookie, status ${answer.status}`)
  return cookie
}

/** A client as the page in a browser is. */
export interface SocketClient {
  readonly client: CoreClient
  readonly socket: WebSocket
  read(handle: string, read: DataRead): Promise<DataArray>
  close(): Promise<void>
}

/** Connects with a cookie. */
export async function connectBySocket({ origin }: TestServer, cookie: string): Promise<SocketClient> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { origin, headers: { Cookie: cookie } })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    client: createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })),
    socket,
    read: async (handle, read) => {
      const answer = await fetch(`${origin}/data/${handle}?${dataReadToQuery(read)}`, { headers: { Cookie: cookie } })
      if (answer.ok) return asPageSees(decodeDataArray(await answer.arrayBuffer()), read)
      throw AppError.fromWire(appErrorSchema.parse(await answer.json()))
    },
    close: () => {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      socket.close()
      return closed
    },
  }
}
