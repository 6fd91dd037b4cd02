import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Project } from '../../../shared/contracts/projects.ts'
import type { TestedSample } from '../../../shared/contracts/training.ts'
import type { TrainingPlan } from '../../../shared/domain/training-plan.ts'
import {
  codeOf,
  connectByPorts,
  createTestWorkbench,
  type PortClient,
  type TestWorkbench,
} from './workbench-fixture.ts'

const modis = fileURLToPath(new URL('../../../../shared/data/modis_mt_dtwsat', import.meta.url))

describe('what a training will do, and what its model said about the samples it was tested on', () => {
  let bench: TestWorkbench
  let page: PortClient
  let project: Project

  beforeAll(async () => {
    bench = await createTestWorkbench()
    page = connectByPorts(bench.workbench)
    const [sample] = await page.client.files.samples()
    project = await page.client.projects.create({ name: 'Plan', data: [sample?.data.id ?? ''] })
  })
  afterAll(async () => {
    await page.close()
    await bench.close()
  })

  const plan = async (set: Record<string, string> = {}, seed = 3): Promise<TrainingPlan> => {
    const { job } = await page.client.training.plan({ project: project.id, data: 'data-1', seed, set })
    return page.client.training.planned({ project: project.id, job })
  }

  it('counts the samples of each class and subset, and where and when they lie', async () => {
    const found = await plan()
    const sum = (key: 'train' | 'validation' | 'test'): number =>
      found.classes.reduce((total, one) => total + one[key], 0)
    expect(found.problem).toBeNull()
    expect(found.classes.map(({ label }) => label)).toEqual([
      'double-crop',
      'forest',
      'pasture',
      'single-crop',
      'water',
    ])
    expect(found.samples).toEqual({ train: sum('train'), validation: sum('validation'), test: sum('test') })
    expect(found.split).toMatchObject({ method: 'block', blockSize: 6, seed: 3 })
    const cells = found.picture?.cells ?? []
    const inCells = cells.reduce((total, cell) => total + cell.test, 0)
    expect(found.picture).toMatchObject({ width: 48, height: 48, cellSize: 6 })
    expect(inCells).toBe(found.samples.test)
    expect(found.years.map(({ year }) => year)).toEqual([2019, 2020, 2021])
    expect(found.seasons).toEqual(['2019', '2020', '2021'])
    expect(found.contract.bands).toEqual(['blue', 'nir', 'red', 'swir'])
    // A block is in one subset only, so no cell of the picture is in two.
    expect(cells.filter((cell) => [cell.train, cell.validation, cell.test].filter((n) => n > 0).length > 1)).toEqual([])
  })

  it('answers from before when nothing has changed, and anew when a setting has', async () => {
    const ask = (set: Record<string, string>): Promise<{ job: string }> =>
      page.client.training.plan({ project: project.id, data: 'data-1', seed: 3, set })
    const [first, again, other] = [await ask({}), await ask({}), await ask({ blockSize: '2' })]
    expect(again).toEqual(first)
    expect(other.job).not.toBe(first.job)
  })

  it('says in a plan, not as an error, that the samples cannot be divided as asked', async () => {
    const found = await plan({ split: 'given' })
    expect(found.split).toBeNull()
    expect(found.problem?.code).toBe('split/not-given')
    expect(found.samples.test).toBe(0)
    expect(found.samples.train).toBeGreaterThan(200)
  })

  it('warns of tested pixels beside learned ones when blocks are small, and of few blocks when they are large', async () => {
    expect((await plan({ blockSize: '1' })).remarks.map(({ code }) => code)).toContain('split/small-blocks')
    expect((await plan({ blockSize: '16' })).remarks.map(({ code }) => code)).toContain('split/few-blocks')
  })

  it('refuses settings that name files', async () => {
    const call = page.client.training.plan({ project: project.id, data: 'data-1', seed: 0, set: { labels: '/etc/x' } })
    expect(await codeOf(call)).toBe('usage/unknown-setting')
  })

  it('says what a training takes: weights as textbooks count them, steps, memory', async () => {
    const size = { frames: 23, bands: 4, classes: 5, train: 130 }
    const cost = await page.client.training.cost({
      project: project.id,
      model: 'simple-rnn',
      epochs: 7,
      batch: 32,
      set: { units: '10' },
      size,
    })
    // Inputs are the bands and two positions: (6 + 10) · 10 + 10 of the layer, 10 · 5 + 5 of the output.
    expect(cost).toMatchObject({ parameters: 170 + 55, batch: 32, epochs: 7, stepsPerEpoch: 5 })
    expect(cost.stepBytes).toBeGreaterThan(32 * 23 * 4 * 4)
  })

  describe('after a training', () => {
    let run: string
    let all: TestedSample[]

    beforeAll(async () => {
      const started = await page.client.training.start({
        project: project.id,
        data: 'data-1',
        model: 'gru',
        epochs: 3,
        seed: 3,
        set: { units: '8', stepNorms: 'true' },
      })
      run = started.run
      for await (const _ of await page.client.training.watch({ project: project.id, run })) void _
    })

    it('was divided as planned', async () => {
      const { report } = await page.client.training.run({ project: project.id, run })
      expect(report?.samples).toEqual((await plan()).samples)
    })

    it('lists the samples of every cell of the confusion matrix, as many as it counts', async () => {
      const { report, labels } = await page.client.training.run({ project: project.id, run })
      const { matrix } = report?.metrics['confusion'] as { matrix: number[][] }
      for (const [row, truth] of labels.entries())
        for (const [column, predicted] of labels.entries()) {
          const cell = await page.client.training.samples({ project: project.id, run, truth, predicted })
          expect([truth, predicted, cell.total]).toEqual([truth, predicted, matrix[row]?.[column]])
        }
    })

    it('puts the most wrong first, and says where each lies', async () => {
      const found = await page.client.training.samples({ project: project.id, run, limit: 1000 })
      all = found.samples
      expect(found.isKept).toBe(true)
      const probabilities = all.map(({ truthProbability }) => truthProbability)
      expect(probabilities).toEqual([...probabilities].sort((a, b) => a - b))
      expect(
        all.every(({ predicted, truth, probability, truthProbability }) =>
          predicted === truth ? probability === truthProbability : probability >= truthProbability,
        ),
      ).toBe(true)
      // Every place is the centre of its own pixel: 30 m pixels from (600000, 8660000).
      expect(all.every(({ place }) => place !== null)).toBe(true)
      for (const { place } of all) {
        expect(place?.x).toBeCloseTo(600000 + 30 * ((place?.column ?? NaN) + 0.5), 1)
        expect(place?.y).toBeCloseTo(8660000 - 30 * ((place?.row ?? NaN) + 0.5), 1)
      }
    })

    it('gives a part of the list, and only errors, when asked', async () => {
      const wrong = all.filter(({ truth, predicted }) => truth !== predicted)
      const found = await page.client.training.samples({
        project: project.id,
        run,
        onlyWrong: true,
        offset: 1,
        limit: 2,
      })
      expect(found.total).toBe(wrong.length)
      expect(found.samples).toEqual(wrong.slice(1, 3))
    })

    it('keeps a log from the first line to the last, with the epochs', async () => {
      const { lines, total } = await page.client.training.log({ project: project.id, run })
      expect(total).toBe(lines.length)
      expect(lines.map(({ kind }) => kind).filter((kind) => kind !== 'remark')).toEqual([
        'start',
        'device',
        'data',
        'epoch',
        'epoch',
        'epoch',
        'end',
      ])
    })

    it('records the plain cross-entropy beside the smoothed loss, and how much gradient reaches each date', async () => {
      const { history } = await page.client.training.run({ project: project.id, run })
      const [first] = history
      expect(first?.['crossEntropy']).toBeTypeOf('number')
      expect(first?.['crossEntropy']).not.toBe(first?.loss)
      expect(Object.values(first?.['timeStepNorms'] as Record<string, number[]>)[0]).toHaveLength(23)
    })

    it('measures the model on other labelled data, and keeps what came out', async () => {
      const [sample] = await page.client.files.samples()
      const other = await page.client.projects.addData({ project: project.id, data: [sample?.data.id ?? ''] })
      const data = other.data.at(-1)?.id ?? ''
      expect(await codeOf(page.client.training.evaluate({ project: project.id, run, data: 'data-1' }))).toBe(
        'evaluate/own-data',
      )
      const { job } = await page.client.training.evaluate({ project: project.id, run, data })
      for await (const _ of await page.client.jobs.watch({ job })) void _
      const [evaluation] = await page.client.training.evaluations({ project: project.id, run })
      expect(evaluation).toMatchObject({ data, samples: 246 })
      // It is the same folder, so the model has seen most of it; that must be said.
      expect(evaluation?.remarks.map(({ code }) => code)).toContain('evaluate/seen-samples')
    })

    it('says that the model fits its own data, and which seasons it would map', async () => {
      const fit = await page.client.inference.fits({ project: project.id, run, data: 'data-1' })
      expect(fit).toEqual({ violations: [], seasons: ['2019', '2020', '2021'] })
    })

    it.skipIf(!existsSync(modis))('names the term of the contract that other images do not meet', async () => {
      const [grant] = await page.session.grantPaths([modis])
      const { job } = await page.client.sequences.inspect({ grants: [grant?.id ?? ''] })
      const { sequences } = await page.client.sequences.found({ job })
      const added = await page.client.projects.addData({
        project: project.id,
        data: [grant?.id ?? ''],
        sequence: sequences[0]?.id,
      })
      const data = added.data.at(-1)?.id ?? ''
      const { violations, seasons } = await page.client.inference.fits({ project: project.id, run, data })
      expect(violations).toMatchObject([{ code: 'contract/bands', details: { expected: 'blue, nir, red, swir' } }])
      expect(seasons).toEqual([])
    })

    it('says of a run that kept no samples that it did not, and refuses changed ones', async () => {
      const folder = join(bench.folder, 'projects', 'Plan', 'runs', run)
      const [manifestPath, samplesPath] = [join(folder, 'model.json'), join(folder, 'test-samples.json')]
      const manifest = await readFile(manifestPath, 'utf8')
      const kept = await readFile(samplesPath, 'utf8')
      await writeFile(samplesPath, kept.replace('"truth":[', '"truth":[0,'))
      expect(await codeOf(page.client.training.samples({ project: project.id, run }))).toBe('model/damaged')
      const { files, ...rest } = JSON.parse(manifest) as { files: Record<string, unknown> }
      delete files['test-samples.json']
      await writeFile(manifestPath, JSON.stringify({ ...rest, files }))
      expect(await page.client.training.samples({ project: project.id, run })).toEqual({
        isKept: false,
        total: 0,
        samples: [],
      })
      await writeFile(samplesPath, kept)
      await writeFile(manifestPath, manifest)
    })
  })
})
