import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockFolder } from '../../../electron/store/lock-folder.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  samplesFolder,
  type TestWorkbench,
} from './workbench-fixture.ts'

describe('projects', () => {
  let bench: TestWorkbench
  let page: PortClient
  let data: string

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    data = join(bench.folder, 'data')
    await cp(join(samplesFolder, 'crops'), data, { recursive: true })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })
  const grantData = async (path = data): Promise<string[]> =>
    (await page.session.grantPaths([path])).map(({ id }) => id)

  it('find moved data again by asking once, and only the same data', async () => {
    const project = await page.client.projects.create({ name: 'Moved', data: await grantData() })
    const moved = join(bench.folder, 'data-moved')
    await rename(data, moved)
    const missing = await page.client.projects.get({ project: project.id })
    expect(missing.data).toMatchObject([{ state: 'missing', grants: [] }])
    await expect(codeOf(page.client.labels.load({ project: project.id, data: 'data-1' }))).resolves.toBe(
      'projects/data-missing',
    )
    const other = await mkdtemp(join(tmpdir(), 'chronolens-other-'))
    await writeFile(join(other, 'x.txt'), 'x')
    const relocate = async (to: string) =>
      page.client.projects.relocateData({ project: project.id, data: 'data-1', to: await grantData(to) })
    await expect(codeOf(relocate(other))).resolves.toBe('projects/other-data')
    expect((await relocate(moved)).data).toMatchObject([{ state: 'present' }])
    await rm(other, { recursive: true })
    await rename(moved, data)
    await relocate(data)
    await page.client.projects.close({ project: project.id })
  })

  it('open for reading only while another process holds them', async () => {
    const project = await page.client.projects.create({ name: 'Shared', data: await grantData() })
    await page.client.projects.close({ project: project.id })
    const folder = join(bench.folder, 'projects', 'Shared')
    const unlock = await lockFolder(folder, { waitMs: 0 })
    const [grant] = await page.session.grantPaths([folder])
    expect(grant).toMatchObject({ isProject: true, access: 'write' })
    const opened = await page.client.projects.open({ folder: grant?.id ?? '' })
    expect(opened.readOnly).toBe(true)
    const rename = page.client.projects.rename({ project: opened.id, name: 'x' })
    await expect(codeOf(rename)).resolves.toBe('projects/read-only')
    await page.client.projects.close({ project: opened.id })
    await unlock()
    expect((await page.client.projects.open({ folder: grant?.id ?? '' })).readOnly).toBe(false)
  })

  it('are shared by two windows of one program, and the view comes back', async () => {
    const project = await page.client.projects.create({ name: 'Two windows', data: await grantData() })
    const other = connectByPorts(bench.workbench)
    const [grant] = await other.session.grantPaths([join(bench.folder, 'projects', 'Two windows')])
    const same = await other.client.projects.open({ folder: grant?.id ?? '' })
    await other.client.projects.saveView({ project: same.id, view: { frame: 12, bands: ['nir'], opacity: 0.5 } })
    await page.client.projects.rename({ project: project.id, name: 'Renamed' })
    await other.close()
    const seen = await page.client.projects.get({ project: project.id })
    expect(seen).toMatchObject({ name: 'Renamed', view: { frame: 12, bands: ['nir'], opacity: 0.5 } })
    const stored = JSON.parse(
      await readFile(join(bench.folder, 'projects', 'Two windows', 'project.json'), 'utf8'),
    ) as {
      name: string
    }
    expect(stored.name).toBe('Renamed')
  })

  it.each([
    ['damaged', '{"format":"chronolens-project","version":1', 'project/damaged'],
    ['of a newer program', '{"format":"chronolens-project","version":2}', 'project/newer-version'],
    ['something else', '{"name":"npm"}', 'project/damaged'],
  ])('are not opened when they are %s', async (_what, text, code) => {
    const folder = await mkdtemp(join(bench.folder, 'bad-'))
    await writeFile(join(folder, 'project.json'), text)
    const [grant] = await page.session.grantPaths([folder])
    await expect(codeOf(page.client.projects.open({ folder: grant?.id ?? '' }))).resolves.toBe(code)
  })

  it('go on with a run that was stopped, from its checkpoint and with the labels it began with', async () => {
    const project = await page.client.projects.create({ name: 'Stopped', data: await grantData() })
    const where = { project: project.id, data: 'data-1' }
    const { job, run } = await page.client.training.start({ ...where, model: 'gru', epochs: 150, set: { units: '4' } })
    for await (const { epochs } of await page.client.training.watch({ project: project.id, run }))
      if (epochs.length > 0) await page.client.jobs.cancel({ job })
    const stopped = await page.client.training.run({ project: project.id, run })
    expect(stopped.summary.state).toBe('stopped')
    const labels = await page.client.labels.load(where)
    const change = { features: [], frames: [], remove: labels.collection.features.map(({ id }) => id) }
    await page.client.labels.save({ ...where, revision: labels.revision, classes: null, change })
    await expect(codeOf(page.client.training.start(where))).resolves.toBe('labels/none')
    const resumed = await page.client.training.resume({ project: project.id, run })
    await expect(codeOf(page.client.training.resume({ project: project.id, run }))).resolves.toBe('runs/running')
    await expect(codeOf(page.client.training.remove({ project: project.id, run }))).resolves.toBe('runs/running')
    const epochs: number[] = []
    for await (const event of await page.client.training.watch({ project: project.id, run }))
      epochs.push(...event.epochs.map(({ epoch }) => epoch))
    expect((await page.client.jobs.list()).find(({ id }) => id === resumed.job)?.error).toBeNull()
    expect((await page.client.training.run({ project: project.id, run })).summary.state).toBe('finished')
    expect(epochs.at(-1)).toBe(150)
    await page.client.training.remove({ project: project.id, run })
    expect(await page.client.training.runs({ project: project.id })).toEqual([])
  }, 240_000)
})
