import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateAction } from '../../../../electron/analyses/action-recognition/evaluate-action.ts'
import { predictAction } from '../../../../electron/analyses/action-recognition/predict-action.ts'
import { trainAction } from '../../../../electron/analyses/action-recognition/train-action.ts'
import { evaluateFramePrediction } from '../../../../electron/analyses/frame-prediction/evaluate-frame-prediction.ts'
import { predictFrames } from '../../../../electron/analyses/frame-prediction/predict-frames.ts'
import { trainFramePrediction } from '../../../../electron/analyses/frame-prediction/train-frame-prediction.ts'
import { encodePng } from '../../../../electron/formats/images/write-png.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { trainRequestSchema, type RunReport } from '../../../../shared/domain/run.ts'
import type { ActionTables } from '../../../../shared/domain/video-prediction.ts'
import { realData } from '../../formats/real-data.ts'
import { writeMovingFigures } from '../action-recognition/moving-figures.ts'

const context = { signal: new AbortController().signal, report: () => undefined }
const walk = fileURLToPath(new URL('../../../../resources/samples/actions/walk/walk-01.mp4', import.meta.url))
const corpus = realData('malformed_mp4')
let folder: string
let data: string
const trained: Record<'actions' | 'frames', RunReport | null> = { actions: null, frames: null }

/** Broken files, as they were made and as they are named. */
const broken = {
  'empty.mp4': () => Promise.resolve(new Uint8Array()),
  'text.mp4': () => Promise.resolve(new TextEncoder().encode('this is no film')),
  'header-only.mp4': async () => (await readFile(walk)).subarray(0, 600),
} as const

