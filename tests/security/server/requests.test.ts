import { symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { pageHeaders } from '../../../shared/contracts/page-headers.ts'
import { enter, startTestServer, type TestServer } from '../../contract/app/server-fixture.ts'

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

describe('what the server answers to', () => {
  let server: TestServer
  let cookie: string
  let port: number

  const ask = (path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const { method = 'GET', headers = {}, body } = options
      // `path` goes out exactly as it is; `fetch` would tidy it up first.
      const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  const upgrade = (headers: Record<string, string>, path = '/rpc') =>
    new Promise<number>((resolve, reject) => {
      const { origin, ...rest } = headers
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { ...(origin ? { origin } : {}), headers: rest })
      socket.once('open', () => (socket.terminate(), resolve(101)))
      socket.once('unexpected-response', (sent, response) => (sent.destroy(), resolve(response.statusCode ?? 0)))
      socket.once('error', reject)
    })

  beforeAll(async () => {
    server = await startTestServer()
    await symlink('/etc/passwd', join(server.pageFolder, 'linked.json'))
    port = server.server.port
    cookie = await enter(server)
  })
  afterAll(async () => server.close())

  it.each([
    ['localhost', 200],
    ['127.0.0.1', 200],
    ['[::1]', 200],
    ['LOCALHOST', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.', 421],
    ['0.0.0.0', 421],
  ])('judges the host %s by status %i', async (name, status) => {
    expect((await ask('/', { headers: { Host: `${name}:${port}`, Cookie: cookie } })).status).toBe(status)
  })

  it.each([
    ['another port', '127.0.0.1:1'],
    ['no port', '127.0.0.1'],
    ['a user before it', 'user@127.0.0.1'],
  ])('refuses a host with %s, and never repeats it', async (_what, host) => {
    const answer = await ask('/', { headers: { Host: host, Cookie: cookie } })
    expect(answer.status).toBe(421)
    expect(JSON.stringify(answer)).not.toContain(host)
  })

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'POST'])(
    'refuses the method %s for pages and data',
    async (method) => {
      for (const path of ['/', '/data/00', '/rpc'])
        expect((await ask(path, { method, headers: { Cookie: cookie } })).status).toBe(405)
    },
  )

  it('takes only POST to exchange a code', async () => {
    expect((await ask('/session')).status).toBe(405)
  })

  it.each([
    '/../../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//etc/passwd',
    '/secret.txt',
    '/linked.json',
    '/index.html%00.js',
    '/./index.html',
    '/ASSETS/main-1a2b.js',
    '/assets',
    '/%',
  ])('serves nothing but the files of the page: %s', async (path) => {
    const answer = await ask(path, { headers: { Cookie: cookie } })
    expect([400, 404]).toContain(answer.status)
    expect(answer.body).not.toMatch(/root:|not a kind of file/)
  })

  it('serves the page and its files, hashed ones to be kept', async () => {
    expect((await ask('/', { headers: { Cookie: cookie } })).body).toContain('<title>page</title>')
    const script = await ask('/assets/main-1a2b.js', { headers: { Cookie: cookie } })
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'private, max-age=31536000, immutable',
    })
  })

  it.each([
    ['the page', '/', true],
    ['an answer without a session', '/', false],
    ['something that is not there', '/nothing', true],
    ['the one-time page', '/enter/abc', false],
    ['data that are not there', '/data/00', true],
  ])('sends the whole set of headers with %s', async (_what, path, isKnown) => {
    const { headers } = await ask(path, { headers: isKnown ? { Cookie: cookie } : {} })
    for (const [name, value] of Object.entries(pageHeaders)) expect(headers[name.toLowerCase()]).toBe(value)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    expect(headers).not.toHaveProperty('x-powered-by')
  })

  it.each([
    ['no cookie', ''],
    ['a made-up cookie', 'chronolens-PORT=AAAA'],
    ['two cookies of the name', 'COOKIE; COOKIE'],
    ['the name of another port', 'chronolens-1=AAAA'],
  ])('shows nothing to a visitor with %s', async (_what, text) => {
    const sent = text.replaceAll('COOKIE', cookie).replace('PORT', String(port))
    for (const path of ['/', '/assets/main-1a2b.js', '/data/00'])
      expect((await ask(path, { headers: sent ? { Cookie: sent } : {} })).status).toBe(401)
  })

  it.each([
    ['the right cookie and origin', {}, 101],
    ['no origin', { origin: '' }, 403],
    ['another site as origin', { origin: 'http://evil.example' }, 403],
    ['another port as origin', { origin: 'http://127.0.0.1:1' }, 403],
    ['https of our name as origin', { origin: 'https://127.0.0.1:PORT' }, 403],
    ['a null origin', { origin: 'null' }, 403],
    ['another of our names as origin', { origin: 'http://localhost:PORT' }, 403],
    ['a foreign host', { Host: 'evil.example:PORT', origin: 'http://evil.example:PORT' }, 421],
    ['a browser that says cross-site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a browser that says same-site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['no cookie', { Cookie: '' }, 401],
  ] as [string, Record<string, string>, number][])('judges an upgrade with %s', async (_what, change, status) => {
    const headers = { Cookie: cookie, origin: server.origin, ...change }
    const sent = Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))])
    const kept = sent.filter(([, value]) => value !== '')
    expect(await upgrade(Object.fromEntries(kept) as Record<string, string>)).toBe(status)
  })

  it('upgrades on one path only', async () => {
    expect(await upgrade({ Cookie: cookie, origin: server.origin }, '/other')).toBe(404)
  })

  it('refuses data to other sites even with the cookie', async () => {
    const foreign: Record<string, string>[] = [
      { Origin: 'http://evil.example' },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
    ]
    for (const headers of foreign)
      expect((await ask('/data/00', { headers: { Cookie: cookie, ...headers } })).status).toBe(403)
  })

  it('hands a connection that sends no HTTP, or endless headers, back unanswered', async () => {
    for (const text of ['\u0000\u0001nonsense\r\n\r\n', `GET / HTTP/1.1\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`]) {
      const received = await new Promise<string>((resolve) => {
        let all = ''
        const socket = connect(port, '127.0.0.1', () => socket.write(text))
        socket.on('data', (piece) => (all += piece.toString()))
        socket.on('error', () => undefined)
        socket.on('close', () => resolve(all))
      })
      expect(received).toBe('')
    }
  })
})

