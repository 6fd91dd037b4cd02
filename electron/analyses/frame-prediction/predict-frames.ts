import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { frameQuality, videoQuality, type VideoQuality } from '../../../shared/metrics/video-quality.ts'
import type { FitReport, FitRequest, PredictionReport, PredictRequest } from '../../../shared/domain/run.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { openSequence } from '../../formats/open-sequences.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'
import { toWriteError } from '../../formats/atomic-file.ts'
import { readManifest } from '../../store/model-folder.ts'
import { bandSources, frameFormSchema } from '../frames/frame-form.ts'
import { FrameStore } from '../frames/frame-store.ts'
import { readSmallFrame } from '../frames/small-frames.ts'
import { parseSettings, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { stepOf } from '../training/provenance-step.ts'
import { framePredictionDataSchema, type FramePredictionData } from './frame-prediction-options.ts'
import { asMetrics, predictClips } from './measure-predictions.ts'
import { shownChannels, writePredictedFrames, type PredictedFiles } from './predicted-files.ts'
import { copyBaseline } from './train-frame-prediction.ts'
import { loadPredictor } from './trained-predictor.ts'

const settingsSchema = z.object({
  /** Id of the sequence, where the input holds several. */
  sequence: z.string().optional(),
  /** Known frames and predicted ones; any numbers, by default those of the training. */
  inputFrames: z.number().int().min(1).max(1000).optional(),
  horizon: z.number().int().min(1).max(1000).optional(),
  /** Number, from 0, of the first known frame; by default the last place where all predicted frames can be compared with the truth. */
  start: z.number().int().min(0).optional(),
  /** Predicts what comes after the last frame; then there is no truth. */
  beyond: z.boolean().default(false),
  movie: z.enum(['mp4', 'gif', 'none']).default('mp4'),
})

/** Which frames are known and how many are predicted. */
interface Stretch {
  readonly start: number
  readonly inputFrames: number
  readonly horizon: number
  readonly step: number
}

/** @throws `contract/frames` when the sequence is too short, `usage/bad-setting` when `start` lies too late */
function chooseStretch(
  info: SequenceInfo,
  data: FramePredictionData,
  settings: z.infer<typeof settingsSchema>,
): Stretch {
  const { inputFrames = data.inputFrames, horizon = data.horizon, beyond } = settings
  const step = data.frameStep
  const needed = (inputFrames - 1) * step + 1
  if (info.frames < needed) throw tooShort(info, needed, inputFrames, step)
  const last = info.frames - needed
  const comparable = Math.max(0, info.frames - ((inputFrames + horizon - 1) * step + 1))
  const start = settings.start ?? (beyond ? last : Math.min(last, comparable))
  if (start > last)
    throw new AppError(
      'usage/bad-setting',
      `The setting start=${start} cannot be used: ${inputFrames} known frames of ${info.frames} can begin at ${last} at the latest.`,
      { key: 'start', value: String(start) },
    )
  return { start, inputFrames, horizon, step }
}

function tooShort(info: SequenceInfo, needed: number, inputFrames: number, step: number): AppError {
  return new AppError(
    'contract/frames',
    `"${info.name}" has ${info.frames} frames; the model looks at ${inputFrames}${step > 1 ? `, ${step} apart` : ''}, so ${needed} are needed. Set fewer with inputFrames.`,
    { term: 'frames', expected: needed, found: info.frames },
  )
}

/**
 * Predicts the frames that follow the known ones of a sequence, of any number, and compares them with the truth where the sequence
 * has it. Writes each frame as PNG, a movie, and the figures.
 * @throws `contract/*`, codes of the readers and of the store; `AbortError`
 */
export async function predictFrames(request: PredictRequest, context: JobContext): Promise<PredictionReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const settings = parseSettings(request.set, settingsSchema)
  const device = await chooseDevice(request.device)
  const trained = await loadPredictor(request.model, device)
  try {
    const { form, data, manifest } = trained
    const reader = await openSequence([request.input], settings.sequence, { signal: context.signal })
    const store = new FrameStore(form.size[0] * form.size[1] * form.bands.length)
    try {
      bandSources(form.bands, reader.info)
      const stretch = chooseStretch(reader.info, data, settings)
      const known = await readStretch(reader, store, form, stretch, context)
      const { inputFrames, horizon } = stretch
      const predictor = await trained.compile(inputFrames, horizon)
      const shape = { inputFrames, horizon, size: form.size, channels: form.bands.length }
      const frames = await predictClips(predictor, store, [{ first: 0, sequence: 0 }], shape)
      await predictor.program.dispose()
      const truths = Math.min(horizon, known - inputFrames)
      const quality = truths > 0 ? compare(store, frames, shape, truths) : null
      const folder = resolve(request.out)
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
        throw toWriteError(error, join(folder, 'prediction.json'))
      })
      const summary: PredictedFiles['summary'] = {
        sequence: reader.info.id,
        model: manifest.model.name,
        start: stretch.start,
        frameStep: stretch.step,
        inputFrames,
        horizon,
        truths,
        // Frame numbers of the sequence; those after its end have no truth.
        predicted: Array.from({ length: horizon }, (_, t) => stretch.start + (inputFrames + t) * stretch.step),
        metrics: quality && asMetrics(quality.model),
        baseline: quality && { name: copyBaseline, ...asMetrics(quality.copy) },
        pictures: { file: 'frames.u8', height: form.size[0], width: form.size[1], channels: shownChannels(shape) },
      }
      const files = await writePredictedFrames({
        folder,
        form,
        store,
        frames,
        shape,
        truths,
        movie: settings.movie,
        summary,
        context,
      })
      return {
        task: 'frame-prediction',
        model: manifest.model.name,
        device,
        seconds: (performance.now() - started) / 1000,
        files,
        warnings: [],
        remarks: [],
        tables: { ...summary },
      }
    } finally {
      store.close()
      await reader.close()
    }
  } finally {
    await trained.close()
  }
}

