import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../shared/base/app-error.ts'
import type { Workbench } from '../core/app/workbench.ts'
import { OneTimeCodes } from './access.ts'
import { checkRoots } from './check-roots.ts'
import { ClientSessions } from './client-sessions.ts'
import { answerRequest, type HttpContext } from './http-requests.ts'
import { SocketUpgrades } from './socket-upgrades.ts'
import { listStaticFiles } from './static-files.ts'

/** How to serve. */
export interface ServeOptions {
  readonly workbench: Workbench
  /** 0 takes any free port. */
  readonly port: number
  /** Folders that browsers may read. */
  readonly roots: readonly string[]
  /** The built page. */
  readonly pageFolder: string
  /** Told a new one-time address: at the start, and whenever one was used. */
  readonly onAddress: (address: string) => void
}

/** A running server. */
export interface RunningServer {
  readonly port: number
  /** Whether the page was built, so that there is something to see. */
  readonly hasPage: boolean
  /** Stops listening and ends all connections; the workbench stays open. */
  close(): Promise<void>
}

const idleCheckMs = 10 * 60_000

/**
 * Serves the page and the core to browsers on this machine. Listens on 127.0.0.1 only; from elsewhere the way is an SSH tunnel.
 * @throws `server/port-taken`, `server/cannot-listen`, `server/root-refused`
 */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { workbench } = options
  const roots = await checkRoots(options.roots, workbench.options.settingsFolder)
  const files = await listStaticFiles(options.pageFolder)
  const codes = new OneTimeCodes()
  const clients = new ClientSessions(workbench, roots)
  const announce = (): void => options.onAddress(`http://127.0.0.1:${portOf()}/enter/${codes.issue()}`)
  const portOf = (): number => (server.address() as AddressInfo).port
  const context: HttpContext = { port: portOf, codes, clients, files, onDidUseCode: announce }

  const server = createServer(
    { maxHeaderSize: 16 * 1024, requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 },
    (request, response) => void answerRequest(request, response, context),
  )
  server.maxConnections = 256
  const upgrades = new SocketUpgrades(workbench, context)
  server.on('upgrade', (request, socket, head) => upgrades.upgrade(request, socket, head))
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options.port)))
    server.listen({ host: '127.0.0.1', port: options.port, exclusive: true }, resolve)
  })
  const idleCheck = setInterval(() => void clients.endIdle(), idleCheckMs).unref()
  announce()
  return {
    port: portOf(),
    hasPage: files.has('/'),
    close: async () => {
      clearInterval(idleCheck)
      upgrades.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function listenError(error: Error, port: number): AppError {
  if ('code' in error && error.code === 'EADDRINUSE')
    return new AppError('server/port-taken', `Port ${port} is used by another program; choose one with --port.`, {
      port,
    })
  return new AppError('server/cannot-listen', `The server cannot listen on port ${port}: ${error.message}.`, { port })
}
