import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import * as streams from 'node:stream/promises'
import { AppError, type AppErrorWire } from '../../shared/base/app-error.ts'
import { pageHeaders } from '../../shared/contracts/page-headers.ts'
import type { StaticFile } from './static-files.ts'

/** Answers with a short text; every answer carries the page's headers and is kept by nobody. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerBytes(response, status, new TextEncoder().encode(text), {
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
  })
}

/** Answers with bytes; `HEAD` gets the headers only. */
export function answerBytes(
  response: ServerResponse,
  status: number,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...pageHeaders,
    'Cache-Control': 'no-store',
    ...headers,
    'Content-Length': bytes.byteLength,
  })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}

/** Answers with an error in its wire form. */
export function answerError(response: ServerResponse, error: AppErrorWire): void {
  const statuses: Readonly<Record<string, number>> = {
    'data/bad-request': 400,
    'data/unknown-handle': 404,
    'data/too-large': 413,
    'rpc/too-busy': 503,
  }
  answerText(response, statuses[error.code] ?? 422, JSON.stringify(error), { 'Content-Type': 'application/json' })
}

/** Answers with a file of the page. */
export function answerFile(response: ServerResponse, file: StaticFile): void {
  const caching = file.isHashed ? 'private, max-age=31536000, immutable' : 'no-store'
  response.writeHead(200, {
    ...pageHeaders,
    'Content-Type': file.contentType,
    'Content-Length': file.bytes,
    'Cache-Control': caching,
  })
  if (response.req.method === 'HEAD') response.end()
  else pipeline(createReadStream(file.path), response, () => undefined) // A reader that goes away is no error.
}

/**
 * Answers with a file to be saved, piece by piece; never more than a few pieces wait in memory.
 * @returns whether the client took all of it
 */
export async function answerPieces(
  response: ServerResponse,
  { fileName, mediaType, bytes }: { readonly fileName: string; readonly mediaType: string; readonly bytes: number },
  pieces: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  response.writeHead(200, {
    ...pageHeaders,
    'Content-Type': mediaType,
    'Content-Length': bytes,
    'Content-Disposition': `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
    'Cache-Control': 'no-store',
  })
  if (response.req.method === 'HEAD') {
    response.end()
    return false
  }
  return streams.pipeline(pieces, response).then(
    () => true,
    // A reader that goes away is no error; one that gets less than was stated knows it.
    () => false,
  )
}

/** The JSON body of a request. @throws `server/bad-request`, `server/too-large` */
export async function readSmallJson(request: IncomingMessage, maximumBytes: number): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new AppError('server/bad-request', 'A JSON document is expected.')
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += (piece as Buffer).length
    if (bytes > maximumBytes) throw new AppError('server/too-large', `At most ${maximumBytes} bytes are expected.`)
    pieces.push(piece as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    throw new AppError('server/bad-request', 'The document is not JSON.')
  }
}
