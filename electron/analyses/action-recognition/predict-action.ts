import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { secondsOf } from '../../../shared/domain/clip.ts'
import { type Remark, remarkTexts } from '../../../shared/domain/remark.ts'
import type {
  ActionClip,
  ActionInterval,
  ActionSaliency,
  ActionTables,
} from '../../../shared/domain/video-prediction.ts'
import type { FitReport, FitRequest, PredictionReport, PredictRequest } from '../../../shared/domain/run.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { toWriteError, writeAtomically } from '../../formats/atomic-file.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { encodePng } from '../../formats/images/write-png.ts'
import { csvCell } from '../../formats/labels/csv-rows.ts'
import { chooseSequence, findSequences } from '../../formats/open-sequences.ts'
import { readManifest } from '../../store/model-folder.ts'
import { bandSources } from '../frames/frame-form.ts'
import { storeSequence, type StoredSequence } from '../frames/store-sequence.ts'
import { parseSettings, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { rateOf } from './action-dataset.ts'
import { clipStore } from './clip-encoding.ts'
import { classifyStretches } from './action-program.ts'
import { explainAction, type Explanation } from './explain-action.ts'
import { findIntervals, windowFrames } from './long-sequences.ts'
import type { Stretch } from './sample-clips.ts'
import { loadClassifier, type TrainedClassifier } from './trained-classifier.ts'

const settingsSchema = z.object({
  /** Id of the sequence, where the input holds several and one is meant. */
  sequence: z.string().optional(),
  /** `clips`: one class for each sequence; `intervals`: when what happens; `auto`: intervals where a sequence is much longer than a clip. */
  mode: z.enum(['auto', 'clips', 'intervals']).default('auto'),
  /** Looks at frames [from, to) of one sequence only; its first frame is 0. */
  from: z.number().int().min(0).optional(),
  to: z.number().int().min(1).optional(),
  /** Also says which frames and pixels decided, for one sequence that is looked at as one clip. */
  saliency: z.boolean().default(false),
  /** Class whose score is explained; by default the one that was found. */
  label: z.string().optional(),
})
type Settings = z.infer<typeof settingsSchema>

/** A sequence is searched for intervals when it is this many times as long as a clip of the training. */
const longFactor = 1.8

/**
 * Names the class of each clip of an input, and for long sequences when what happens.
 * Writes `clips.csv`, `intervals.csv`, a `curves-N.csv` of class probabilities by frame for each long sequence (also as float32,
 * `curves-N.f32`), and `predictions.json`; with `saliency` also a heat map for each frame that the model saw.
 * @throws `usage/bad-setting`, `contract/bands`, codes of the readers and of the store; `AbortError`
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
    refuseStretchOfSeveral(settings, sources.length)
    if (settings.saliency && trained.encoding.backbone) throw noSaliency()
    const [clips, intervals, remarks]: [ActionClip[], ActionInterval[], Remark[]] = [[], [], []]
    const curves: { readonly csv: string; readonly values: Float32Array }[] = []
    let explanation: Explanation | null = null
    for (const [done, source] of sources.entries()) {
      context.report({ stage: 'Recognising', done, total: sources.length })
      const found = await recognise(source, trained, settings, {
        signal: context.signal,
        // A single clip is followed frame by frame.
        report: sources.length === 1 ? context.report : () => undefined,
      })
      remarks.push(...found.remarks)
      intervals.push(...found.intervals)
      explanation = found.explanation
      if (found.curve) curves.push(found.curve)
      if (found.clip) clips.push({ ...found.clip, curve: found.curve ? `curves-${curves.length}.f32` : null })
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
    const saliency: ActionSaliency | null = explanation && { ...explanation.saliency, file: 'saliency.f32' }
    const tables: ActionTables = { labels: manifest.labels, clips, intervals, saliency }
    const written: { readonly name: string; readonly role: string; readonly text: string | Uint8Array }[] = [
      { name: 'clips.csv', role: 'clips', text: clipTable(clips, manifest.labels) },
      { name: 'intervals.csv', role: 'intervals', text: intervalTable(intervals) },
      ...curves.flatMap(({ csv, values }, i) => [
        { name: `curves-${i + 1}.csv`, role: 'curves', text: csv },
        { name: `curves-${i + 1}.f32`, role: 'curves', text: bytesOf(values) },
      ]),
      ...(explanation ? explanationFiles(explanation) : []),
      {
        name: 'predictions.json',
        role: 'table',
        text: `${JSON.stringify({ model: manifest.model.name, ...tables }, null, 1)}\n`,
      },
    ]
    for (const { name, text } of written) await writeAtomically(join(folder, name), text)
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

interface Recognised {
  readonly clip: ActionClip | null
  readonly intervals: ActionInterval[]
  /** Class probabilities by frame, [frames × classes], of a long clip. */
  readonly curve: { readonly csv: string; readonly values: Float32Array } | null
  readonly explanation: Explanation | null
  readonly remarks: readonly Remark[]
}

