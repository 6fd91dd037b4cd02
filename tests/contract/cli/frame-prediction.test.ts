import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSequence } from '../../../electron/formats/open-sequences.ts'
import { readHistory } from '../../../electron/store/history.ts'
import { readManifest } from '../../../electron/store/model-folder.ts'
import { predictionReportSchema, type RunReport, runReportSchema } from '../../../shared/domain/run.ts'
import { writeMovingSquare } from './moving-frames.ts'
import { modelHashes, runJson, startCli } from './run-cli.ts'

let folder: string
let data: string
let model: string
let report: RunReport
const quick = [
  ...['--model', 'conv-lstm', '--device', 'cpu', '--set', 'size=16x24', '--set', 'filters=8', '--set', 'hop=2'],
  ...['--set', 'inputFrames=4', '--set', 'horizon=3', '--batch', '4', '--set', 'learningRate=0.01'],
]
const train = (out: string, ...more: string[]): string[] => [
  ...['train', 'frame-prediction', '--data', data, '--out', out, ...quick, '--seed', '5', ...more],
]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-frames-cli-'))
  data = join(folder, 'data')
  for (let i = 0; i < 6; i++) await writeMovingSquare(join(data, `sequence-${i}`), 24, 4 * i, (2 * i) % 11)
  model = join(folder, 'model')
  const { code, json } = await runJson(...train(model, '--epochs', '12'))
  expect(code, JSON.stringify(json)).toBe(0)
  report = runReportSchema.parse(json)
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

type Steps = { readonly [metric: string]: readonly number[] }

describe('train frame-prediction', () => {
  it('reports error, PSNR and SSIM as means and by step, beside copying the last frame', () => {
    expect(report).toMatchObject({
      task: 'frame-prediction',
      model: 'conv-lstm',
      baseline: { name: 'copy the last frame' },
    })
    for (const figures of [report.metrics, report.baseline]) {
      for (const name of ['mse', 'mae', 'psnr', 'ssim']) expect(typeof figures[name]).toBe('number')
      const steps = figures.perStep as Steps
      expect(steps.mse).toHaveLength(3)
      const mean = (steps.mse ?? []).reduce((sum, value) => sum + value, 0) / 3
      expect(mean).toBeCloseTo(Number(figures.mse), 6)
    }
    expect(report.split).toMatch(/whole sequences/)
  })

  it('learns how the square moves: less than half the error of copying', () => {
    expect(Number(report.metrics.mse)).toBeLessThan(Number(report.baseline.mse) / 2)
    expect(Number(report.metrics.ssim)).toBeGreaterThan(Number(report.baseline.ssim))
  })

  it('keeps in the model what it needs of a sequence', async () => {
    const { contract, labels } = await readManifest(model)
    expect(contract).toMatchObject({
      frames: 4,
      step: { value: 1, unit: 'frame' },
      bands: ['grey'],
      size: [16, 24],
      normalisation: { mean: [0], deviation: [255] },
    })
    expect(labels).toEqual([])
  })

  it('gives, after Ctrl-C and --resume, the same model as a run that was not stopped', async () => {
    const [whole, stopped] = [join(folder, 'whole'), join(folder, 'stopped')]
    expect((await runJson(...train(whole, '--epochs', '6'))).code).toBe(0)
    const run = startCli([...train(stopped, '--epochs', '6'), '--json'])
    while ((await readHistory(stopped)).length < 2) {
      if (run.child.exitCode !== null) throw new Error(`The run ended early:\n${(await run.ended).stderr}`)
      await sleep(5)
    }
    run.child.kill('SIGINT')
    expect((await run.ended).code).toBe(5)
    expect((await runJson(...train(stopped, '--epochs', '6', '--resume'))).code).toBe(0)
    expect(await modelHashes(stopped)).toEqual(await modelHashes(whole))
  }, 300_000)
})

describe('evaluate', () => {
  it('finds the same clips and figures as the training', async () => {
    const { code, json } = await runJson('evaluate', '--model', model, '--data', data, '--device', 'cpu')
    expect(code).toBe(0)
    expect(runReportSchema.parse(json).metrics).toEqual(report.metrics)
  })

  it('measures other lengths than those of the training', async () => {
    const other = ['--set', 'inputFrames=2', '--set', 'horizon=6']
    const { json } = await runJson('evaluate', '--model', model, '--data', data, '--split', 'all', ...other)
    expect((runReportSchema.parse(json).metrics.perStep as Steps).ssim).toHaveLength(6)
  })
})

