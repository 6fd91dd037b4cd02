import { AppError } from '../../../shared/base/app-error.ts'
import type { EvaluateRequest, RunReport } from '../../../shared/domain/run.ts'
import type { JobContext } from '../task.ts'
import { evaluateOnce } from '../training/evaluate-once.ts'
import type { ClipPlace } from './clips.ts'
import { framePredictionDataSchema } from './frame-prediction-options.ts'
import { readFramePredictionDataset, type FramePredictionDataset } from './frame-prediction-dataset.ts'
import { asMetrics, measurePredictions } from './measure-predictions.ts'
import { copyBaseline } from './train-frame-prediction.ts'
import { loadPredictor } from './trained-predictor.ts'

/** Metrics of a predictor on sequences, beside copying the last frame. @throws as `evaluateOnce`; `split/too-few` */
export async function evaluateFramePrediction(request: EvaluateRequest, context: JobContext): Promise<RunReport> {
  return evaluateOnce(request, context, {
    settings: framePredictionDataSchema.pick({ sequence: true, inputFrames: true, horizon: true, hop: true }),
    everything: 'all clips',
    load: loadPredictor,
    test: async ({ manifest, form, compile, data: learned }, asked, isSameData) => {
      const { sequence, ...kept } = learned
      const data = { ...kept, ...(isSameData ? { sequence } : {}), ...asked }
      const { inputFrames, horizon } = data
      // What is not divided need not be divisible.
      const options = request.split === 'all' ? { ...data, split: 'time' as const } : data
      const dataset = await readFramePredictionDataset(request.data, options, manifest.provenance.seed, context, form)
      try {
        const clips = request.split === 'all' ? everyClip(dataset, data) : dataset.clips[request.split]
        if (clips.length === 0)
          throw new AppError(
            'split/too-few',
            `There is no clip in the ${request.split} part; set fewer inputFrames and horizon.`,
            { subset: request.split },
          )
        const shape = { inputFrames, horizon, size: form.size, channels: form.bands.length }
        const predictor = await compile(inputFrames, horizon)
        const quality = await measurePredictions(predictor, dataset.store, clips, shape, context)
        await predictor.program.dispose()
        return {
          tested: clips.length,
          metrics: asMetrics(quality.model),
          baseline: { name: copyBaseline, ...asMetrics(quality.copy) },
          remarks: dataset.remarks,
        }
      } finally {
        dataset.store.close()
      }
    },
  })
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
