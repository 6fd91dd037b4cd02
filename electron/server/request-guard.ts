import type { IncomingMessage } from 'node:http'

/** Names under which this server may be spoken to; anything else is another site's name for our address. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'] as const

/** Why a request is refused, as a status code; null when it may go on. */
export type Refusal = 403 | 421 | null

/**
 * Whether the `Host` header names this server itself: against sites whose name is made to point at this machine. The header is
 * compared with a list and used for nothing else.
 */
export function refuseHost(request: IncomingMessage, port: number): Refusal {
  const hosts = request.headersDistinct.host ?? []
  const isOurs = hosts.length === 1 && loopbackNames.some((name) => hosts[0]?.toLowerCase() === `${name}:${port}`)
  return isOurs ? null : 421
}

/**
 * Whether a request comes from our own page. Its `Origin` must be the very host that was asked, and browsers that say where
 * a request comes from (`Sec-Fetch-Site`) must not say "another site".
 * @param isRequired whether a request without `Origin` is refused too: upgrades, and whatever changes something
 */
export function refuseOrigin(request: IncomingMessage, isRequired: boolean): Refusal {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 403
  if (origin === undefined) return isRequired ? 403 : null
  return host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}` ? null : 403
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
