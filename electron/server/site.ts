import { isIP } from 'node:net'
import { AppError } from '../../shared/base/app-error.ts'

/** Names under which a server on this machine may always be spoken to. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'] as const

/** Where a server listens, and how it can be reached. */
export interface SiteOptions {
  /** Address to listen on; the loopback addresses when absent. */
  readonly host?: string | undefined
  /** Further names it is reached by (`workstation.example.org`). */
  readonly names?: readonly string[]
  /** Whether the server itself speaks TLS. */
  readonly hasTls?: boolean
  /** Whether something in front of it does, as its owner states. */
  readonly isBehindProxy?: boolean
}

/** The server as browsers see it: which hosts and origins are its own, and its cookie. */
export interface Site {
  /** Addresses to listen on; the first one must work. */
  readonly listenOn: readonly string[]
  readonly isSecure: boolean
  /** Whether a `Host` header, as it came, names this server. */
  isOurHost(host: string, port: number): boolean
  /** Whether an `Origin` header is the page's own, for a request that went to `host`. */
  isOurOrigin(origin: string, host: string): boolean
  /** Name of the session cookie; browsers keep cookies by host, so that the port is part of the name. */
  cookieName(port: number): string
  /** Attributes of the session cookie. */
  readonly cookieAttributes: string
  /** The address to show. */
  origin(port: number): string
}

/** Whether an address is this machine's own, reached by nobody else. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/**
 * Says how a server may be reached. Beyond this machine only with TLS: its own, or that of a proxy whose use is stated.
 * @throws `server/host-refused`, `server/name-refused`
 */
export function siteOf({ host, names = [], hasTls = false, isBehindProxy = false }: SiteOptions): Site {
  if (host !== undefined && !isLoopback(host) && !hasTls && !isBehindProxy)
    throw new AppError(
      'server/host-refused',
      `Listening on "${host}" would send images and the session in the clear over the network. Give --tls-cert and --tls-key, state --i-use-a-proxy, or tunnel: ssh -L 8410:127.0.0.1:8410 <this machine>.`,
      { host },
    )
  for (const name of names)
    if (!/^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name))
      throw new AppError('server/name-refused', `"${name}" is no host name; give it without scheme and port.`, { name })
  const isAddress = host !== undefined && isIP(host) !== 0 && !['0.0.0.0', '::'].includes(host)
  const own = isAddress ? [isIP(host) === 6 ? `[${host}]` : host] : []
  const given = [...names.map((name) => name.toLowerCase()), ...own]
  const isSecure = hasTls || isBehindProxy
  const scheme = hasTls ? 'https' : 'http'
  return {
    listenOn: host === undefined ? ['127.0.0.1', '::1'] : [host],
    isSecure,
    isOurHost: (asked, port) => {
      const text = asked.toLowerCase()
      const withPort = [...loopbackNames, ...given].some((name) => text === `${name}:${port}`)
      // A proxy, and a server on its scheme's own port, are asked without one.
      const isPlain = isBehindProxy || port === (hasTls ? 443 : 80)
      return withPort || (isPlain && given.includes(text))
    },
    isOurOrigin: (origin, asked) => {
      const [text, name] = [origin.toLowerCase(), asked.toLowerCase()]
      return text === `${scheme}://${name}` || (isBehindProxy && text === `https://${name}`)
    },
    cookieName: (port) => `${hasTls ? '__Host-' : ''}chronolens-${port}`,
    // Behind a proxy the way to loopback stays open in the clear, for the owner's own tunnel.
    cookieAttributes: `HttpOnly; SameSite=Strict; Path=/${hasTls ? '; Secure' : ''}`,
    origin: (port) => {
      const [name] = [...names, ...own]
      if (isBehindProxy && name !== undefined) return `https://${name}`
      return `${scheme}://${name ?? '127.0.0.1'}:${port}`
    },
  }
}
