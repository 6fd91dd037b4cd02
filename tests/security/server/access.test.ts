import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from '../../../electron/server/create-server.ts'
import { newSecret, OwnerToken, WrongTries } from '../../../electron/server/access.ts'
import { listSessions, revokeSession } from '../../../electron/server/owner-door.ts'
import { type SiteOptions, siteOf } from '../../../electron/server/site.ts'
import { readToken, tokenOf } from '../../../electron/server/token-file.ts'
import { connectBySocket, enter, startTestServer, type TestServer } from '../../contract/app/server-fixture.ts'
import { codeOf } from '../../contract/app/workbench-fixture.ts'

const hasOpenSsl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
})()

describe('where a server may listen', () => {
  it.each<[string, SiteOptions, string[] | string]>([
    ['nowhere named', {}, ['127.0.0.1', '::1']],
    ['another loopback address', { host: '127.0.0.2' }, ['127.0.0.2']],
    ['every address, in the clear', { host: '0.0.0.0' }, 'server/host-refused'],
    ['a name, in the clear', { host: 'workstation' }, 'server/host-refused'],
    ['an address that only begins like loopback', { host: '127.evil.example' }, 'server/host-refused'],
    ['every address, with TLS', { host: '0.0.0.0', hasTls: true }, ['0.0.0.0']],
    ['every address, behind a proxy', { host: '::', isBehindProxy: true }, ['::']],
    ['a name with a scheme', { names: ['https://a.example'] }, 'server/name-refused'],
    ['a name with a line break', { names: ['a.example\r\nX: y'] }, 'server/name-refused'],
  ])('%s', async (_what, options, expected) => {
    if (typeof expected === 'string')
      expect(await codeOf(new Promise((resolve) => resolve(siteOf(options))))).toBe(expected)
    else expect(siteOf(options).listenOn).toEqual(expected)
  })

  it.each<[SiteOptions, string, number, boolean]>([
    [{}, '127.0.0.1:8410', 8410, true],
    [{}, 'a.example:8410', 8410, false],
    [{ names: ['A.example'] }, 'a.EXAMPLE:8410', 8410, true],
    [{ names: ['a.example'] }, 'a.example', 8410, false],
    [{ names: ['a.example'], hasTls: true }, 'a.example', 443, true],
    [{ names: ['a.example'], isBehindProxy: true }, 'a.example', 8410, true],
    [{ names: ['a.example'], isBehindProxy: true }, 'b.example', 8410, false],
    [{ host: '192.0.2.7', hasTls: true }, '192.0.2.7:8410', 8410, true],
    [{ host: '0.0.0.0', hasTls: true }, '0.0.0.0:8410', 8410, false],
  ])('%j answers to the host %s at port %i: %s', (options, host, port, isOurs) => {
    expect(siteOf(options).isOurHost(host, port)).toBe(isOurs)
  })

  it.each<[SiteOptions, string, string, boolean]>([
    [{}, 'http://127.0.0.1:8410', '127.0.0.1:8410', true],
    [{}, 'https://127.0.0.1:8410', '127.0.0.1:8410', false],
    [{ hasTls: true }, 'http://127.0.0.1:8410', '127.0.0.1:8410', false],
    [{ hasTls: true }, 'https://127.0.0.1:8410', '127.0.0.1:8410', true],
    [{ isBehindProxy: true, names: ['a.example'] }, 'https://a.example', 'a.example', true],
    [{ isBehindProxy: true, names: ['a.example'] }, 'https://b.example', 'a.example', false],
  ])('%j takes the origin %s for %s: %s', (options, origin, host, isOurs) => {
    expect(siteOf(options).isOurOrigin(origin, host)).toBe(isOurs)
  })

  it('keeps its cookie to TLS where there is TLS', () => {
    const site = siteOf({ hasTls: true })
    expect([site.cookieName(1), site.cookieAttributes]).toEqual([
      '__Host-chronolens-1',
      'HttpOnly; SameSite=Strict; Path=/; Secure',
    ])
  })
})

describe("the owner's token", () => {
  let folder: string
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'chronolens-token-'))))
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is made once, 32 random bytes, for the owner alone', async () => {
    const path = join(folder, 'new', 'token')
    const token = await tokenOf(path)
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await tokenOf(path)).toBe(token)
    expect(await readFile(path, 'latin1')).toBe(`${token}\n`)
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it.runIf(process.platform !== 'win32').each([0o640, 0o604, 0o622])(
    'is refused when others can reach it (%o)',
    async (mode) => {
      const path = join(folder, `mode-${mode}`)
      await tokenOf(path)
      await chmod(path, mode)
      expect(await codeOf(tokenOf(path))).toBe('server/token-exposed')
    },
  )

  it.each(['', 'short', 'a b'.repeat(30)])('is refused when it is none (%j)', async (text) => {
    const path = join(folder, 'damaged')
    await writeFile(path, text, { mode: 0o600 })
    expect(await codeOf(readToken(path))).toBe('server/token-damaged')
    await rm(path)
  })

  it('is guessed ten times in a minute at most, and then not even taken', () => {
    let now = 0
    const tries = new WrongTries(() => now)
    const token = new OwnerToken('right', tries)
    const results = Array.from({ length: 11 }, () => token.check('wrong'))
    expect(results).toEqual([...Array.from({ length: 10 }, () => 'refused'), 'too-many-tries'])
    expect(token.check('right')).toBe('too-many-tries')
    now = 60_001
    expect(token.check('right')).toBe('accepted')
  })
})

