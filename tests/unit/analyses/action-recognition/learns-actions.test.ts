import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateAction } from '../../../../electron/analyses/action-recognition/evaluate-action.ts'
import { planAction } from '../../../../electron/analyses/action-recognition/plan-action.ts'
import { predictAction } from '../../../../electron/analyses/action-recognition/predict-action.ts'
import { trainAction } from '../../../../electron/analyses/action-recognition/train-action.ts'
import { trainRequestSchema, type RunReport } from '../../../../shared/domain/run.ts'
import { figureEdge, writeMovingFigures } from './moving-figures.ts'

const context = { signal: new AbortController().signal, report: () => undefined }
const set = { size: String(figureEdge), filters: '8,16', units: '32', jitter: '0.1', learningRate: '0.005' }
let folder: string
let data: string
const reports: Record<string, RunReport> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-actions-'))
  data = join(folder, 'data')
  await writeMovingFigures(data, 40, 1)
  for (const model of ['crnn', 'frame-cnn']) {
    const request = {
      task: 'action-recognition',
      data,
      out: join(folder, model),
      model,
      epochs: 30,
      seed: 2,
      device: 'cpu',
      set,
    }
    reports[model] = await trainAction(trainRequestSchema.parse(request), context)
  }
}, 900_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('actions that no single frame gives away', () => {
  it('are told apart by the network that follows the frames: above 0.95', () => {
    expect(reports.crnn?.samples.test).toBeGreaterThanOrEqual(21)
    expect(Number(reports.crnn?.metrics.top1)).toBeGreaterThan(0.95)
    expect(Number(reports.crnn?.metrics.meanClassAccuracy)).toBeGreaterThan(0.95)
    expect(reports.crnn?.metrics.top5).toBe(1)
  })

  it('are not told apart by the one that sees the last frame: near chance, as is the commonest class', () => {
    expect(Number(reports['frame-cnn']?.metrics.top1)).toBeLessThan(0.7)
    expect(Number(reports.crnn?.baseline.top1)).toBeLessThan(0.4)
  })

  it('are measured again with the same result', async () => {
    const again = await evaluateAction(
      { model: join(folder, 'crnn'), data, split: 'test', device: 'cpu', set: {} },
      context,
    )
    expect(again.metrics).toEqual(reports.crnn?.metrics)
  })

  it('are named for new clips, in tables', async () => {
    const other = join(folder, 'other')
    await writeMovingFigures(other, 3, 9)
    const out = join(folder, 'named')
    const report = await predictAction(
      { model: join(folder, 'crnn'), input: other, out, device: 'cpu', set: {} },
      context,
    )
    const clips = report.tables.clips as { path: string; label: string }[]
    expect(clips).toHaveLength(9)
    expect(clips.filter(({ path, label }) => path.includes(`/${label}/`)).length).toBeGreaterThanOrEqual(8)
    const [header, first] = (await readFile(join(out, 'clips.csv'), 'utf8')).split('\n')
    expect(header).toBe('path,label,probability,p_circle,p_walk,p_wave')
    expect(first).toMatch(/^other\/circle\/clip-01,/)
  })

  it('are planned without reading a frame, with the warning that nothing says what belongs together', async () => {
    const plan = await planAction({ task: 'action-recognition', data, seed: 2, set }, context)
    expect(plan.samples).toEqual(reports.crnn?.samples)
    expect(plan.classes.map(({ label }) => label)).toEqual(['circle', 'walk', 'wave'])
    expect(plan.remarks.map(({ code }) => code)).toEqual(['labels/no-groups'])
  })
})
