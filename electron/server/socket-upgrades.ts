import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { maximumMessageBytes, serveRpc } from '../core/serve-channel.ts'
import type { Workbench } from '../core/app/workbench.ts'
import type { ClientSession } from './client-sessions.ts'
import { callerOf, type HttpContext } from './http-requests.ts'
import { readBearer, refuseHost, refuseOrigin } from './request-guard.ts'

const mostConnectionsPerClient = 16
const heartbeatMs = 30_000
/** A client that lets this much wait on all its connections is gone, or means harm. */
const mostWaitingBytes = 64 * 1024 * 1024

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

/** Takes WebSockets on `/rpc`, after everything about the request has been checked. */
export class SocketUpgrades {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maximumMessageBytes,
    perMessageDeflate: false,
    clientTracking: true,
  })
  private readonly alive = new WeakSet<WebSocket>()
  private readonly heartbeat: NodeJS.Timeout
  private readonly workbench: Workbench
  private readonly context: HttpContext

  constructor(workbench: Workbench, context: HttpContext) {
    this.workbench = workbench
    this.context = context
    this.heartbeat = setInterval(() => this.endSilent(), heartbeatMs).unref()
  }

  /** Answers one upgrade request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const { site, port } = this.context
    const isProgram = readBearer(request) !== undefined
    const refusal = refuseHost(request, site, port()) ?? refuseOrigin(request, site, !isProgram)
    if (refusal !== null) return refuse(socket, refusal)
    if (request.url !== '/rpc') return refuse(socket, 404)
    const client = callerOf(request, this.context)
    if (client === 'too-many-tries') return refuse(socket, 429)
    if (client === null || client === 'refused') return refuse(socket, 401)
    if (client.sockets.size >= mostConnectionsPerClient) return refuse(socket, 503)
    this.sockets.handleUpgrade(request, socket, head, (connection) => this.serve(connection, client))
  }

  /** Ends all connections. */
  close(): void {
    clearInterval(this.heartbeat)
    for (const connection of this.sockets.clients) connection.terminate()
    this.sockets.close()
  }

  private serve(connection: WebSocket, client: ClientSession): void {
    client.sockets.add(connection)
    this.alive.add(connection)
    connection.on('pong', () => this.alive.add(connection))
    connection.on('error', () => connection.terminate())
    connection.on('close', () => {
      client.sockets.delete(connection)
      this.context.clients.touch(client)
    })
    serveRpc(this.workbench, client.session, {
      send: (message) => {
        if (connection.readyState !== WebSocket.OPEN) return
        const waiting = [...client.sockets].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0)
        if (waiting > mostWaitingBytes) return connection.terminate()
        connection.send(message as string | Uint8Array)
      },
      onMessage: (listener) =>
        void connection.on('message', (data, isBinary) => {
          const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
          listener(isBinary ? new Uint8Array(bytes) : bytes.toString('utf8'))
        }),
      onClose: (listener) => void connection.on('close', listener),
    })
  }

  private endSilent(): void {
    for (const connection of this.sockets.clients) {
      if (!this.alive.delete(connection)) connection.terminate()
      else connection.ping()
    }
  }
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