describe('predict', () => {
  it('writes every predicted frame, the truth beside it, a movie and the figures', async () => {
    const out = join(folder, 'predicted')
    const input = join(data, 'sequence-3')
    const { code, json } = await runJson('predict', '--model', model, '--input', input, '--out', out)
    expect(code, JSON.stringify(json)).toBe(0)
    const { files, tables } = predictionReportSchema.parse(json)
    expect((await readdir(out)).sort()).toEqual([
      'frames.u8',
      'metrics.csv',
      ...['predicted-01.png', 'predicted-02.png', 'predicted-03.png', 'prediction.json', 'prediction.mp4'],
      ...['truth-01.png', 'truth-02.png', 'truth-03.png'],
    ])
    expect(files).toHaveLength(10)
    // Ten frames, as bytes: four known, three that came, three predicted.
    const { height, width } = tables['pictures'] as { height: number; width: number }
    expect((await readFile(join(out, 'frames.u8'))).length).toBe(10 * height * width)
    expect(tables).toMatchObject({ inputFrames: 4, horizon: 3, truths: 3, start: 17, predicted: [21, 22, 23] })
    const pictures = await openSequence([out], undefined).catch(async () => openSequence([join(out, 'prediction.mp4')]))
    expect(pictures.info.frames).toBe(7)
    await pictures.close()
    expect((await readFile(join(out, 'metrics.csv'), 'utf8')).split('\n')[0]).toBe(
      'step,mse,mae,psnr,ssim,copy_mse,copy_mae,copy_psnr,copy_ssim',
    )
  })

  it('goes on beyond the end, any number of frames, where there is no truth', async () => {
    const out = join(folder, 'beyond')
    const more = ['--set', 'beyond=true', '--set', 'horizon=8', '--set', 'inputFrames=1', '--set', 'movie=gif']
    const input = join(data, 'sequence-0')
    const { json } = await runJson('predict', '--model', model, '--input', input, '--out', out, ...more)
    expect(predictionReportSchema.parse(json).tables).toMatchObject({ truths: 0, metrics: null, horizon: 8 })
    const names = await readdir(out)
    expect(names.filter((name) => name.startsWith('predicted-'))).toHaveLength(8)
    expect(names).toContain('prediction.gif')
    expect(names).not.toContain('metrics.csv')
  })

  it('refuses a sequence that is too short, and says how many frames are needed', async () => {
    const short = join(folder, 'short')
    await writeMovingSquare(short, 3, 0, 0)
    const { code, json } = await runJson('predict', '--model', model, '--input', short, '--out', join(folder, 'no'))
    expect(json).toMatchObject({ error: { code: 'contract/frames', details: { expected: 4, found: 3 } } })
    expect(code).toBe(3)
  })
})

describe('bad input', () => {
  it('leaves out what is broken or too short, says so, and learns from the rest', async () => {
    const mixed = join(folder, 'mixed')
    for (let i = 0; i < 3; i++) await writeMovingSquare(join(mixed, `good-${i}`), 12, 3 * i, 2)
    await writeMovingSquare(join(mixed, 'short'), 2, 0, 0)
    await writeFile(join(mixed, 'broken.mp4'), Buffer.from('\0\0\0\x18ftypmp42 this is no movie'))
    const out = join(folder, 'from-mixed')
    const { code, json } = await runJson(
      ...['train', 'frame-prediction', '--data', mixed, '--out', out, ...quick, '--epochs', '1'],
    )
    expect(code, JSON.stringify(json)).toBe(0)
    const codes = runReportSchema.parse(json).remarks.map((remark) => remark.code)
    expect(codes).toEqual(['dataset/short-sequences', 'dataset/unreadable-files'])
  })

  it.each([
    ['a wrong setting', ['--set', 'inputFrame=4'], 'usage/unknown-setting', 2],
    ['a size of no pixels', ['--set', 'size=0'], 'usage/bad-setting', 2],
    ['frames that no sequence has', ['--set', 'horizon=100'], 'dataset/too-short', 3],
    ['an unknown model', ['--model', 'oracle'], 'usage/unknown-model', 2],
    ['squares that do not divide the frame', ['--set', 'patch=5'], 'usage/bad-setting', 2],
  ])('refuses %s', async (_what, more, code, exit) => {
    const out = join(folder, 'refused')
    const result = await runJson('train', 'frame-prediction', '--data', data, '--out', out, ...quick, ...more)
    expect(result.json).toMatchObject({ error: { code } })
    expect(result.code).toBe(exit)
    await rm(out, { recursive: true, force: true })
  })

  it('says that an empty folder holds nothing', async () => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    const { code, json } = await runJson('train', 'frame-prediction', '--data', empty, '--out', join(folder, 'x'))
    expect(json).toMatchObject({ error: { code: 'formats/empty-folder' } })
    expect(code).toBe(3)
  })
})
