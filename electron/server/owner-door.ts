import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'
import type { OwnerToken } from './access.ts'
import { answerText, readSmallJson } from './answers.ts'
import type { ClientSessions, SessionRow } from './client-sessions.ts'
import { readBearer } from './request-guard.ts'

// The way in for the server's owner, on this machine only: a socket in the server's own folder. Sessions are listed and ended
// here, so that no page and nobody on the network can.

const namePattern = /^server-(\d+)\.sock$/
const json = { 'Content-Type': 'application/json' }

/** Opens the door. What it gives back closes it. @param folder  the server's private folder */
export async function openOwnerDoor(
  folder: string,
  port: number,
  token: OwnerToken,
  clients: ClientSessions,
): Promise<() => Promise<void>> {
  const path = socketPath(folder, port)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await rm(path, { force: true }) // Left by a server that was killed; the port is ours now.
  const server = createServer((request, response) => {
    answer(request, response, token, clients).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await rm(path, { force: true })
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: OwnerToken,
  clients: ClientSessions,
): Promise<void> {
  if (token.check(readBearer(request) ?? '') !== 'accepted') return answerText(response, 401, 'The token is wrong.')
  if (request.method === 'GET') return answerText(response, 200, JSON.stringify(clients.list()), json)
  const { id } = z.object({ id: z.string().max(100) }).parse(await readSmallJson(request, 1024))
  answerText(response, 200, JSON.stringify(await clients.revoke(id)), json)
}

/** One server of this user, and who uses it. */
export interface ServerSessions {
  readonly port: number
  readonly sessions: readonly SessionRow[]
}

const rowsSchema: z.ZodType<SessionRow[]> = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(['browser', 'program']),
    startedAt: z.string(),
    connections: z.number(),
    idleSeconds: z.number(),
  }),
)

/** All running servers that keep their state in a folder, with their sessions. @throws `server/none-running` */
export async function listSessions(folder: string, token: string): Promise<ServerSessions[]> {
  const found: ServerSessions[] = []
  for (const port of await portsIn(folder)) {
    const sessions = await ask(socketPath(folder, port), token, null)
    if (sessions !== null) found.push({ port, sessions: rowsSchema.parse(sessions) })
  }
  if (found.length > 0) return found
  throw new AppError('server/none-running', `No server runs with its state in "${folder}".`, { folder })
}

/** Ends the session with an id, on whichever server it is. @throws `server/none-running`, `server/no-session` */
export async function revokeSession(folder: string, token: string, id: string): Promise<void> {
  const servers = await listSessions(folder, token)
  const owner = servers.find(({ sessions }) => sessions.some((session) => session.id === id))
  if (owner && (await ask(socketPath(folder, owner.port), token, { id })) === true) return
  const known = servers.flatMap(({ sessions }) => sessions.map((session) => session.id))
  throw new AppError('server/no-session', `There is no session "${id}"; there are: ${known.join(', ') || 'none'}.`, {
    id,
  })
}

async function portsIn(folder: string): Promise<number[]> {
  const names = await readdir(process.platform === 'win32' ? '\\\\.\\pipe\\' : folder).catch(() => [])
  return names.flatMap((name) => {
    const port = namePattern.exec(name.replace(/^chronolens-/, ''))?.[1]
    return port === undefined ? [] : [Number(port)]
  })
}

function socketPath(folder: string, port: number): string {
  const name = `server-${port}.sock`
  // Windows keeps such sockets in one place for all; there the token alone is the key.
  return process.platform === 'win32' ? `\\\\.\\pipe\\chronolens-${name}` : join(folder, name)
}

/** The answer as JSON; null when nobody is behind the socket any more. */
function ask(socket: string, token: string, body: object | null): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const method = body ? 'POST' : 'GET'
    const headers = { Authorization: `Bearer ${token}`, ...(body ? json : {}) }
    const sent = httpRequest({ socketPath: socket, path: '/', method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new AppError('server/token-wrong', 'The server does not take this token; it has another one.'))
      })
    })
    sent.on('error', () => resolve(null))
    sent.end(body ? JSON.stringify(body) : undefined)
  })
}
