import type { IncomingMessage } from 'node:http'
import type { Site } from './site.ts'

/** Why a request is refused, as a status code; null when it may go on. */
export type Refusal = 403 | 421 | null

/**
 * Whether the `Host` header names this server itself: against sites whose name is made to point at this machine. The header is
 * compared with a list and used for nothing else.
 */
export function refuseHost(request: IncomingMessage, site: Site, port: number): Refusal {
  const hosts = request.headersDistinct.host ?? []
  const isOurs = hosts.length === 1 && site.isOurHost(hosts[0] ?? '', port)
  return isOurs ? null : 421
}

/**
 * Whether a request comes from our own page. Its `Origin` must be the very host that was asked, and browsers that say where
 * a request comes from (`Sec-Fetch-Site`) must not say "another site".
 * @param isRequired whether a request without `Origin` is refused too: upgrades, and whatever changes something
 */
export function refuseOrigin(request: IncomingMessage, site: Site, isRequired: boolean): Refusal {
  const { origin, host } = request.headers
  const from = request.headers['sec-fetch-site']
  if (from !== undefined && from !== 'same-origin' && from !== 'none') return 403
  if (origin === undefined) return isRequired ? 403 : null
  return host !== undefined && site.isOurOrigin(origin, host) ? null : 403
}

/** The value of a cookie; undefined when it is not there, or there twice. */
export function readCookie(request: IncomingMessage, name: string): string | undefined {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1))
  return values.length === 1 ? values[0] : undefined
}

/** The token of `Authorization: Bearer <token>`; undefined without one. */
export function readBearer(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w-]{1,256})$/i.exec(request.headers.authorization ?? '')?.[1]
}
