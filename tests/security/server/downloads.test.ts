import { readFile, truncate, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../../../electron/core/app/session.ts'
import {
  connectBySocket,
  enter,
  type SocketClient,
  startTestServer,
  type TestServer,
} from '../../contract/app/server-fixture.ts'
import { codeOf, samplesFolder } from '../../contract/app/workbench-fixture.ts'

/** Names and contents of an archive whose files are not compressed, by its directory. */
function filesOf(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf('PK\x05\x06')
  const found = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    expect(zip.toString('latin1', at, at + 4)).toBe('PK\x01\x02')
    const [bytes, nameLength, extraLength] = [zip.readUInt32LE(at + 24), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)] // prettier-ignore
    const local = zip.readUInt32LE(at + 42)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const content = zip.subarray(start, start + bytes)
    expect(crc32(content)).toBe(zip.readUInt32LE(at + 16))
    found.set(name, content)
    at += 46 + nameLength + extraLength
  }
  return found
}

describe('copies without names that lie on the server', () => {
  let server: TestServer
  let cookie: string
  let page: SocketClient
  let project: string
  const sessions: Session[] = []
  const phantom = join(samplesFolder, 'phantom')
  const get = (handle: string, headers: Record<string, string> = { Cookie: cookie }) =>
    fetch(`${server.origin}/download/${handle}`, { headers })
  const offer = async (isRemovedAfter: boolean) =>
    page.client.exports.offerCopies({ project, name: 'without-names-1', isRemovedAfter })

  beforeAll(async () => {
    server = await startTestServer([phantom])
    const open = server.bench.workbench.openSession.bind(server.bench.workbench)
    server.bench.workbench.openSession = (host) => {
      const opened = open(host)
      sessions.push(opened)
      return opened
    }
    cookie = await enter(server)
    page = await connectBySocket(server, cookie)
    const [session] = sessions
    const grants = (await session?.grantPaths([join(phantom, 'study-1')])) ?? []
    const created = await page.client.projects.create({
      name: 'Copies',
      data: grants.map(({ id }) => id),
      task: null,
      kinds: ['dicom'],
    })
    project = created.id
    const { job } = await page.client.exports.deidentify({ project, data: ['data-1'], dates: 'shift' })
    await page.client.exports.deidentified({ job })
  })
  afterAll(async () => {
    await page.close()
    await server.close()
  })

  it('are listed, and come as one archive of exactly the size that was stated, each file as it lies there', async () => {
    expect(await page.client.exports.copies({ project })).toMatchObject([{ name: 'without-names-1', files: 24 }])
    const { handle, bytes, fileName } = await offer(false)
    expect(fileName).toBe('without-names-1.zip')
    const answer = await get(handle)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="without-names-1.zip"')
    expect([answer.headers.get('content-length'), answer.headers.get('cache-control')]).toEqual([
      String(bytes),
      'no-store',
    ])
    const zip = Buffer.from(await answer.arrayBuffer())
    expect(zip).toHaveLength(bytes)
    const files = filesOf(zip)
    expect(files.size).toBe(24)
    const folder = sessions[0]?.project(project).path('exports', 'without-names-1') ?? ''
    for (const [name, content] of files) {
      expect(name).toMatch(/^[\w/.-]+\.dcm$/)
      expect(content.equals(await readFile(join(folder, name)))).toBe(true)
    }
    expect(zip.toString('latin1')).not.toMatch(/Phantom\^|PHANTOM-1/)
  })

  it('are nobody else’s: without a cookie, in another session, from another site, by a wrong name', async () => {
    const { handle } = await offer(false)
    expect((await get(handle, {})).status).toBe(401)
    const other = await enter(server)
    expect((await get(handle, { Cookie: other })).status).toBe(404)
    expect((await get(handle, { Cookie: cookie, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' })).status).toBe(403) // prettier-ignore
    expect((await get('0'.repeat(32))).status).toBe(404)
    for (const name of ['without-names-2', '../runs', 'without-names-1/..'])
      expect(await codeOf(page.client.exports.offerCopies({ project, name, isRemovedAfter: true }))).toMatch(
        /^(exports\/unknown-copies|BAD_REQUEST)$/,
      )
    expect(await page.client.exports.copies({ project })).toHaveLength(1)
  })

  it('stay where a download was broken off, and are removed after a whole one where that was asked for', async () => {
    // More than what a connection takes at once, so that the rest waits for a reader.
    const folder = sessions[0]?.project(project).path('exports', 'without-names-1') ?? ''
    await writeFile(join(folder, 'large.dcm'), '')
    await truncate(join(folder, 'large.dcm'), 64 * 2 ** 20)
    const broken = await offer(true)
    await new Promise<void>((resolve, reject) => {
      const path = `/download/${broken.handle}`
      const sent = httpRequest({ host: '127.0.0.1', port: server.server.port, path, headers: { Cookie: cookie } })
      sent.on('response', (response) => response.once('data', () => sent.destroy()))
      sent.once('close', resolve).once('error', reject).end()
    })
    expect(await page.client.exports.copies({ project })).toHaveLength(1)
    const { handle } = await offer(true)
    expect((await fetch(`${server.origin}/download/${handle}`, { method: 'HEAD', headers: { Cookie: cookie } })).status).toBe(200) // prettier-ignore
    expect(await page.client.exports.copies({ project })).toHaveLength(1)
    await (await get(handle)).arrayBuffer()
    await expect.poll(() => page.client.exports.copies({ project })).toEqual([])
    expect(await codeOf(page.client.exports.removeCopies({ project, name: 'without-names-1' }))).toBe(
      'exports/unknown-copies',
    )
  })
})