function noSaliency(): AppError {
  return new AppError(
    'usage/bad-setting',
    'The setting saliency=true cannot be used: the model looks at features of a backbone, through which no gradient reaches the pixels.',
    { key: 'saliency', value: 'true' },
  )
}

/** A stretch and an explanation are of one sequence. @throws `usage/bad-setting` */
function refuseStretchOfSeveral({ from, to, saliency }: Settings, count: number): void {
  if (count === 1 || (from === undefined && to === undefined && !saliency)) return
  throw new AppError(
    'usage/bad-setting',
    `The settings from, to and saliency are for one sequence, and there are ${count}; name one with sequence.`,
    { key: saliency ? 'saliency' : 'from', value: String(saliency ? saliency : from) },
  )
}

/** The frames that are looked at, as store indices. @throws `usage/bad-setting` */
function stretchOf({ first, count }: StoredSequence, { from = 0, to = count }: Settings): Stretch {
  const end = Math.min(to, count)
  if (from < end) return { first: first + from, count: end - from }
  throw new AppError(
    'usage/bad-setting',
    `The setting from=${from} cannot be used: it must lie before ${end}, where the stretch ends.`,
    { key: 'from', value: String(from) },
  )
}

/** @throws `usage/bad-setting` */
function labelIndex(labels: readonly string[], label: string): number {
  const index = labels.indexOf(label)
  if (index >= 0) return index
  throw new AppError(
    'usage/bad-setting',
    `The setting label=${label} cannot be used: the classes are ${labels.join(', ')}.`,
    { key: 'label', value: label },
  )
}

/** The maps as numbers, and as pictures that are white where a frame decided most. */
function explanationFiles({
  saliency,
  maps,
}: Explanation): { name: string; role: string; text: string | Uint8Array }[] {
  const [height, width] = saliency.size
  const largest = maps.reduce((a, b) => Math.max(a, b), 1e-12)
  const bytes = Uint8Array.from(maps, (value) => Math.round((255 * value) / largest))
  const digits = Math.max(2, String(saliency.frames.length).length)
  const lines = saliency.frames.map((frame, i) => `${frame},${rounded(saliency.shares[i] ?? NaN)}`)
  return [
    { name: 'saliency.f32', role: 'saliency', text: bytesOf(maps) },
    { name: 'saliency.csv', role: 'saliency', text: ['frame,share', ...lines, ''].join('\n') },
    ...saliency.frames.map((_frame, i) => ({
      name: `saliency-${String(i + 1).padStart(digits, '0')}.png`,
      role: 'saliency',
      text: encodePng(bytes.subarray(i * height * width, (i + 1) * height * width), { height, width, channels: 1 }),
    })),
  ]
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

async function recognise(
  source: FoundSequence,
  trained: TrainedClassifier,
  settings: Settings,
  context: JobContext,
): Promise<Recognised> {
  const { manifest, encoding, contract, data, classify } = trained
  const { labels } = manifest
  const { mode } = settings
  const { store, sink } = clipStore(encoding)
  try {
    const { stored, remarks } = await storeSequence(source, encoding.frames, sink, {
      step: 1,
      signal: context.signal,
      report: ({ done, total }) => context.report({ stage: 'Reading frames', done, total }),
    })
    if (!stored) return { clip: null, intervals: [], curve: null, explanation: null, remarks }
    const common = { store, form: encoding.kept, contract, classes: labels.length, data }
    const path = source.info.id
    const stretch = stretchOf(stored, settings)
    const whole = await classifyStretches(classify, [stretch], common)
    const best = whole.indexOf(Math.max(...whole))
    const clip = {
      path,
      label: labels[best] ?? '',
      probability: whole[best] ?? NaN,
      probabilities: Object.fromEntries(labels.map((label, c) => [label, whole[c] ?? NaN])),
      frames: stored.count,
      curve: null,
    }
    const isLong = stored.count >= longFactor * windowFrames(contract, stored)
    if (mode === 'clips' || settings.saliency || stretch.count < stored.count || (mode === 'auto' && !isLong)) {
      const classIndex = settings.label === undefined ? best : labelIndex(labels, settings.label)
      const explanation = settings.saliency
        ? await explainAction({ ...trained, form: encoding.kept, store, sequence: stored, stretch, classIndex })
        : null
      return { clip, intervals: [], curve: null, explanation, remarks }
    }
    context.report({ stage: 'Recognising', done: 0, total: 0 })
    const found = await findIntervals(classify, stored, labels, common, context)
    return {
      clip,
      intervals: found.intervals.map(({ label, start, end, score }) => ({
        path,
        label,
        start: timeOf(stored, start),
        end: timeOf(stored, end),
        from: start,
        to: end,
        score,
      })),
      curve: { csv: curveTable(stored, found.probabilities, labels), values: found.probabilities },
      explanation: null,
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

function clipTable(clips: readonly ActionClip[], labels: readonly string[]): string {
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

function intervalTable(intervals: readonly ActionInterval[]): string {
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