/** Reads the known frames, and the true future as far as the sequence goes. @returns number of frames read */
async function readStretch(
  reader: SequenceReader,
  store: FrameStore,
  form: Parameters<typeof readSmallFrame>[1],
  { start, inputFrames, horizon, step }: Stretch,
  context: JobContext,
): Promise<number> {
  for (let t = 0; t < inputFrames + horizon; t++) {
    const frame = start + t * step
    if (frame >= reader.info.frames) break
    context.report({ stage: 'Reading frames', done: t, total: inputFrames + horizon })
    store.add(await readSmallFrame(reader, form, frame, context.signal))
  }
  return store.length
}

function compare(
  store: FrameStore,
  frames: Float32Array,
  {
    inputFrames,
    size,
    channels,
  }: { readonly inputFrames: number; readonly size: readonly [number, number]; readonly channels: number },
  truths: number,
): { model: VideoQuality; copy: VideoQuality } {
  const length = size[0] * size[1] * channels
  const frameSize = { height: size[0], width: size[1], channels }
  const last = store.frame(inputFrames - 1)
  const steps = Array.from({ length: truths }, (_, t) => t)
  const truth = (t: number): Float32Array => store.frame(inputFrames + t)
  return {
    model: videoQuality([
      steps.map((t) => frameQuality(frames.subarray(t * length, (t + 1) * length), truth(t), frameSize)),
    ]),
    copy: videoQuality([steps.map((t) => frameQuality(last, truth(t), frameSize))]),
  }
}

/** Whether a predictor can be used on an input, without using it. @throws codes of `readManifest` and of the readers */
export async function fitsFramePrediction(request: FitRequest, context: JobContext): Promise<FitReport> {
  const manifest = await readManifest(request.model)
  const form = stepOf(manifest, 'frames', frameFormSchema)
  const data = stepOf(manifest, 'dataset', framePredictionDataSchema)
  const settings = parseSettings(request.set, settingsSchema)
  const reader = await openSequence([request.input], settings.sequence, { signal: context.signal })
  try {
    bandSources(form.bands, reader.info)
    chooseStretch(reader.info, data, settings)
    return { violations: [], seasons: [] }
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('contract/')) throw error
    const { code, message, details } = error
    return { violations: [{ code, message, details: { ...details } }], seasons: [] }
  } finally {
    await reader.close()
  }
}
