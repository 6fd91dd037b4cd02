import { z } from 'zod'
import type { ReportProgress } from '../../../shared/base/progress.ts'
import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { ApplyProgram, type TrainedNumbers } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import { fit, type FitEpoch, type FitResult, type FitState } from '../../engine/fit.ts'
import type { FeatureSpecs, ModelFunction } from '../../engine/model-function.ts'
import { programCost, TrainingProgram, type Batch, type TrainingProgramOptions } from '../../engine/training-program.ts'
import { fitPlan, stepRule } from '../training/fit-plan.ts'
import { trainingSchema } from '../training/training-settings.ts'
import { crossEntropy, isRight, seriesFeatures, withPreparedSeries, withProbabilities } from './classifier-program.ts'

/** How a classifier of series is trained. */
export const classifierTrainingSchema = trainingSchema.extend({
  labelSmoothing: z.number().min(0).max(0.5).default(0.05),
  /** `balanced` weighs each class by the inverse of its frequency. */
  classWeights: z.enum(['none', 'balanced']).default('none'),
  /** Deviation of the noise added to each value while training, in deviations of its band. */
  noise: z.number().min(0).max(1).default(0),
})
/** How a classifier of series is trained. */
export type ClassifierTraining = z.infer<typeof classifierTrainingSchema>

/** Series with their classes; `rows` name the ones to use. */
export interface LabelledSeries {
  /** [samples, frames, bands], physical units */
  readonly values: Float32Array
  /** Class index of each sample. */
  readonly classes: Int32Array
}

/** What `trainClassifier` needs. */
export interface TrainClassifierOptions {
  readonly model: ModelFunction
  readonly contract: TemporalContract
  readonly classCount: number
  readonly data: LabelledSeries
  readonly trainRows: readonly number[]
  readonly validationRows: readonly number[]
  readonly training: ClassifierTraining
  readonly seed: number
  readonly executor: Executor
  readonly resume?: FitState
  readonly saveCheckpoint?: (state: FitState) => Promise<void>
  readonly onEpoch?: (epoch: FitEpoch) => Promise<void>
  readonly signal?: AbortSignal
  readonly report?: ReportProgress
}

/** A trained classifier; `classify` gives probabilities [rows, classes] for rows of the given series. */
export interface TrainedClassifier {
  readonly result: FitResult
  readonly parameters: number
  readonly classify: (values: Float32Array, count: number) => Promise<Float32Array>
  readonly dispose: () => Promise<void>
}

/** The model as it is compiled for applying: physical units in, probabilities out. */
export function appliedModel(model: ModelFunction, contract: TemporalContract): ModelFunction {
  return withProbabilities(withPreparedSeries(model, contract.normalisation))
}

/** What the training program of a classifier is made of, apart from seed and device. */
function programParts(parts: {
  readonly model: ModelFunction
  readonly features: FeatureSpecs
  readonly classCount: number
  readonly training: ClassifierTraining
  readonly batch: number
}): Omit<TrainingProgramOptions, 'seed' | 'executor'> {
  const { model, features, classCount, training, batch } = parts
  return {
    model,
    features,
    targets: { y: { shape: [classCount], dtype: 'float32' } },
    loss: crossEntropy(classCount, training.labelSmoothing),
    // The loss that is minimised is smoothed and never reaches zero; the plain one can be compared with validation.
    metrics: { accuracy: isRight, crossEntropy: crossEntropy(classCount, 0) },
    batch,
    ...stepRule(training),
  }
}

/** Weights of a classifier, and the memory one step of its training needs in bytes (an estimate). */
export function costOfClassifier(parts: {
  readonly model: ModelFunction
  readonly frames: number
  readonly bands: number
  readonly classCount: number
  readonly training: ClassifierTraining
  readonly batch: number
}): { parameters: number; stepBytes: number } {
  const { frames, bands, ...rest } = parts
  const plain = { mean: new Array<number>(bands).fill(0), deviation: new Array<number>(bands).fill(1) }
  const features: FeatureSpecs = { x: { shape: [frames, bands], dtype: 'float32' } }
  return programCost({ ...programParts({ ...rest, features, model: withPreparedSeries(rest.model, plain) }), seed: 0 })
}

/** Inverse class frequencies among the training samples, scaled to a mean sample weight of one. */
function classWeights(options: TrainClassifierOptions): Float32Array {
  const { classCount, data, trainRows, training } = options
  if (training.classWeights === 'none') return new Float32Array(classCount).fill(1)
  const counts = new Float32Array(classCount)
  for (const row of trainRows) counts[data.classes[row] ?? 0] = (counts[data.classes[row] ?? 0] ?? 0) + 1
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count > 0 ? trainRows.length / (present * count) : 0))
}

