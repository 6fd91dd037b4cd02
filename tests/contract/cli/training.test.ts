import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadLandUse } from '../../../electron/analyses/land-use/trained-land-use.ts'
import { openGeoTiff } from '../../../electron/formats/geotiff/geotiff-raster.ts'
import { readManifest } from '../../../electron/store/model-folder.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { predictionReportSchema, type RunReport, runReportSchema } from '../../../shared/domain/run.ts'
import { modelHashes, quickTraining, runJson, sample } from './run-cli.ts'

const truth = fileURLToPath(new URL('../../../resources/samples/crops-truth', import.meta.url))
const labels = ['double-crop', 'forest', 'pasture', 'single-crop', 'water']

let folder: string
let model: string
let report: RunReport
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-training-'))
  model = join(folder, 'model')
  const { code, json } = await runJson(
    'train',
    'land-use',
    '--data',
    sample,
    '--out',
    model,
    ...quickTraining,
    '--epochs',
    '80',
    '--seed',
    '7',
  )
  expect(code).toBe(0)
  report = runReportSchema.parse(json)
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('train', () => {
  it('reports what was trained on what, the metrics of the task, and the baseline by the same metrics', () => {
    expect(report).toMatchObject({ task: 'land-use', model: 'gru', device: 'cpu', seed: 7 })
    expect(report.samples.train + report.samples.validation + report.samples.test).toBe(246)
    const metrics = ['overallAccuracy', 'macroF1', 'kappa', 'perClass', 'confusion']
    expect(Object.keys(report.metrics)).toEqual(expect.arrayContaining(metrics))
    expect(Object.keys(report.baseline)).toEqual(expect.arrayContaining(metrics))
    expect(report.metrics.confusion).toMatchObject({ labels })
    expect(report.history.map(({ epoch }) => epoch)).toEqual(report.history.map((_, i) => i + 1))
  })

  it('learns: on the test samples it is far better than the majority class', () => {
    const accuracy = Number(report.metrics.overallAccuracy)
    expect(accuracy).toBeGreaterThan(Number(report.baseline.overallAccuracy) + 0.3)
  })

  it('leaves a whole model folder with its provenance and without a checkpoint', async () => {
    expect((await readdir(model)).sort()).toEqual([
      'history.jsonl',
      'log.jsonl',
      'model.json',
      'model.onnx',
      'test-samples.json',
      'weights',
    ])
    const { provenance, contract, report: stored } = await readManifest(model)
    expect(provenance).toMatchObject({ seed: 7, device: 'cpu', data: [{ name: 'crops' }] })
    expect(contract).toMatchObject({ frames: 23, step: { value: 16, unit: 'day' }, seasonStart: '01-01' })
    expect(stored.metrics).toEqual(report.metrics)
    expect((await readFile(join(model, 'history.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(report.epochs)
  })

  it('gives the same model, bit for bit, for the same seed, and another one for another seed', async () => {
    const few = ['train', 'land-use', '--data', sample, ...quickTraining, '--epochs', '3']
    const hashes = []
    for (const [name, seed] of [
      ['a', '3'],
      ['b', '3'],
      ['c', '4'],
    ] as const) {
      expect((await runJson(...few, '--out', join(folder, name), '--seed', seed)).code).toBe(0)
      hashes.push(await modelHashes(join(folder, name)))
    }
    expect(hashes[1]).toEqual(hashes[0])
    expect(hashes[2]).not.toEqual(hashes[0])
  })

  it('does not touch a model that is there already', async () => {
    const before = await modelHashes(model)
    const { code, json } = await runJson('train', 'land-use', '--data', sample, '--out', model, ...quickTraining)
    expect(json).toMatchObject({ error: { code: 'store/not-empty' } })
    expect(code).toBe(1)
    expect(await modelHashes(model)).toEqual(before)
  })
})

describe('evaluate', () => {
  it('finds the same test samples and the same metrics as the training', async () => {
    const { code, json } = await runJson('evaluate', '--model', model, '--data', sample, '--device', 'cpu')
    expect(code).toBe(0)
    expect(runReportSchema.parse(json).metrics).toEqual(report.metrics)
  })

  it('measures all samples on request', async () => {
    const { json } = await runJson('evaluate', '--model', model, '--data', sample, '--split', 'all')
    const { matrix } = runReportSchema.parse(json).metrics.confusion as { matrix: number[][] }
    expect(matrix.flat().reduce((sum, count) => sum + count, 0)).toBe(246)
  })
})

describe('predict', () => {
  it('maps every year on the grid of the input, and the maps agree with the truth that the sample was made from', async () => {
    const out = join(folder, 'maps')
    const { code, json } = await runJson('predict', '--model', model, '--input', sample, '--out', out)
    expect(code).toBe(0)
    const { files } = predictionReportSchema.parse(json)
    const maps = files.filter(({ role }) => role === 'classes').map(({ path }) => path)
    expect(maps.map((path) => path.slice(out.length + 1))).toEqual([
      'classes-2019.tif',
      'classes-2020.tif',
      'classes-2021.tif',
    ])
    const accuracies = []
    for (const [i, path] of maps.entries()) {
      const [map, real] = await Promise.all([openGeoTiff(path), openGeoTiff(join(truth, `truth_${2019 + i}.tif`))])
      expect(map.grid).toEqual(real.grid)
      accuracies.push(await agreement(map, real))
      await Promise.all([map.close(), real.close()])
    }
    expect(Math.min(...accuracies)).toBeGreaterThan(0.6)
  })

  it('refuses data that break the temporal contract, and says which term', async () => {
    const input = join(truth, 'truth_2019.tif')
    const { code, json } = await runJson('predict', '--model', model, '--input', input, '--out', join(folder, 'no'))
    expect(code).toBe(3)
    expect(json).toMatchObject({ error: { code: expect.stringMatching(/^(contract|land-use)\//) as string } })
  })
})

describe('export', () => {
  it('writes ONNX that plain onnxruntime runs, equal to TF.js on the same weights (1e-5)', async () => {
    const path = join(folder, 'exported.onnx')
    const { code, json } = await runJson('export', '--model', model, '--out', path)
    expect(code).toBe(0)
    expect(json).toMatchObject({ task: 'land-use', model: 'gru', labels })
    const random = new SeededRandom(5)
    const [count, frames, bands] = [7, 23, 4]
    const values = Float32Array.from({ length: count * frames * bands }, () => 1500 + 1000 * random.normal())

    const session = await InferenceSession.create(path)
    const x = new Tensor('float32', values, [count, frames, bands])
    const { probabilities } = await session.run({ x })
    const reference = await loadLandUse(model, 'reference')
    const expected = await reference.classify(values, count)
    await reference.close()

    expect(probabilities?.dims).toEqual([count, labels.length])
    const differences = expected.map((value, i) => Math.abs(value - Number(probabilities?.data[i])))
    expect(Math.max(...differences)).toBeLessThan(1e-5)
  })
})

type Raster = Awaited<ReturnType<typeof openGeoTiff>>

/** Share of pixels with the same class name; the two files number their classes differently. */
async function agreement(map: Raster, real: Raster): Promise<number> {
  const window = { row: 0, column: 0, height: 48, width: 48 }
  const [mapped, true_] = await Promise.all([map.readWindow(0, window), real.readWindow(0, window)])
  const trueNames = ['forest', 'pasture', 'single-crop', 'double-crop', 'water']
  // In class maps 0 stands for "no class".
  const same = mapped.filter((value, i) => labels[value - 1] === trueNames[true_[i] ?? -1])
  return same.length / mapped.length
}
