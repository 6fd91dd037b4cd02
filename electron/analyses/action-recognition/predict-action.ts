import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { secondsOf } from '../../../shared/domain/clip.ts'
import { type Remark, remarkTexts } from '../../../shared/domain/remark.ts'
import type { FitReport, FitRequest, PredictionReport, PredictRequest } from '../../../shared/domain/run.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { toWriteError, writeTextAtomically } from '../../formats/atomic-file.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { csvCell } from '../../formats/labels/csv-rows.ts'
import { chooseSequence, findSequences } from '../../formats/open-sequences.ts'
import { readManifest } from '../../store/model-folder.ts'
import { bandSources } from '../frames/frame-form.ts'
import { FrameStore } from '../frames/frame-store.ts'
import { storeSequence, type StoredSequence } from '../frames/store-sequence.ts'
import { parseSettings, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { rateOf } from './action-dataset.ts'
import { classifyStretches } from './action-program.ts'
import { findIntervals, windowFrames } from './long-sequences.ts'
import { loadClassifier, type TrainedClassifier } from './trained-classifier.ts'

const settingsSchema = z.object({
  /** Id of the sequence, where the input holds several and one is meant. */
  sequence: z.string().optional(),
  /** `clips`: one class for each sequence; `intervals`: when what happens; `auto`: intervals where a sequence is much longer than a clip. */
  mode: z.enum(['auto', 'clips', 'intervals']).default('auto'),
})

/** A sequence is searched for intervals when it is this many times as long as a clip of the training. */
const longFactor = 1.8

interface ClipResult {
  readonly path: string
  readonly label: string
  readonly probability: number
  readonly probabilities: Readonly<Record<string, number>>
}

interface IntervalResult {
  readonly path: string
  readonly label: string
  /** Seconds from the first frame, [start, end); frames where the sequence has no time. */
  readonly start: number
  readonly end: number
  readonly score: number
}

/**
 * Names the class of each clip of an input, and for long sequences when what happens.
 * Writes `clips.csv`, `intervals.csv`, a `curves-N.csv` of class probabilities by frame for each long sequence, and `predictions.json`.
 * @throws `contract/bands`, codes of the readers and of the store; `AbortError`
 */
export async function predictAction(request: PredictRequest, context: JobContext): Promise<PredictionReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const settings = parseSettings(request.set, settingsSchema)
  const device = await chooseDevice(request.device)
  const sources = await sourcesOf(request.input, settings.sequence, context)
  const trained = await loadClassifier(request.model, device)
  try {
    const { manifest } = trained
    for (const { info } of sources) bandSources(manifest.contract.bands, info)
    const [clips, intervals, remarks]: [ClipResult[], IntervalResult[], Remark[]] = [[], [], []]
    const curves: { readonly name: string; readonly text: string }[] = []
    for (const [done, source] of sources.entries()) {
      context.report({ stage: 'Recognising', done, total: sources.length })
      const found = await recognise(source, trained, settings.mode, context)
      remarks.push(...found.remarks)
      if (found.clip) clips.push(found.clip)
      intervals.push(...found.intervals)
      if (found.curve !== null) curves.push({ name: `curves-${curves.length + 1}.csv`, text: found.curve })
    }
    if (clips.length === 0)
      throw new AppError(
        'dataset/no-clips',
        `Nothing in "${request.input}" can be read: ${remarks.at(-1)?.message ?? ''}`,
        {
          clips: sources.length,
        },
      )
    const folder = resolve(request.out)
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw toWriteError(error, join(folder, 'predictions.json'))
    })
    const tables = { labels: manifest.labels, clips, intervals }
    const written = [
      { name: 'clips.csv', role: 'clips', text: clipTable(clips, manifest.labels) },
      { name: 'intervals.csv', role: 'intervals', text: intervalTable(intervals) },
      ...curves.map((curve) => ({ ...curve, role: 'curves' })),
      {
        name: 'predictions.json',
        role: 'table',
        text: `${JSON.stringify({ model: manifest.model.name, ...tables }, null, 1)}\n`,
      },
    ]
    for (const { name, text } of written) await writeTextAtomically(join(folder, name), text)
    return {
      task: 'action-recognition',
      model: manifest.model.name,
      device,
      seconds: (performance.now() - started) / 1000,
      files: written.map(({ name, role }) => ({ path: join(folder, name), role })),
      warnings: remarkTexts(remarks),
      remarks,
      tables,
    }
  } finally {
    await trained.close()
  }
}

