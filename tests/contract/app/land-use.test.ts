import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import type { Project } from '../../../shared/contracts/projects.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  type TestWorkbench,
} from './workbench-fixture.ts'

const whole = (bands: number[]): FrameRead => ({
  kind: 'frame',
  frame: 3,
  bands,
  window: { row: 0, column: 0, height: 48, width: 48 },
  outHeight: 24,
  outWidth: 16,
  resampling: 'nearest',
})

describe('land use, from the sample to maps, over message ports', () => {
  let bench: TestWorkbench
  let page: PortClient
  let project: Project

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  it('finds the sample and the sequence in it', async () => {
    const samples = await page.client.files.samples()
    expect(samples.map(({ id }) => id)).toContain('crops')
    const grants = [samples[0]?.data.id ?? '']
    const { sequences, problems } = await page.client.sequences.found(await page.client.sequences.inspect({ grants }))
    expect(sequences.map(({ id, frames }) => ({ id, frames }))).toEqual([{ id: 'crops', frames: 69 }])
    expect(problems).toEqual([])
  })

  it('makes a project for it', async () => {
    const [sample] = await page.client.files.samples()
    project = await page.client.projects.create({ name: 'Fields / 田', data: [sample?.data.id ?? ''] })
    expect(project).toMatchObject({ name: 'Fields / 田', readOnly: false, runs: [], predictions: [] })
    expect(project.data).toMatchObject([{ id: 'data-1', state: 'present' }])
    expect(await readdir(join(bench.folder, 'projects'))).toEqual(['Fields - 田'])
  })

  it('opens the sequence and reads a smaller picture of a frame', async () => {
    const grants = project.data[0]?.grants.map(({ id }) => id) ?? []
    const opened = await page.client.sequences.open({ grants })
    expect(opened.extent).toEqual([600000, 8658560, 601440, 8660000])
    expect(opened.composite).toEqual([3, 1, 2])
    expect(opened.statistics.map(({ band }) => band)).toEqual(['blue', 'nir', 'red', 'swir'])
    const picture = await page.read(opened.handle, whole([2, 0]))
    expect(picture.shape).toEqual([2, 24, 16])
    // The middle of output pixel (5, 7) lies in source row 11, column 22.
    const { values } = await page.client.sequences.series({ handle: opened.handle, row: 11, column: 22 })
    expect(picture.values[5 * 16 + 7]).toBe(values[2]?.[3])
    expect(picture.values[24 * 16 + 5 * 16 + 7]).toBe(values[0]?.[3])
    await page.client.sequences.close({ handle: opened.handle })
  })

  it('takes over the labels that lie with the data, in map units', async () => {
    const labels = await page.client.labels.load({ project: project.id, data: 'data-1' })
    expect(labels.revision).toBe(1)
    expect(labels.collection.features.length).toBe(246)
    const [x = 0, y = 0] = (labels.collection.features[0]?.geometry.coordinates ?? []) as number[]
    expect(x).toBeGreaterThan(600000)
    expect(x).toBeLessThan(601440)
    expect(y).toBeGreaterThan(8658560)
    expect(y).toBeLessThan(8660000)
  })

  it('trains with live epochs, and predicts maps with legend, areas and changes', async () => {
    const { job, run } = await page.client.training.start({
      project: project.id,
      data: 'data-1',
      model: 'gru',
      epochs: 4,
      seed: 1,
      set: { units: '8' },
    })
    const epochs: number[] = []
    for await (const event of await page.client.training.watch({ project: project.id, run }))
      epochs.push(...event.epochs.map(({ epoch }) => epoch))
    expect(epochs).toEqual([1, 2, 3, 4])
    const details = await page.client.training.run({ project: project.id, run })
    expect(details.summary).toMatchObject({ id: 'run-1', state: 'finished', model: 'gru', job: null })
    expect(details.report?.metrics).toHaveProperty('confusion')
    expect((await page.client.jobs.list()).find(({ id }) => id === job)?.state).toBe('done')

    const prediction = await page.client.inference.start({ project: project.id, run, data: 'data-1' })
    let last: string | undefined
    for await (const { state } of await page.client.jobs.watch({ job: prediction.job })) last = state
    expect(last).toBe('done')
    const result = await page.client.inference.get({ project: project.id, prediction: prediction.prediction })
    expect(result.legend.map(({ label }) => label)).toEqual(details.labels)
    expect(result.areas.length).toBe(result.seasons.length)
    expect(result.changes.map(({ from, to }) => [from, to])).toEqual([
      ['2019', '2020'],
      ['2019', '2021'],
      ['2020', '2021'],
    ])
    const season = result.seasons[0]?.label ?? ''
    const map = await page.client.inference.openMap({
      project: project.id,
      prediction: prediction.prediction,
      season,
      role: 'classes',
    })
    const classes = await page.read(map.handle, { ...whole([0]), frame: 0 })
    const known = new Set(result.legend.map(({ value }) => value))
    expect([...classes.values].every((value) => Number.isNaN(value) || known.has(value))).toBe(true)

    const ref = { project: project.id, prediction: prediction.prediction }
    const curve = await page.client.inference.curve({ ...ref, row: 11, column: 22 })
    expect(curve.classes).toEqual(details.labels)
    expect(curve.seasons.map(({ label }) => label)).toEqual(result.seasons.map(({ label }) => label))
    const [first] = curve.seasons
    const probabilities = first?.probabilities ?? []
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 4)
    // The class on the map is the most probable one: rows of the picture are 2, columns 3 pixels apart.
    expect(classes.values[5 * 16 + 7]).toBe(probabilities.indexOf(Math.max(...probabilities)) + 1)
    expect(first?.uncertainty).toBeGreaterThan(0)
    expect(await codeOf(page.client.inference.curve({ ...ref, row: 48, column: 0 }))).toBe('sequences/outside')

    const file = await page.client.exports.map({ ...ref, season, role: 'classes' })
    expect(file.fileName).toBe(`classes-${season}.tif`)
    const { values: bytes } = await page.read(file.handle, { kind: 'file' })
    expect(bytes).toHaveLength(file.bytes)
    // "II" and 42: a TIFF, little-endian.
    expect([...bytes.subarray(0, 4)]).toEqual([0x49, 0x49, 42, 0])
  })

  it('finds everything again in a new session', async () => {
    const other = connectByPorts(bench.workbench)
    try {
      const [recent] = await other.client.projects.recent()
      expect(recent?.name).toBe('Fields / 田')
      const again = await other.client.projects.open({ folder: recent?.folder.id ?? '' })
      expect(again.readOnly).toBe(false)
      expect(again.runs.map(({ id, state }) => ({ id, state }))).toEqual([{ id: 'run-1', state: 'finished' }])
      expect(again.predictions.map(({ state }) => state)).toEqual(['finished'])
    } finally {
      await other.close()
    }
  })
})
