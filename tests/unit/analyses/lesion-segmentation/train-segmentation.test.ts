import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { evaluateSegmentation } from '../../../../electron/analyses/lesion-segmentation/evaluate-segmentation.ts'
import { planSegmentation } from '../../../../electron/analyses/lesion-segmentation/plan-segmentation.ts'
import { predictSegmentation } from '../../../../electron/analyses/lesion-segmentation/predict-segmentation.ts'
import { trainSegmentation } from '../../../../electron/analyses/lesion-segmentation/train-segmentation.ts'
import { readVolume } from '../../../../electron/analyses/lesions/patient-volume.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import { readManifest } from '../../../../electron/store/model-folder.ts'
import {
  evaluateRequestSchema,
  planRequestSchema,
  predictRequestSchema,
  type RunReport,
  trainRequestSchema,
} from '../../../../shared/domain/run.ts'
import { segmentationScores } from '../../../../shared/metrics/segmentation.ts'
import { ballMask, phantomPatient, writePhantomPatient } from './segmentation-phantom.ts'

// A network is trained; a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const root = mkdtempSync(join(tmpdir(), 'segmentation-'))
const [data, model] = [join(root, 'data'), join(root, 'model')]
const context = { signal: new AbortController().signal, report: (): void => undefined }
const set = {
  patchSize: '24',
  slices: '3',
  filters: '4',
  learningRate: '0.01',
  patchesPerStudy: '12',
  registration: 'none',
}
const request = { task: 'lesion-segmentation', data, out: model, seed: 3, epochs: 10, batch: 4, device: 'cpu', set }
let report: RunReport

beforeAll(async () => {
  for (let i = 1; i <= 8; i++) await writePhantomPatient(join(data, i <= 6 ? 'train' : 'test', `patient-${i}`), i)
  report = await trainSegmentation(trainRequestSchema.parse(request), context)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const visit = (patient: number, number: number): string => join(data, 'test', `patient-${patient}`, `visit-${number}`)

describe('lesion segmentation, of spots that are new since the study before among others as bright', () => {
  it('finds what is new, where the best threshold cannot tell', () => {
    const { metrics, baseline, samples } = report
    expect(samples).toEqual({ train: 6, validation: 0, test: 2 })
    expect(report.split).toMatch(/folders/)
    expect(metrics['dice']).toBeGreaterThan(0.75)
    expect(metrics['falsePositivesPerScan']).toBeLessThanOrEqual(1)
    expect(baseline.name).toBe('best threshold')
    // Three of five spots are old: marking all gives 2 · 2 / (5 + 2).
    expect(baseline['dice']).toBeLessThan(0.7)
    expect(baseline['falsePositivesPerScan']).toBeGreaterThanOrEqual(3)
    expect(baseline['others']).toMatchObject([{ name: 'empty mask', dice: 0, lesionSensitivity: 0, hd95Mm: null }])
    expect(report.warnings.join(' ')).toMatch(/8 patients only/)
  })

  it('keeps in the model what it needs of a series', async () => {
    const { contract, labels, provenance } = await readManifest(model)
    expect(labels).toEqual(['lesion'])
    expect(contract).toMatchObject({ frames: 3, size: [24, 24], spacingMm: [1.5, 1.5, 3] })
    expect(provenance.pipeline[0]?.options).toMatchObject({ usesEarlier: true, usesEarlierMask: false })
  })

  it('evaluates to the same figures again, and to poor ones when the study before is hidden', async () => {
    const evaluate = (more: object): Promise<RunReport> =>
      evaluateSegmentation(evaluateRequestSchema.parse({ model, data, split: 'test', device: 'cpu', ...more }), context)
    const again = await evaluate({})
    expect(again.metrics).toEqual(report.metrics)
    expect(again.baseline).toEqual(report.baseline)
    const alone = await evaluate({ set: { earlier: 'none' } })
    expect(alone.metrics['dice']).toBeLessThan(Number(report.metrics['dice']) - 0.1)
  })

  it('marks a new series on its own grid, and writes mask, probabilities and measures', async () => {
    const out = join(root, 'found')
    const predicted = await predictSegmentation(
      predictRequestSchema.parse({
        ...{ model, input: visit(7, 2), out, device: 'cpu' },
        set: { earlier: visit(7, 1), registration: 'none' },
      }),
      context,
    )
    expect(predicted.files.map(({ role }) => role)).toEqual(['segmentation', 'probabilities', 'table', 'table'])
    const reader = await openSequence([join(out, 'segmentation.nii.gz')])
    const { values, geometry } = await readVolume(reader)
    await reader.close()
    const { fresh, geometry: own } = phantomPatient(7)
    expect(geometry.origins[3]).toEqual(own.origins[3]?.map((value) => expect.closeTo(value, 3) as number))
    const scores = segmentationScores(values, ballMask(fresh), own.size, [3, 1.5, 1.5])
    expect(scores.dice).toBeGreaterThan(0.7)
    const { lesions, model: named } = JSON.parse(readFileSync(join(out, 'lesions.json'), 'utf8')) as {
      lesions: { volumeMl: number }[]
      model: { sha256: string; metrics: { dice: number } }
    }
    expect(lesions.length).toBe(Math.max(...values))
    expect(named.metrics.dice).toBe(report.metrics['dice'])
    expect(readFileSync(join(out, 'lesions.csv'), 'utf8').trim().split('\n')).toHaveLength(1 + lesions.length)
  })

  it('plans without reading a slice: studies by patient and part', async () => {
    const plan = await planSegmentation(planRequestSchema.parse(request), context)
    expect(plan.samples).toEqual({ train: 6, validation: 0, test: 2 })
    expect(plan.groups).toHaveLength(8)
    expect(plan.contract).toMatchObject({ frames: 3, spacingMm: [1.5, 1.5, expect.closeTo(3, 4)] })
    expect(plan.problem).toBeNull()
  })
})
