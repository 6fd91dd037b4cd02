import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enter, startTestServer, type TestServer } from '../../contract/app/server-fixture.ts'

describe('a server under load', () => {
  let server: TestServer
  let cookie: string
  beforeAll(async () => {
    server = await startTestServer()
    cookie = await enter(server)
  })
  afterAll(async () => server.close())

  const open = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(server.server.port, '127.0.0.1', () => resolve(socket))
      socket.on('error', () => resolve(socket))
    })

  it('takes 256 connections, drops the others, and goes on when they have gone', { timeout: 60_000 }, async () => {
    const sockets = await Promise.all(Array.from({ length: 320 }, open))
    const dropped = (): number => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length
    for (const socket of sockets) socket.resume()
    // Those of the code's exchange may count too.
    await expect.poll(dropped, { timeout: 20_000 }).toBeGreaterThanOrEqual(320 - 256)
    expect(dropped()).toBeLessThanOrEqual(320 - 256 + 4)
    for (const socket of sockets) socket.destroy()
    await expect
      .poll(
        () =>
          fetch(`${server.origin}/`, { headers: { Cookie: cookie } }).then(
            ({ status }) => status,
            () => 0,
          ),
        {
          timeout: 20_000,
        },
      )
      .toBe(200)
  })

  it('answers 200 requests at once, each with its own page', { timeout: 60_000 }, async () => {
    const answers = Array.from({ length: 200 }, async () => {
      const answer = await fetch(`${server.origin}/`, { headers: { Cookie: cookie } })
      return `${answer.status} ${(await answer.text()).length}`
    })
    expect(new Set(await Promise.all(answers)).size).toBe(1)
  })
})