describe('programs and the list of sessions', () => {
  const token = newSecret()
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer([], { token })
  })
  afterAll(async () => server.close())

  const bearer = (value: string): Record<string, string> => ({ Authorization: `Bearer ${value}` })
  const upgrade = (headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers })
      socket.once('open', () => (socket.terminate(), resolve(101)))
      socket.once('unexpected-response', (sent, response) => (sent.destroy(), resolve(response.statusCode ?? 0)))
      socket.once('error', reject)
    })

  it('come in with the token, without an origin', async () => {
    expect((await fetch(server.origin, { headers: bearer(token) })).status).toBe(200)
    expect(await upgrade(bearer(token))).toBe(101)
  })

  it('are refused with a wrong one, and when another site sends it', async () => {
    expect((await fetch(server.origin, { headers: bearer(newSecret()) })).status).toBe(401)
    expect(await upgrade(bearer(newSecret()))).toBe(401)
    expect(await upgrade({ ...bearer(token), Origin: 'http://evil.example' })).toBe(403)
  })

  it('have a session of their own: no handle, grant or project of a browser', async () => {
    const browser = await connectBySocket(server, await enter(server))
    const [sample] = await browser.client.files.samples()
    const { handle } = await browser.client.sequences.open({ grants: [sample?.data.id ?? ''] })
    const answer = await fetch(`${server.origin}/data/${handle}?file=1`, { headers: bearer(token) })
    expect(answer.status).toBe(404)
    await browser.close()
  })

  it('lets the owner see who is there, and end a session at once', async () => {
    const folder = server.bench.workbench.options.settingsFolder
    const cookie = await enter(server)
    const browser = await connectBySocket(server, cookie)
    const [row] = await listSessions(folder, token)
    expect(row?.port).toBe(server.server.port)
    const open = row?.sessions.find(({ connections }) => connections === 1)
    expect(open).toMatchObject({ kind: 'browser', idleSeconds: 0 })
    const closed = new Promise<void>((resolve) => browser.socket.once('close', () => resolve()))
    await revokeSession(folder, token, open?.id ?? '')
    await closed
    expect((await fetch(server.origin, { headers: { Cookie: cookie } })).status).toBe(401)
    expect(await codeOf(revokeSession(folder, token, open?.id ?? ''))).toBe('server/no-session')
  })

  it('shows the list to nobody else', async () => {
    const folder = server.bench.workbench.options.settingsFolder
    expect(await codeOf(listSessions(folder, newSecret()))).toBe('server/token-wrong')
    expect(await codeOf(listSessions(tmpdir(), token))).toBe('server/none-running')
    const cookie = await enter(server)
    for (const path of ['/sessions', '/sessions/revoke'])
      expect((await fetch(server.origin + path, { headers: { Cookie: cookie } })).status).toBe(404)
  })
})

describe('a server that is started again', () => {
  it('knows the browsers of before by their cookie, and keeps only its hash; those that were ended stay out', async () => {
    const token = newSecret()
    const first = await startTestServer([], { token })
    const folder = first.bench.workbench.options.settingsFolder
    const [kept, ended] = [await enter(first), await enter(first)]
    const { port } = first.server
    const rows = (await listSessions(folder, token)).flatMap(({ sessions }) => sessions)
    await revokeSession(folder, token, rows[1]?.id ?? '')
    await first.server.close()
    const text = await readFile(join(folder, 'server-sessions.json'), 'utf8')
    expect(text).not.toContain(kept.split('=')[1])
    const again = await startServer({
      ...{ workbench: first.bench.workbench, port, roots: [], pageFolder: first.pageFolder },
      onAddress: () => undefined,
    })
    const statuses = [kept, ended].map(
      async (cookie) => (await fetch(again.origin, { headers: { Cookie: cookie } })).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 401])
    await again.close()
    await first.bench.close()
  })
})

describe.skipIf(!hasOpenSsl)('a server with TLS', () => {
  let folder: string
  let server: TestServer
  let cert: Buffer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chronolens-tls-'))
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyFile, '-out', certFile]
    execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' })
    cert = await readFile(certFile)
    server = await startTestServer([], { host: '0.0.0.0', tls: { cert, key: await readFile(keyFile) } })
  })
  afterAll(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('gives a cookie that only TLS carries, and takes only origins with TLS', async () => {
    const { port } = server.server
    const code = server.addresses.at(-1)?.split('/').at(-1)
    expect(server.addresses[0]).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/enter\//)
    const post = (origin: string): Promise<{ status: number | undefined; cookie: string }> =>
      new Promise((resolve, reject) => {
        const headers = { 'Content-Type': 'application/json', Origin: origin }
        const options = { host: '127.0.0.1', port, path: '/session', method: 'POST', ca: cert, headers }
        const sent = httpsRequest(options, (response) => {
          response.resume()
          resolve({ status: response.statusCode, cookie: response.headers['set-cookie']?.[0] ?? '' })
        })
        sent.on('error', reject)
        sent.end(JSON.stringify({ code }))
      })
    expect((await post(`http://127.0.0.1:${port}`)).status).toBe(403)
    const { status, cookie } = await post(`https://127.0.0.1:${port}`)
    expect(status).toBe(204)
    expect(cookie).toMatch(/^__Host-chronolens-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Secure$/)
  })

  it('speaks nothing else', async () => {
    await expect(fetch(`http://127.0.0.1:${server.server.port}/`)).rejects.toThrow()
  })

  it('says when certificate and key do not fit', async () => {
    const tls = { cert: Buffer.from('no certificate'), key: Buffer.from('no key') }
    expect(await codeOf(startTestServer([], { tls }))).toBe('server/bad-certificate')
  })
})
