import { request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DataSource } from '../../../electron/core/app/handles.ts'
import type { Session } from '../../../electron/core/app/session.ts'
import { WaitingBytes } from '../../../electron/server/waiting-bytes.ts'
import { dataReadToQuery } from '../../../shared/contracts/data-query.ts'
import { enter, startTestServer, type TestServer } from '../../contract/app/server-fixture.ts'

const mebibyte = 2 ** 20

describe('answers that wait', () => {
  it('are begun in their order when there is room, one alone may be larger than the limit', async () => {
    const answers = new WaitingBytes(100)
    const { signal } = new AbortController()
    const begun: string[] = []
    const take = async (name: string, bytes: number) => {
      const held = await answers.take(bytes, signal)
      begun.push(name)
      return held
    }
    const large = await take('large', 300)
    const [second, third] = [take('second', 60), take('third', 60)]
    await Promise.resolve()
    expect(begun).toEqual(['large'])
    large.resize(30)
    const held = await second
    expect([begun, answers.bytes]).toEqual([['large', 'second'], 90])
    held.release()
    await third
    expect(answers.bytes).toBe(90)
  })

  it('leave their place when nobody waits for them any more', async () => {
    const answers = new WaitingBytes(100)
    const abort = new AbortController()
    const first = await answers.take(100, new AbortController().signal)
    const given = answers.take(100, abort.signal)
    const next = answers.take(50, new AbortController().signal)
    abort.abort()
    await expect(given).rejects.toMatchObject({ name: 'AbortError' })
    first.release()
    await next
    expect(answers.bytes).toBe(50)
  })
})

describe('a client that asks for much and takes nothing', () => {
  let server: TestServer
  let cookie: string
  let session: Session
  let made = 0
  const sessions: Session[] = []
  beforeAll(async () => {
    server = await startTestServer()
    const open = server.bench.workbench.openSession.bind(server.bench.workbench)
    server.bench.workbench.openSession = (host) => {
      const opened = open(host)
      sessions.push(opened)
      return opened
    }
    cookie = await enter(server)
    session = sessions.at(-1) as Session
  })
  afterAll(async () => server.close())

  /** A large image; counts how many were made. */
  const source: DataSource = {
    read: () => {
      made++
      return Promise.resolve(new ArrayBuffer(64 * mebibyte))
    },
    close: () => Promise.resolve(),
  }

  function ask(handle: string, as = cookie): Promise<IncomingMessage> {
    const read = dataReadToQuery({ kind: 'picture', frame: 0, outHeight: 4096, outWidth: 4096 })
    return new Promise((resolve, reject) => {
      const path = `/data/${handle}?${read}`
      const sent = httpRequest({ host: '127.0.0.1', port: server.server.port, path, headers: { Cookie: as } }, resolve)
      sent.on('error', reject)
      sent.end()
    })
  }

  it(
    'makes the server hold four of its answers, not forty; the others follow when they are taken',
    { timeout: 60_000 },
    async () => {
      const handle = await session.handles.add(source)
      const asked = Array.from({ length: 40 }, () => ask(handle))
      for (const one of asked) one.catch(() => undefined) // Those that are given up at the end.
      const taken = await Promise.all(asked.slice(0, 4))
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(made).toBe(4)
      // Another session is served meanwhile.
      const other = await enter(server)
      const elsewhere = await (sessions.at(-1) as Session).handles.add(source)
      const answer = await ask(elsewhere, other)
      let bytes = 0
      for await (const piece of answer) bytes += (piece as Buffer).length
      expect(bytes).toBe(64 * mebibyte)
      made -= 1
      // Taking one lets the next be made; going away frees the rest.
      taken[0]?.resume()
      await expect.poll(() => made, { timeout: 30_000 }).toBe(5)
      for (const one of asked) void one.then((response) => response.destroy()).catch(() => undefined)
    },
  )
})
