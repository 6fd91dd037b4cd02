import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from '../../../shared/contracts/projects.ts'
import type { FoundSequences } from '../../../shared/contracts/sequences.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  samplesFolder,
  type TestWorkbench,
} from './workbench-fixture.ts'

describe('a project of many sequences', () => {
  let bench: TestWorkbench
  let page: PortClient
  let data: string

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    data = join(bench.folder, 'many')
    for (const name of ['east', 'west']) {
      await mkdir(join(data, name), { recursive: true })
      for (const day of ['2019-01-01', '2019-01-17', '2019-02-02'])
        await cp(join(samplesFolder, 'crops', `crops_${day}.tif`), join(data, name, `${name}_${day}.tif`))
    }
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })
  const grant = async (path: string): Promise<string[]> => (await page.session.grantPaths([path])).map(({ id }) => id)
  const create = async (name: string, path = data): Promise<Project> =>
    page.client.projects.create({ name, task: null, data: await grant(path), kinds: ['geotiff'] })
  const list = async ({ id }: Project, from = page): Promise<FoundSequences> => {
    const { found, job } = await from.client.projects.sequences({ project: id, data: 'data-1' })
    return found ?? from.client.sequences.found({ job: job ?? '' })
  }

  it('holds all that lie under its folder, and opens each', async () => {
    const project = await create('All')
    expect(project).toMatchObject({ task: null, data: [{ sequence: null, kinds: ['geotiff'] }] })
    const { sequences } = await list(project)
    expect(sequences.map(({ frames }) => frames)).toEqual([3, 3])
    const handles = new Set<string>()
    for (const { id } of sequences) {
      const opened = await page.client.sequences.open({
        grants: project.data[0]?.grants.map((g) => g.id) ?? [],
        sequence: id,
      })
      expect(opened.info.id).toBe(id)
      handles.add(opened.handle)
    }
    expect(handles.size).toBe(2)
    for (const handle of handles) await page.client.sequences.close({ handle })
  })

  it('is listed at once when it is opened again, and anew when a file was added', async () => {
    const project = await create('Again')
    const first = await list(project)
    await page.client.projects.close({ project: project.id })
    const other = connectByPorts(bench.workbench)
    const [folder] = await other.session.grantPaths([join(bench.folder, 'projects', 'Again')])
    const opened = await other.client.projects.open({ folder: folder?.id ?? '' })
    expect(await other.client.projects.sequences({ project: opened.id, data: 'data-1' })).toEqual({
      found: first,
      job: null,
    })
    const added = join(data, 'west', 'west_2019-02-18.tif')
    await cp(join(samplesFolder, 'crops', 'crops_2019-02-18.tif'), added)
    const { found, job } = await other.client.projects.sequences({ project: opened.id, data: 'data-1' })
    expect(found).toBeNull()
    const now = await other.client.sequences.found({ job: job ?? '' })
    expect(now.sequences.map(({ frames }) => frames).sort()).toEqual([3, 4])
    await rm(added)
    await other.close()
  })

  it('gives small pictures of sequences that are not open, and says what it cannot give', async () => {
    const project = await create('Pictures')
    const { sequences } = await list(project)
    const grants = project.data[0]?.grants.map(({ id }) => id) ?? []
    const { handle } = await page.client.sequences.thumbnails({ grants })
    const read = { kind: 'thumbnail', sequence: sequences[1]?.id ?? '', edge: 64 } as const
    const picture = await page.read(handle, read)
    expect([picture.type, picture.shape, picture.remarks]).toEqual(['uint8', [64, 64, 4], { frame: 1 }])
    const greys = new Set<number>()
    for (let i = 0; i < picture.values.length; i += 4) greys.add(picture.values[i] ?? 0)
    expect(greys.size).toBeGreaterThan(20)
    expect(await page.read(handle, read)).toEqual(picture)
    await expect(codeOf(page.read(handle, { ...read, sequence: 'nothing' }))).resolves.toBe('formats/unknown-sequence')
    await expect(codeOf(page.read(handle, { kind: 'file' }))).resolves.toBe('data/wrong-kind')
    await page.client.sequences.close({ handle })
    await expect(codeOf(page.read(handle, read))).resolves.toBe('data/unknown-handle')
  })

  it('cannot be trained without a task, and gets one with data that have one', async () => {
    const project = await page.client.projects.create({
      ...{ name: 'No task', task: null, data: await grant(data), kinds: [] },
    })
    const start = page.client.training.start({ project: project.id, data: 'data-1' })
    await expect(codeOf(start)).resolves.toBe('projects/no-task')
    const more = await page.client.projects.addData({
      project: project.id,
      data: await grant(join(samplesFolder, 'crops')),
      kinds: ['geotiff'],
    })
    expect(more).toMatchObject({ task: 'land-use', data: [{ id: 'data-1' }, { id: 'data-2' }] })
  })

  it('finds data that moved together by asking once, also when the folder around them is named', async () => {
    const place = join(bench.folder, 'disk')
    await cp(data, join(place, 'one'), { recursive: true })
    await cp(join(data, 'east'), join(place, 'two'), { recursive: true })
    const project = await create('Moved together', join(place, 'one'))
    await page.client.projects.addData({ project: project.id, data: await grant(join(place, 'two')) })
    await rename(place, join(bench.folder, 'other-disk'))
    const missing = await page.client.projects.get({ project: project.id })
    expect(missing.data.map(({ state }) => state)).toEqual(['missing', 'missing'])
    const found = await page.client.projects.relocateData({
      project: project.id,
      data: 'data-1',
      to: await grant(join(bench.folder, 'other-disk')),
    })
    expect(found.data.map(({ state }) => state)).toEqual(['present', 'present'])
  })

  it('of a program that knew one task and one sequence is still opened', async () => {
    const project = await create('Old')
    await page.client.projects.close({ project: project.id })
    const file = join(bench.folder, 'projects', 'Old', 'project.json')
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { data: { kinds?: unknown }[] }
    delete manifest.data[0]?.kinds
    await writeFile(file, JSON.stringify({ ...manifest, task: 'land-use' }))
    const [folder] = await grant(join(bench.folder, 'projects', 'Old'))
    const opened = await page.client.projects.open({ folder: folder ?? '' })
    expect(opened).toMatchObject({ task: 'land-use', data: [{ kinds: [], sequence: null }] })
  })
})