/** One sentence for a person, and a code; anything else is thrown on. */
async function refusalOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect(error.message).not.toMatch(/\n|undefined|\[object/)
    return error.code
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronolens-bad-clips-'))
  data = join(folder, 'data')
  await writeMovingFigures(data, 4, 5)
  for (const [name, bytes] of Object.entries(broken)) await writeFile(join(data, 'walk', name), await bytes())
  const film = await readFile(walk)
  await writeFile(join(data, 'walk', 'half.mp4'), film.subarray(0, Math.floor(film.length / 2)))
  // A film among pictures: other sizes, other lengths.
  await cp(walk, join(data, 'walk', 'film.mp4'))
  for (const [i, name] of ['short', 'shorter'].entries()) {
    await mkdir(join(data, 'wave', name))
    for (let frame = 0; frame < 3 - i; frame++)
      await writeFile(
        join(data, 'wave', name, `frame-${frame}.png`),
        encodePng(new Uint8Array(30 * 41).fill(40 * frame), { height: 30, width: 41, channels: 1 }),
      )
  }
  const common = { data, epochs: 1, device: 'cpu' }
  const small = { size: '16', filters: '4' }
  trained.actions = await trainAction(
    trainRequestSchema.parse({
      ...common,
      task: 'action-recognition',
      out: join(folder, 'actions'),
      set: { ...small, units: '8' },
    }),
    context,
  )
  trained.frames = await trainFramePrediction(
    trainRequestSchema.parse({
      ...common,
      task: 'frame-prediction',
      out: join(folder, 'frames'),
      model: 'conv-gru',
      set: { ...small, inputFrames: '3', horizon: '2', maxClips: '16' },
    }),
    context,
  )
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const predict = {
  actions: (input: string) =>
    predictAction(
      { model: join(folder, 'actions'), input, out: join(folder, 'out'), device: 'cpu', set: { mode: 'clips' } },
      context,
    ),
  frames: (input: string) =>
    predictFrames(
      { model: join(folder, 'frames'), input, out: join(folder, 'out'), device: 'cpu', set: { movie: 'none' } },
      context,
    ),
}

describe('broken, short and differing clips among good ones', () => {
  it('are left out or used, and every one that is left out is said', () => {
    const codesOf = (report: RunReport | null) => report?.remarks.map(({ code }) => code) ?? []
    expect(codesOf(trained.actions)).toContain('dataset/unreadable-files')
    // 12 clips of pictures, a film and half of it, two short ones: a clip that is shorter than the window is shown again and again.
    const { train, validation, test } = trained.actions?.samples ?? { train: 0, validation: 0, test: 0 }
    expect(train + validation + test).toBe(16)
    expect(codesOf(trained.frames)).toEqual(
      expect.arrayContaining(['dataset/short-sequences', 'dataset/unreadable-files']),
    )
    for (const report of [trained.actions, trained.frames])
      for (const { message } of report?.remarks ?? []) expect(message).not.toMatch(/\n|undefined|\[object/)
  })

  it.each(Object.keys(broken))('end a prediction of both tasks in one sentence: %s', async (name) => {
    const input = join(data, 'walk', name)
    expect(await refusalOf(predict.actions(input))).toMatch(/^(formats|dataset)\//)
    expect(await refusalOf(predict.frames(input))).toMatch(/^(formats|dataset)\//)
  })

  it('are measured as they were learned, of whatever size', async () => {
    const set = {}
    const actions = await evaluateAction(
      { model: join(folder, 'actions'), data, split: 'all', device: 'cpu', set },
      context,
    )
    expect(actions.samples.test).toBe(16)
    const frames = await evaluateFramePrediction(
      { model: join(folder, 'frames'), data, split: 'all', device: 'cpu', set },
      context,
    )
    expect(frames.samples.test).toBeGreaterThan(12)
  })

  it('are too short for frames to be predicted from, which is said with the number that is needed', async () => {
    const shorter = join(data, 'wave', 'shorter')
    await expect(predict.frames(shorter)).rejects.toThrow(/\b3\b/)
    expect((await predict.actions(shorter)).files.length).toBeGreaterThan(0)
  })
})

describe('a class with one clip', () => {
  it('is said, and a single class ends the training in one sentence', async () => {
    const few = join(folder, 'few')
    await writeMovingFigures(few, 1, 5)
    const request = { task: 'action-recognition', data: few, out: join(folder, 'few-model'), epochs: 1, device: 'cpu' }
    const set = { size: '16', filters: '4', units: '8' }
    const report = await trainAction(trainRequestSchema.parse({ ...request, set }), context)
    expect(report.remarks.filter(({ code }) => code === 'dataset/few-of-class')).toHaveLength(3)
    await rm(join(few, 'walk'), { recursive: true })
    await rm(join(few, 'wave'), { recursive: true })
    const again = trainRequestSchema.parse({ ...request, out: join(folder, 'one-model'), set })
    expect(await refusalOf(trainAction(again, context))).toBe('dataset/one-class')
  })
})

describe.skipIf(!corpus)('the corpus of malformed films', () => {
  it('is recognised as far as it can be read, in one go', async () => {
    const { tables } = await predict.actions(corpus ?? '')
    const read = (tables as ActionTables).clips.map(({ path }) => basename(path))
    expect(read).toEqual(expect.arrayContaining(['white.mp4', 'tiny_av1.mp4', 'video_rotation_90.mp4']))
    expect(read).not.toContain('sine-3s-xhe-aac-44khz-mono.mp4')
  })

  it.each(['sine-3s-xhe-aac-44khz-mono.mp4', 'zero_empty_stsc.mp4', 'chunk_out_of_range.mp4'])(
    'ends in one sentence where there is sound alone or no frame: %s',
    async (name) => {
      const input = join(corpus ?? '', 'mp4parse_capi', 'tests', name)
      expect(await refusalOf(predict.actions(input))).toMatch(/^(formats|dataset)\//)
    },
  )

  it('is learned from together with good clips, and what cannot be read is counted', async () => {
    const mixed = join(folder, 'mixed')
    await writeMovingFigures(mixed, 4, 6)
    await cp(corpus ?? '', join(mixed, 'noise'), { recursive: true })
    const report = await trainAction(
      trainRequestSchema.parse({
        task: 'action-recognition',
        data: mixed,
        out: join(folder, 'mixed-model'),
        epochs: 1,
        device: 'cpu',
        set: { size: '16', filters: '4', units: '8' },
      }),
      context,
    )
    expect(report.remarks.map(({ code }) => code)).toContain('dataset/unreadable-files')
    expect(Number.isFinite(Number(report.metrics.top1))).toBe(true)
  })
})
