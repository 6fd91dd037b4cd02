import { readFile } from 'node:fs/promises'
import { type Protocol, protocol } from 'electron'
import { pageHeaders } from '../../shared/contracts/page-headers.ts'
import { servedFile } from './served-file.ts'

/** Origin of the page. */
export const pageOrigin = 'app://bundle'
/** Address of the page. */
export const pageUrl = `${pageOrigin}/index.html`

/** Tells Chromium what `app:` is; only possible before the application is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ])
}

/** Serves the built page from `folder` as `app://bundle/`, and refuses `file:` altogether. */
export function servePage(target: Protocol, folder: string): void {
  target.handle('app', async (request) => {
    // Parsed from the text as it came: a URL object would already have resolved what looks like `..`.
    const match = /^app:\/\/bundle(\/[^?#]*)/.exec(request.url)
    if (request.method !== 'GET' || match?.[1] === undefined) return refusal(405)
    const file = await servedFile(folder, match[1])
    if (file === null) return refusal(404)
    const bytes = await readFile(file.path)
    return new Response(new Uint8Array(bytes), { headers: { ...pageHeaders, 'Content-Type': file.contentType } })
  })
  target.handle('file', () => refusal(403))
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: pageHeaders })
}