/** Copies rows of the series into a padded batch, with noise while training. */
function batchMaker(
  options: TrainClassifierOptions,
  size: number,
): (rows: readonly number[], random: SeededRandom) => Batch {
  const { contract, classCount, data, training } = options
  const [frames, bands] = [contract.frames, contract.bands.length]
  const weights = classWeights(options)
  const { deviation } = contract.normalisation
  return (rows, random) => {
    const x = new Float32Array(size * frames * bands)
    const y = new Float32Array(size * classCount)
    const sampleWeights = new Float32Array(size)
    rows.forEach((row, i) => {
      x.set(data.values.subarray(row * frames * bands, (row + 1) * frames * bands), i * frames * bands)
      const own = data.classes[row] ?? 0
      y[i * classCount + own] = 1
      sampleWeights[i] = weights[own] ?? 1
    })
    if (training.noise > 0) {
      const used = rows.length * frames * bands
      for (let i = 0; i < used; i++) x[i] = (x[i] ?? 0) + random.normal() * training.noise * (deviation[i % bands] ?? 1)
    }
    return {
      features: { x: { shape: [size, frames, bands], dtype: 'float32', values: x } },
      targets: { y: { shape: [size, classCount], dtype: 'float32', values: y } },
      weights: sampleWeights,
    }
  }
}

/**
 * Trains a classifier of series and keeps the numbers of the epoch with the smallest validation loss.
 * @throws `training/not-finite`, `AbortError` after a checkpoint
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<TrainedClassifier> {
  const { training, contract, classCount, seed, executor, data } = options
  const features = seriesFeatures(contract)
  const plan = fitPlan(training, options.trainRows.length)
  const { batch } = plan
  const model = withPreparedSeries(options.model, contract.normalisation)
  const program = await TrainingProgram.create({
    ...programParts({ model, features, classCount, training, batch }),
    seed,
    executor,
  })
  const applied = await ApplyProgram.create(
    appliedModel(options.model, contract),
    features,
    Math.max(64, batch),
    executor,
  )
  const row = contract.frames * contract.bands.length
  const gather = (rows: readonly number[]): Float32Array => {
    const values = new Float32Array(rows.length * row)
    rows.forEach((r, i) => values.set(data.values.subarray(r * row, (r + 1) * row), i * row))
    return values
  }
  const probabilities = async (numbers: TrainedNumbers, values: Float32Array, count: number): Promise<Float32Array> =>
    (await applied.run(numbers, { x: values }, count)).probabilities ?? new Float32Array()
  const validationValues = gather(options.validationRows)
  const makeBatch = batchMaker(options, batch)
  try {
    const result = await fit({
      ...plan,
      program,
      seed,
      makeBatch: (rows, random) =>
        makeBatch(
          rows.map((i) => options.trainRows[i] ?? 0),
          random,
        ),
      ...(options.validationRows.length > 0
        ? {
            validate: async (numbers) =>
              validationFigures(await probabilities(numbers, validationValues, options.validationRows.length), options),
          }
        : {}),
      resume: options.resume,
      saveCheckpoint: options.saveCheckpoint,
      onEpoch: options.onEpoch,
      signal: options.signal,
      report: options.report,
    })
    return {
      result,
      parameters: program.vector.size,
      classify: (values, count) => probabilities(result.numbers, values, count),
      dispose: () => applied.dispose(),
    }
  } catch (error) {
    await applied.dispose()
    throw error
  } finally {
    await program.dispose()
  }
}

/** Mean cross-entropy (without smoothing) and accuracy on the validation samples. */
function validationFigures(
  probabilities: Float32Array,
  options: TrainClassifierOptions,
): { loss: number; metrics: { accuracy: number } } {
  const { classCount, data, validationRows } = options
  let [loss, right] = [0, 0]
  validationRows.forEach((row, i) => {
    const own = probabilities.subarray(i * classCount, (i + 1) * classCount)
    const truth = data.classes[row] ?? 0
    loss -= Math.log(Math.max(own[truth] ?? 0, 1e-12))
    if (own.every((p) => p <= (own[truth] ?? 0))) right++
  })
  return { loss: loss / validationRows.length, metrics: { accuracy: right / validationRows.length } }
}
