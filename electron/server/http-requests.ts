import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'
import { encodeDataArray } from '../../shared/contracts/data-plane.ts'
import { dataReadFromQuery } from '../../shared/contracts/data-query.ts'
import { toWireError } from '../core/serve-channel.ts'
import type { OneTimeCodes } from './access.ts'
import { answerBytes, answerError, answerFile, answerText, readSmallJson } from './answers.ts'
import type { ClientSession, ClientSessions } from './client-sessions.ts'
import { entryPage, entryScript, lockedPage } from './entry-page.ts'
import { readCookie, refuseHost, refuseOrigin } from './request-guard.ts'
import type { StaticFile } from './static-files.ts'

const mostReads = 64
const mostBodyBytes = 1024
const html = { 'Content-Type': 'text/html; charset=utf-8' }
const script = { 'Content-Type': 'text/javascript; charset=utf-8' }

/** What requests are answered from. */
export interface HttpContext {
  readonly port: () => number
  readonly codes: OneTimeCodes
  readonly clients: ClientSessions
  readonly files: ReadonlyMap<string, StaticFile>
  /** Told when a code was used up, so that the next browser gets a new one. */
  readonly onDidUseCode: () => void
}

/** Name of the session cookie; browsers keep cookies by host, so that the port is part of the name. */
export function cookieName(port: number): string {
  return `chronolens-${port}`
}

/** Answers one HTTP request; never throws. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: HttpContext,
): Promise<void> {
  try {
    await route(request, response, context)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else answerError(response, toWireError(error))
  }
}

async function route(request: IncomingMessage, response: ServerResponse, context: HttpContext): Promise<void> {
  if (refuseHost(request, context.port()) !== null)
    return answerText(response, 421, 'This server answers only to its own name.')
  const isPost = request.method === 'POST'
  const path = pathOf(request)
  const allowed = path === '/session' ? 'POST' : 'GET, HEAD'
  if (!allowed.split(', ').includes(request.method ?? ''))
    return answerText(response, 405, 'This method is not allowed here.', { Allow: allowed })
  if (refuseOrigin(request, isPost) !== null && !(isNavigation(request) && !path.startsWith('/data/')))
    return answerText(response, 403, 'Requests of other sites are refused.')
  if (isPost) return exchangeCode(request, response, context)
  if (path === '/enter.js') return answerText(response, 200, entryScript, script)
  if (path === '/enter' || /^\/enter\/[\w-]{1,100}$/.test(path)) return answerText(response, 200, entryPage, html)
  const client = context.clients.find(readCookie(request, cookieName(context.port())))
  if (!client) return answerText(response, 401, lockedPage, html)
  if (path.startsWith('/data/')) return answerRead(request, response, client, path.slice('/data/'.length))
  const file = context.files.get(path)
  if (file) return answerFile(response, file)
  if (path === '/') return answerText(response, 503, 'The page was not built. Run "npm run build".')
  return answerText(response, 404, 'There is nothing here.')
}

/** A person who follows a link or types an address; the cookie (`SameSite=Strict`) stays behind on links from elsewhere. */
function isNavigation(request: IncomingMessage): boolean {
  return request.headers['sec-fetch-mode'] === 'navigate' && request.headers.origin === undefined
}

/** The path exactly as it came, less its query: it is looked up in lists, never decoded. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

async function exchangeCode(
  request: IncomingMessage,
  response: ServerResponse,
  { codes, clients, port, onDidUseCode }: HttpContext,
): Promise<void> {
  const body = z.object({ code: z.string().max(100) }).safeParse(await readSmallJson(request, mostBodyBytes))
  const result = body.success ? codes.exchange(body.data.code) : 'refused'
  if (result === 'too-many-tries') return answerText(response, 429, 'Too many wrong codes.', { 'Retry-After': '60' })
  if (result === 'refused') return answerText(response, 403, 'This code is not valid any more.')
  const cookie = `${cookieName(port())}=${clients.open()}; HttpOnly; SameSite=Strict; Path=/`
  answerText(response, 204, '', { 'Set-Cookie': cookie })
  onDidUseCode()
}

async function answerRead(
  request: IncomingMessage,
  response: ServerResponse,
  client: ClientSession,
  handle: string,
): Promise<void> {
  if (client.reads >= mostReads)
    throw new AppError('rpc/too-busy', `More than ${mostReads} reads are going on; wait for some to end.`)
  const abort = new AbortController()
  response.on('close', () => abort.abort())
  client.reads++
  try {
    const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'))
    const array = await client.session.read(handle, dataReadFromQuery(query), abort.signal)
    if (abort.signal.aborted) return
    answerBytes(response, 200, new Uint8Array(encodeDataArray(array)), { 'Content-Type': 'application/octet-stream' })
  } finally {
    client.reads--
  }
}
