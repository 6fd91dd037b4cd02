import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../shared/base/app-error.ts'
import type { Workbench } from '../core/app/workbench.ts'
import { newSecret, OneTimeCodes, OwnerToken } from './access.ts'
import { checkRoots } from './check-roots.ts'
import { ClientSessions } from './client-sessions.ts'
import { answerRequest, type HttpContext } from './http-requests.ts'
import { openOwnerDoor } from './owner-door.ts'
import { siteOf } from './site.ts'
import { SocketUpgrades } from './socket-upgrades.ts'
import { listStaticFiles } from './static-files.ts'

/** How to serve. */
export interface ServeOptions {
  readonly workbench: Workbench
  /** Address to listen on; beyond this machine only with `tls`, or `isBehindProxy`. The loopback addresses when absent. */
  readonly host?: string | undefined
  /** 0 takes any free port. */
  readonly port: number
  /** Further names the server is reached by. */
  readonly names?: readonly string[]
  /** Certificate chain and private key, PEM. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
  /** States that a proxy with TLS stands in front. */
  readonly isBehindProxy?: boolean
  /** The owner's token, for programs and for the list of sessions; without one neither is possible. */
  readonly token?: string
  /** Folders that browsers may read. */
  readonly roots: readonly string[]
  /** The built page. */
  readonly pageFolder: string
  /** Told a new one-time address: at the start, and whenever one was used. */
  readonly onAddress: (address: string) => void
  /** Time without anybody here and any job running after which `onIdle` is called; never when absent. */
  readonly idleMs?: number | undefined
  readonly onIdle?: () => void
}

/** A running server. */
export interface RunningServer {
  readonly port: number
  /** Scheme, name and port by which it is reached. */
  readonly origin: string
  /** Whether the page was built, so that there is something to see. */
  readonly hasPage: boolean
  /** Whether its sessions can be listed from outside. */
  readonly isListed: boolean
  /** Stops listening and ends all connections; the workbench stays open. */
  close(): Promise<void>
}

const idleCheckMs = 10 * 60_000
/** Longer than any read may take. */
const stalledMs = 120_000

/**
 * Serves the page and the core to browsers, on this machine unless another address is named.
 * @throws `server/port-taken`, `server/cannot-listen`, `server/root-refused`, `server/host-refused`, `server/bad-certificate`
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { workbench, host, names, tls, isBehindProxy } = options
  const site = siteOf({ host, names, hasTls: tls !== undefined, isBehindProxy })
  const roots = await checkRoots(options.roots, workbench.options.settingsFolder)
  const files = await listStaticFiles(options.pageFolder)
  const codes = new OneTimeCodes()
  const token = new OwnerToken(options.token ?? newSecret())
  const clients = new ClientSessions(workbench, roots)
  await clients.restore()
  let port = options.port
  const announce = (): void => options.onAddress(`${site.origin(port)}/enter/${codes.issue()}`)
  const context: HttpContext = { port: () => port, site, codes, token, clients, files, onDidUseCode: announce }
  const upgrades = new SocketUpgrades(workbench, context)
  const servers: Server[] = []
  for (const [index, address] of site.listenOn.entries()) {
    const server = makeServer(tls, (request, response) => void answerRequest(request, response, context))
    server.on('upgrade', (request, socket, head) => upgrades.upgrade(request, socket, head))
    try {
      await listen(server, address, port)
      servers.push(server)
      port = (server.address() as AddressInfo).port
    } catch (error) {
      // The second address is a courtesy: not every machine has IPv6, and its port may be another program's.
      if (index === 0) throw error
    }
  }
  const { idleMs = Infinity, onIdle } = options
  const isIdle = (): boolean => {
    const isWorking = workbench.core.jobs.list().some(({ snapshot }) => snapshot.state === 'running')
    return !isWorking && clients.idleMs >= idleMs
  }
  const idleCheck = setInterval(
    () => {
      if (isIdle()) onIdle?.()
      else void clients.endIdle().then(() => clients.keep())
    },
    Math.min(idleCheckMs, idleMs / 4),
  ).unref()
  // Without a token of its own nobody could come in by it.
  const { settingsFolder } = workbench.options
  const opening = options.token === undefined ? null : openOwnerDoor(settingsFolder, port, token, clients)
  // Paths of sockets are short on some systems; without the list the server is as good as ever.
  const closeDoor = (await opening?.catch(() => null)) ?? null
  announce()
  return {
    port,
    origin: site.origin(port),
    hasPage: files.has('/'),
    isListed: closeDoor !== null,
    close: async () => {
      clearInterval(idleCheck)
      await clients.keep()
      upgrades.close()
      await closeDoor?.()
      await Promise.all(servers.map(closeServer))
    },
  }
}

function makeServer(
  tls: ServeOptions['tls'],
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const limits = { maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 }
  const server = tls ? tlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, answer) : createServer(limits, answer)
  server.maxConnections = 256
  // A reader that takes nothing for so long is gone, or means harm; WebSockets have a heartbeat of their own.
  server.setTimeout(stalledMs)
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

function tlsServer(
  options: Parameters<typeof createTlsServer>[0],
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  try {
    return createTlsServer(options, answer) as unknown as Server
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError(
      'server/bad-certificate',
      `The certificate and key cannot be used: ${reason}. Both must be PEM, and belong together.`,
    )
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)))
    server.listen({ host, port, exclusive: true }, resolve)
  })
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

function listenError(error: Error, host: string, port: number): AppError {
  if ('code' in error && error.code === 'EADDRINUSE')
    return new AppError('server/port-taken', `Port ${port} is used by another program; choose one with --port.`, {
      port,
    })
  return new AppError('server/cannot-listen', `The server cannot listen on ${host}, port ${port}: ${error.message}.`, {
    host,
    port,
  })
}