describe('one-time codes', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(async () => server.close())

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.origin}/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: server.origin, ...headers },
      body,
    })

  it('opens one session, in a cookie that scripts cannot read, and is dead then', async () => {
    const code = server.addresses[0]?.split('/').at(-1)
    const answer = await post(JSON.stringify({ code }))
    expect(answer.status).toBe(204)
    expect(answer.headers.get('set-cookie')).toMatch(/^chronolens-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect((await post(JSON.stringify({ code }))).status).toBe(403)
    expect(server.addresses.length).toBe(2)
  })

  it('is not used up by looking at its address', async () => {
    const address = server.addresses.at(-1) ?? ''
    expect((await fetch(address)).status).toBe(200)
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200)
    await expect(enter(server)).resolves.toMatch(/^chronolens-/)
  })

  it.each([
    ['another site', { Origin: 'http://evil.example' }, 403],
    ['a form', { 'Content-Type': 'text/plain' }, 422],
  ])('is not taken from %s', async (_what, headers, status) => {
    const code = server.addresses.at(-1)?.split('/').at(-1)
    expect((await post(JSON.stringify({ code }), headers)).status).toBe(status)
  })

  it('is not taken in a body that is too long', async () => {
    expect((await post(JSON.stringify({ code: 'a'.repeat(5000) }))).status).toBe(422)
  })

  it('is guessed ten times in a minute at most', async () => {
    const tries = []
    for (let i = 0; i < 14; i++) tries.push((await post(JSON.stringify({ code: `wrong${i}` }))).status)
    expect(tries.at(0)).toBe(403)
    expect(tries.at(-1)).toBe(429)
    const code = server.addresses.at(-1)?.split('/').at(-1)
    expect((await post(JSON.stringify({ code }))).status).toBe(429)
  })

  it('serves no file that came after its start', async () => {
    await writeFile(join(server.pageFolder, 'late.js'), '')
    expect((await fetch(`${server.origin}/late.js`)).status).toBe(401)
  })
})
