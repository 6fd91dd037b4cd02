import { basename } from 'node:path'
import type { FitOptions } from '../../engine/fit.ts'
import { optimiserSchema } from '../../engine/optimisers.ts'
import { scheduleSchema } from '../../engine/schedules.ts'
import type { TrainingProgramOptions } from '../../engine/training-program.ts'
import type { TrainingSettings } from './training-settings.ts'

/** How long a training is and how its learning rate falls; a batch is never larger than the samples there are. */
export function fitPlan(
  training: TrainingSettings,
  samples: number,
): Pick<FitOptions, 'samples' | 'batch' | 'epochs' | 'schedule' | 'patience'> & { readonly totalSteps: number } {
  const batch = Math.min(training.batch, Math.max(1, samples))
  const totalSteps = training.epochs * Math.ceil(samples / batch)
  return {
    samples,
    batch,
    epochs: training.epochs,
    totalSteps,
    schedule: scheduleSchema.parse({
      kind: training.schedule,
      learningRate: training.learningRate,
      warmUpSteps: Math.round(training.warmUp * totalSteps),
      totalSteps,
      every: Math.max(1, Math.round(totalSteps / 4)),
    }),
    patience: training.patience > 0 ? training.patience : null,
  }
}

/** How a training program turns gradients into steps. */
export function stepRule(
  training: TrainingSettings,
): Pick<TrainingProgramOptions, 'optimiser' | 'clipNorm' | 'stepNorms'> {
  return {
    optimiser: optimiserSchema.parse({ kind: training.optimiser, weightDecay: training.weightDecay }),
    clipNorm: training.clipNorm,
    stepNorms: training.stepNorms,
  }
}

/** Options as they may travel with a model: files by their names only. */
export function withoutPaths<
  Data extends { readonly labels?: string | undefined; readonly backbone?: string | undefined },
>(data: Data): Data {
  return {
    ...data,
    ...(data.labels ? { labels: basename(data.labels) } : {}),
    ...(data.backbone ? { backbone: basename(data.backbone) } : {}),
  }
}
