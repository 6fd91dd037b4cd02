import { AppError } from '../../../shared/base/app-error.ts'
import { remarkTexts } from '../../../shared/domain/remark.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { hashData } from '../../store/hash-data.ts'
import { parseGiven, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import type { ClipPlace } from './clips.ts'
import { framePredictionDataSchema } from './frame-prediction-options.ts'
import { readFramePredictionDataset, type FramePredictionDataset } from './frame-prediction-dataset.ts'
import { asMetrics, measurePredictions } from './measure-predictions.ts'
import { copyBaseline } from './train-frame-prediction.ts'
import { loadPredictor } from './trained-predictor.ts'

/** Settings that may be other ones than in training: how many frames go in and come out, and which sequences. */
const settingsSchema = framePredictionDataSchema.pick({ sequence: true, inputFrames: true, horizon: true, hop: true })

/**
 * Metrics of a predictor on sequences, beside copying the last frame. On the data it was trained on, the split is made again as it
 * was; on other data only `all` has a meaning.
 * @throws `evaluate/other-data` when a part of the split is asked for on data the model was not trained on
 */
export async function evaluateFramePrediction(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const asked = parseGiven(request.set, settingsSchema)
  const device = await chooseDevice(request.device)
  const trained = await loadPredictor(request.model, device)
  try {
    const { manifest, form } = trained
    const source = await hashData(request.data, { signal: context.signal })
    const isSameData = manifest.provenance.data.some(({ sha256 }) => sha256 === source.sha256)
    if (!isSameData && request.split !== 'all')
      throw new AppError(
        'evaluate/other-data',
        `The model was not trained on "${source.name}", so it has no ${request.split} part there; evaluate all of it with --split all.`,
        { split: request.split },
      )
    const { sequence, ...kept } = trained.data
    const data = { ...kept, ...(isSameData ? { sequence } : {}), ...asked }
    const seed = manifest.provenance.seed
    // What is not divided need not be divisible.
    const options = request.split === 'all' ? { ...data, split: 'time' as const } : data
    const dataset = await readFramePredictionDataset(request.data, options, seed, context, form)
    try {
      const clips = request.split === 'all' ? everyClip(dataset, data) : dataset.clips[request.split]
      if (clips.length === 0)
        throw new AppError(
          'split/too-few',
          `There is no clip in the ${request.split} part; set fewer inputFrames and horizon.`,
          {
            subset: request.split,
          },
        )
      const shape = {
        inputFrames: data.inputFrames,
        horizon: data.horizon,
        size: form.size,
        channels: form.bands.length,
      }
      const predictor = await trained.compile(data.inputFrames, data.horizon)
      const quality = await measurePredictions(predictor, dataset.store, clips, shape, context)
      await predictor.program.dispose()
      const remarks = [
        ...dataset.remarks,
        ...(request.split === 'all' && isSameData
          ? [
              {
                code: 'evaluate/seen-samples',
                message: 'These samples include those the model was trained on; the score is too good.',
                details: {},
              },
            ]
          : []),
      ]
      return {
        ...manifest.report,
        device,
        seconds: (performance.now() - started) / 1000,
        samples: { train: 0, validation: 0, test: clips.length },
        split: request.split === 'all' ? 'all clips' : `${request.split} part of: ${manifest.provenance.split.text}`,
        metrics: asMetrics(quality.model),
        baseline: { name: copyBaseline, ...asMetrics(quality.copy) },
        warnings: remarkTexts(remarks),
        remarks,
        extra: {},
      }
    } finally {
      dataset.store.close()
    }
  } finally {
    await trained.close()
  }
}

/** Clips of whole sequences, one after the other. */
function everyClip(
  { sequences }: FramePredictionDataset,
  { inputFrames, horizon }: { readonly inputFrames: number; readonly horizon: number },
): ClipPlace[] {
  const length = inputFrames + horizon
  return sequences.flatMap(({ first, count }, sequence) =>
    Array.from({ length: Math.floor(count / length) }, (_, i) => ({ first: first + i * length, sequence })),
  )
}
