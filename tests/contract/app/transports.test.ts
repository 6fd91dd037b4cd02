import { isDefinedError, safe } from '@orpc/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CoreClient } from '../../../shared/contracts/contract.ts'
import type { DataArray } from '../../../shared/contracts/data-array.ts'
import type { DataRead, FrameRead } from '../../../shared/contracts/data-plane.ts'
import { connectBySocket, enter, startTestServer } from './server-fixture.ts'
import { codeOf, connectByPorts, createTestWorkbench } from './workbench-fixture.ts'

interface Page {
  readonly client: CoreClient
  read(handle: string, read: DataRead): Promise<DataArray>
  close(): Promise<void>
}

const hosts: Record<string, () => Promise<Page>> = {
  'message ports': async () => {
    const bench = await createTestWorkbench()
    const page = connectByPorts(bench.workbench)
    return {
      client: page.client,
      read: (handle, read) => page.read(handle, read),
      close: async () => (await page.close(), bench.close()),
    }
  },
  'a WebSocket and HTTP': async () => {
    const server = await startTestServer()
    const page = await connectBySocket(server, await enter(server))
    return {
      client: page.client,
      read: (handle, read) => page.read(handle, read),
      close: async () => (await page.close(), server.close()),
    }
  },
}

const noHandle = '0'.repeat(32)
const noJob = '00000000-0000-4000-8000-000000000000'

describe.each(Object.entries(hosts))('the contract over %s', (_name, start) => {
  let page: Page
  let crops = ''
  const read: FrameRead = {
    kind: 'frame',
    frame: 68,
    bands: [1],
    window: { row: 40, column: 2, height: 8, width: 6 },
    outHeight: 4,
    outWidth: 3,
    resampling: 'average',
  }

  beforeAll(async () => {
    page = await start()
    crops = (await page.client.files.samples())[0]?.data.id ?? ''
  })
  afterAll(async () => page.close())

  it('says what kind of host it is', async () => {
    expect(await page.client.host.info()).toMatchObject({ version: '0.0.0', platform: process.platform })
  })

  it('reads a frame through the data plane as means of the pixels below', async () => {
    const { handle } = await page.client.sequences.open({ grants: [crops] })
    const small = await page.read(handle, read)
    const full = await page.read(handle, { ...read, outHeight: 8, outWidth: 6 })
    expect(small.shape).toEqual([1, 4, 3])
    const at = (row: number, column: number): number => full.values[row * 6 + column] ?? NaN
    const means = [at(6, 4), at(6, 5), at(7, 4), at(7, 5)].filter((value) => !Number.isNaN(value))
    const mean = means.reduce((sum, value) => sum + value, 0) / means.length
    // float32 holds seven digits.
    expect(small.values[11]).toBeCloseTo(mean, 2)
    await page.client.sequences.close({ handle })
    await expect(codeOf(page.read(handle, read))).resolves.toBe('data/unknown-handle')
  })

  it.each([
    ['a frame beyond the last', { frame: 69 }, 'sequences/outside'],
    ['a band beyond the last', { bands: [4] }, 'sequences/outside'],
    ['a window beyond the edge', { window: { row: 41, column: 2, height: 8, width: 6 } }, 'sequences/outside'],
    ['a picture that is too large', { outHeight: 8193 }, 'data/bad-request'],
    ['no bands', { bands: [] }, 'data/bad-request'],
  ])('refuses %s', async (_what, change, code) => {
    const { handle } = await page.client.sequences.open({ grants: [crops] })
    await expect(codeOf(page.read(handle, { ...read, ...change }))).resolves.toBe(code)
    await page.client.sequences.close({ handle })
  })

  it('tells failures as the one defined error, with code, sentence and details', async () => {
    const { error } = await safe(page.client.sequences.open({ grants: [noHandle] }))
    expect(isDefinedError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'APP_ERROR', data: { code: 'files/unknown-grant', details: { id: noHandle } } })
  })

  it.each([
    ['projects.get', (c: CoreClient) => c.projects.get({ project: noHandle }), 'projects/unknown'],
    ['jobs.cancel', (c: CoreClient) => c.jobs.cancel({ job: noJob }), 'jobs/unknown'],
    ['sequences.found', (c: CoreClient) => c.sequences.found({ job: noJob }), 'jobs/unknown'],
    [
      'sequences.series',
      (c: CoreClient) => c.sequences.series({ handle: noHandle, row: 0, column: 0 }),
      'data/unknown-handle',
    ],
    ['files.browse', (c: CoreClient) => c.files.browse({ folder: noHandle }), 'files/unknown-grant'],
  ])('refuses ids that it did not make: %s', async (_name, call, code) => {
    await expect(codeOf(call(page.client))).resolves.toBe(code)
  })

  it('follows an inspection to its end, and gives what it found without paths of this machine', async () => {
    const { job } = await page.client.sequences.inspect({ grants: [crops] })
    const states: string[] = []
    for await (const { state } of await page.client.jobs.watch({ job })) states.push(state)
    expect(states.at(-1)).toBe('done')
    expect(JSON.stringify(await page.client.sequences.found({ job }))).not.toContain('resources/samples')
  })

  it('stops telling when the reader goes away, and goes on answering', async () => {
    const { job } = await page.client.sequences.inspect({ grants: [crops] })
    const abort = new AbortController()
    const events = await page.client.jobs.watch({ job }, { signal: abort.signal })
    await events.next()
    abort.abort()
    await events.return?.(undefined).catch(() => undefined)
    expect(await page.client.settings.get()).toMatchObject({ theme: 'system' })
  })

  it('keeps settings', async () => {
    await page.client.settings.change({ theme: 'dark' })
    await page.client.settings.change({ language: 'zh-CN' })
    expect(await page.client.settings.get()).toEqual({ theme: 'dark', language: 'zh-CN', device: null })
  })

  it('keeps labels, and exports them', async () => {
    const project = await page.client.projects.create({ name: 'Labels', data: [crops] })
    const where = { project: project.id, data: 'data-1' }
    const labels = await page.client.labels.load(where)
    const remove = labels.collection.features.slice(1).map(({ id }) => id)
    const change = { features: [], frames: [], remove }
    const saved = await page.client.labels.save({ ...where, revision: labels.revision, classes: null, change })
    expect(saved).toMatchObject({ revision: labels.revision + 1, theirs: { remove: [] }, overwritten: [] })
    const { text } = await page.client.labels.exportFile({ ...where, format: 'csv' })
    // The first line of the sample's own table; placing it on the map and back may cost the last digits.
    const [, line = ''] = text.split('\n')
    const [longitude, latitude, ...rest] = line.split(',')
    expect(Number(longitude)).toBeCloseTo(-56.080592, 8)
    expect(Number(latitude)).toBeCloseTo(-12.121025, 8)
    expect(rest).toEqual(['2019-01-01', '2020-01-01', 'water'])
    await page.client.projects.close({ project: project.id })
    await expect(codeOf(page.client.labels.load(where))).resolves.toBe('projects/unknown')
  })
})