async function sourcesOf(path: string, id: string | undefined, context: JobContext): Promise<readonly FoundSequence[]> {
  const { sequences, problems } = await findSequences([path], { signal: context.signal, report: context.report })
  return id === undefined && sequences.length > 1 ? sequences : [chooseSequence(sequences, problems, [path], id)]
}

async function recognise(
  source: FoundSequence,
  { manifest, form, data, classify }: TrainedClassifier,
  mode: z.infer<typeof settingsSchema>['mode'],
  context: JobContext,
): Promise<{ clip: ClipResult | null; intervals: IntervalResult[]; curve: string | null; remarks: readonly Remark[] }> {
  const { labels, contract } = manifest
  const store = new FrameStore(form.size[0] * form.size[1] * form.bands.length)
  try {
    const { stored, remarks } = await storeSequence(source, form, store, { step: 1, signal: context.signal })
    if (!stored) return { clip: null, intervals: [], curve: null, remarks }
    const common = { store, form, contract, classes: labels.length, data }
    const path = source.info.id
    const whole = await classifyStretches(classify, [{ first: stored.first, count: stored.count }], common)
    const best = whole.indexOf(Math.max(...whole))
    const clip = {
      path,
      label: labels[best] ?? '',
      probability: whole[best] ?? NaN,
      probabilities: Object.fromEntries(labels.map((label, c) => [label, whole[c] ?? NaN])),
    }
    const isLong = stored.count >= longFactor * windowFrames(contract, stored)
    if (mode === 'clips' || (mode === 'auto' && !isLong)) return { clip, intervals: [], curve: null, remarks }
    const found = await findIntervals(classify, stored, labels, common)
    return {
      clip,
      intervals: found.intervals.map(({ label, start, end, score }) => ({
        path,
        label,
        start: timeOf(stored, start),
        end: timeOf(stored, end),
        score,
      })),
      curve: curveTable(stored, found.probabilities, labels),
      remarks,
    }
  } finally {
    store.close()
  }
}

/** Seconds of a frame; the number of the frame where there is no time. */
function timeOf(stored: StoredSequence, frame: number): number {
  const { clip } = stored
  // The end of the last frame has no time stamp of its own.
  if (clip && frame < stored.count) return secondsOf(clip, frame)
  const last = clip ? secondsOf(clip, stored.count - 1) + 1 / clip.frameRate : frame / rateOf(stored)
  return clip ? last : frame / rateOf(stored)
}

const rounded = (value: number): string => String(Number(value.toFixed(4)))

function clipTable(clips: readonly ClipResult[], labels: readonly string[]): string {
  const lines = clips.map(({ path, label, probability, probabilities }) =>
    [
      csvCell(path),
      csvCell(label),
      rounded(probability),
      ...labels.map((one) => rounded(probabilities[one] ?? NaN)),
    ].join(','),
  )
  return [
    ['path', 'label', 'probability', ...labels.map((label) => csvCell(`p_${label}`))].join(','),
    ...lines,
    '',
  ].join('\n')
}

function intervalTable(intervals: readonly IntervalResult[]): string {
  const lines = intervals.map(({ path, label, start, end, score }) =>
    [csvCell(path), csvCell(label), rounded(start), rounded(end), rounded(score)].join(','),
  )
  return ['path,label,start,end,score', ...lines, ''].join('\n')
}

function curveTable(stored: StoredSequence, probabilities: Float32Array, labels: readonly string[]): string {
  const lines = Array.from({ length: stored.count }, (_, frame) =>
    [
      frame,
      rounded(timeOf(stored, frame)),
      ...labels.map((_label, c) => rounded(probabilities[frame * labels.length + c] ?? NaN)),
    ].join(','),
  )
  return [['frame', 'seconds', ...labels.map(csvCell)].join(','), ...lines, ''].join('\n')
}

/** Whether a classifier can be used on an input, without using it. @throws codes of `readManifest` and of the readers */
export async function fitsAction(request: FitRequest, context: JobContext): Promise<FitReport> {
  const { contract } = await readManifest(request.model)
  const sources = await sourcesOf(request.input, request.set['sequence'], context)
  try {
    for (const { info } of sources) bandSources(contract.bands, info)
    return { violations: [], seasons: [] }
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('contract/')) throw error
    const { code, message, details } = error
    return { violations: [{ code, message, details: { ...details } }], seasons: [] }
  }
}
