import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'
import type { DataRead } from '../../shared/contracts/data-plane.ts'
import { dataReadFromQuery } from '../../shared/contracts/data-query.ts'
import { toWireError } from '../core/serve-channel.ts'
import type { OneTimeCodes, OwnerToken } from './access.ts'
import { answerBytes, answerError, answerFile, answerPieces, answerText, readSmallJson } from './answers.ts'
import type { ClientSession, ClientSessions } from './client-sessions.ts'
import { entryPage, entryScript, lockedPage } from './entry-page.ts'
import { readBearer, readCookie, refuseHost, refuseOrigin } from './request-guard.ts'
import type { Site } from './site.ts'
import type { StaticFile } from './static-files.ts'
import type { HeldBytes } from './waiting-bytes.ts'

const mostReads = 64
const mostBodyBytes = 1024
const html = { 'Content-Type': 'text/html; charset=utf-8' }
const script = { 'Content-Type': 'text/javascript; charset=utf-8' }

/** What requests are answered from. */
export interface HttpContext {
  readonly port: () => number
  readonly site: Site
  readonly codes: OneTimeCodes
  readonly token: OwnerToken
  readonly clients: ClientSessions
  readonly files: ReadonlyMap<string, StaticFile>
  /** Told when a code was used up, so that the next browser gets a new one. */
  readonly onDidUseCode: () => void
}

/** Whose request it is: a session, nobody's, or the reason to refuse it. */
export type Caller = ClientSession | null | 'refused' | 'too-many-tries'

/** Finds the session of a request: that of its bearer token when it shows one, else that of its cookie. */
export function callerOf(request: IncomingMessage, { site, port, token, clients }: HttpContext): Caller {
  const bearer = readBearer(request)
  if (bearer === undefined) return clients.find(readCookie(request, site.cookieName(port()))) ?? null
  const result = token.check(bearer)
  return result === 'accepted' ? clients.forPrograms() : result
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
  const { site } = context
  if (refuseHost(request, site, context.port()) !== null)
    return answerText(response, 421, 'This server answers only to its own name.')
  const isPost = request.method === 'POST'
  const path = pathOf(request)
  const allowed = path === '/session' ? 'POST' : 'GET, HEAD'
  if (!allowed.split(', ').includes(request.method ?? ''))
    return answerText(response, 405, 'This method is not allowed here.', { Allow: allowed })
  if (refuseOrigin(request, site, isPost) !== null && !(isNavigation(request) && !isData(path)))
    return answerText(response, 403, 'Requests of other sites are refused.')
  if (isPost) return exchangeCode(request, response, context)
  if (path === '/enter.js') return answerText(response, 200, entryScript, script)
  if (path === '/enter' || /^\/enter\/[\w-]{1,100}$/.test(path)) return answerText(response, 200, entryPage, html)
  // Browsers ask for it by themselves, before there is a session; a refusal would stand in their console as an error.
  if (path === '/favicon.ico') return answerText(response, 204, '')
  const client = callerOf(request, context)
  if (client === 'too-many-tries') return answerText(response, 429, 'Too many wrong tokens.', { 'Retry-After': '60' })
  if (client === null || client === 'refused') return answerText(response, 401, lockedPage, html)
  if (path.startsWith('/data/')) return answerRead(request, response, client, path.slice('/data/'.length))
  if (path.startsWith('/download/')) return answerDownload(response, client, path.slice('/download/'.length))
  const file = context.files.get(path)
  if (file) return answerFile(response, file)
  if (path === '/') return answerText(response, 503, 'The page was not built. Run "npm run build".')
  return answerText(response, 404, 'There is nothing here.')
}

/** What belongs to an open session; no link from elsewhere leads there. */
function isData(path: string): boolean {
  return path.startsWith('/data/') || path.startsWith('/download/')
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
  { codes, clients, port, site, onDidUseCode }: HttpContext,
): Promise<void> {
  const body = z.object({ code: z.string().max(100) }).safeParse(await readSmallJson(request, mostBodyBytes))
  const result = body.success ? codes.exchange(body.data.code) : 'refused'
  if (result === 'too-many-tries') return answerText(response, 429, 'Too many wrong codes.', { 'Retry-After': '60' })
  if (result === 'refused') return answerText(response, 403, 'This code is not valid any more.')
  const cookie = `${site.cookieName(port())}=${clients.open()}; ${site.cookieAttributes}`
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
  const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'))
  const read = dataReadFromQuery(query)
  const abort = new AbortController()
  const closed = new Promise<void>((resolve) => response.once('close', resolve))
  void closed.then(() => abort.abort())
  client.reads++
  let held: HeldBytes | undefined
  try {
    held = await client.answers.take(bytesOf(read), abort.signal)
    const bytes = await client.session.read(handle, read, abort.signal)
    held.resize(bytes.byteLength)
    if (abort.signal.aborted) return
    answerBytes(response, 200, new Uint8Array(bytes), { 'Content-Type': 'application/octet-stream' })
    // Until the client has taken it, it is in our memory.
    await closed
  } finally {
    held?.release()
    client.reads--
  }
}

/** Hands a file over piece by piece, as fast as the client takes it. */
async function answerDownload(response: ServerResponse, client: ClientSession, handle: string): Promise<void> {
  if (client.reads >= mostReads)
    throw new AppError('rpc/too-busy', `More than ${mostReads} reads are going on; wait for some to end.`)
  const file = client.session.download(handle)
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  client.reads++
  try {
    if (await answerPieces(response, file, file.pieces(abort.signal))) await file.delivered()
  } finally {
    client.reads--
  }
}

/** Bytes of an answer, at most; of a file it is not known yet. */
function bytesOf(read: DataRead): number {
  switch (read.kind) {
    case 'frame':
      return 4 * read.bands.length * read.outHeight * read.outWidth
    case 'picture':
      return 4 * read.outHeight * read.outWidth
    case 'thumbnail':
      return 4 * read.edge ** 2
    case 'file':
      return 16 * 2 ** 20
    default:
      return read satisfies never
  }
}
