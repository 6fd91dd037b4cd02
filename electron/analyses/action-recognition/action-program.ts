import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import type { TrainedNumbers } from '../../engine/apply-program.ts'
import type { FeatureSpecs, ModelFunction } from '../../engine/model-function.ts'
import { tf } from '../../engine/tensorflow-js.ts'
import type { Batch, TrainingProgramOptions } from '../../engine/training-program.ts'
import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { crossEntropy, isRight, withProbabilities } from '../classification/classifier-program.ts'
import type { FrameForm } from '../frames/frame-form.ts'
import type { JobContext } from '../task.ts'
import type { FrameStore } from '../frames/frame-store.ts'
import { stepRule } from '../training/fit-plan.ts'
import type { ActionSample } from './action-dataset.ts'
import type { ActionData, ActionTraining } from './action-options.ts'
import { copyClip, framesOfClip, randomChange, shareOfBlend, unchanged, type Stretch } from './sample-clips.ts'

/** What a classifier of clips is applied to: `x` [batch, frames, height, width, channels], physical units. */
export function clipFeatures({
  frames,
  size,
  bands,
}: Pick<TemporalContract, 'frames' | 'size' | 'bands'>): FeatureSpecs {
  return { x: { shape: [frames, ...size, bands.length], dtype: 'float32' } }
}

/** Normalises inside the program, so that it takes physical units. */
export function withNormalisedClips(
  model: ModelFunction,
  { mean, deviation }: TemporalContract['normalisation'],
): ModelFunction {
  return (scope, { x, ...others }) =>
    model(scope, { ...others, x: tf.div(tf.sub(x as tf.Tensor, tf.tensor1d(mean)), tf.tensor1d(deviation)) })
}

/** The model as it is applied and exported: physical units in, probabilities out. */
export function appliedClassifier(model: ModelFunction, contract: TemporalContract): ModelFunction {
  return withProbabilities(withNormalisedClips(model, contract.normalisation))
}

/** The training program of a classifier of clips, apart from seed and device. */
export function classifierProgram(
  model: ModelFunction,
  contract: TemporalContract,
  classes: number,
  training: ActionTraining,
  batch: number,
): Omit<TrainingProgramOptions, 'seed' | 'executor'> {
  return {
    model: withNormalisedClips(model, contract.normalisation),
    features: clipFeatures(contract),
    targets: { y: { shape: [classes], dtype: 'float32' } },
    loss: crossEntropy(classes, training.labelSmoothing),
    metrics: { accuracy: isRight, crossEntropy: crossEntropy(classes, 0) },
    batch,
    ...stepRule(training),
  }
}

/** What the batches of a training are made of. */
export interface ActionBatchOptions {
  readonly store: FrameStore
  readonly form: FrameForm
  readonly contract: TemporalContract
  readonly samples: readonly ActionSample[]
  readonly classes: number
  readonly data: ActionData
  readonly training: ActionTraining
  readonly batch: number
}

/** Makes padded batches of randomly placed, randomly changed clips. */
export function actionBatchMaker(
  options: ActionBatchOptions,
): (rows: readonly number[], random: SeededRandom) => Batch {
  const { store, form, contract, samples, classes, data, training, batch } = options
  const [height, width] = contract.size
  const length = contract.frames * height * width * contract.bands.length
  const counts = Array.from({ length: classes }, (_, c) => samples.filter(({ classIndex }) => classIndex === c).length)
  const present = counts.filter((count) => count > 0).length
  const weightOf = (c: number): number =>
    training.classWeights === 'balanced' ? samples.length / (present * Math.max(1, counts[c] ?? 1)) : 1
  return (rows, random) => {
    const [x, y, weights] = [
      new Float32Array(batch * length),
      new Float32Array(batch * classes),
      new Float32Array(batch),
    ]
    const write = (row: number, target: Float32Array, offset: number): ActionSample => {
      const sample = defined(samples[row], 'a row of the training samples')
      const frames = framesOfClip(sample, data, random)
      copyClip(store, form, contract.size, {
        frames,
        change: randomChange(form, contract.size, training, random),
        target,
        offset,
      })
      return sample
    }
    const other = training.mix > 0 ? new Float32Array(length) : null
    rows.forEach((row, i) => {
      const { classIndex } = write(row, x, i * length)
      const share = other ? shareOfBlend(training.mix, random) : 1
      y[i * classes + classIndex] = share
      weights[i] = share * weightOf(classIndex)
      if (!other) return
      const second = write(random.integer(samples.length), other, 0).classIndex
      for (let k = 0; k < length; k++)
        x[i * length + k] = share * (x[i * length + k] ?? 0) + (1 - share) * (other[k] ?? 0)
      y[i * classes + second] = (y[i * classes + second] ?? 0) + 1 - share
      weights[i] = (weights[i] ?? 0) + (1 - share) * weightOf(second)
    })
    return {
      features: {
        x: { shape: [batch, contract.frames, height, width, contract.bands.length], dtype: 'float32', values: x },
      },
      targets: { y: { shape: [batch, classes], dtype: 'float32', values: y } },
      weights,
    }
  }
}

/** Applies a classifier: any number of clips [count, frames, height, width, channels] to probabilities [count, classes]. */
export type Classify = (x: Float32Array, count: number) => Promise<Float32Array>

/** A compiled classifier with some numbers, as `Classify`. */
export function classifyWith(
  program: {
    run(numbers: TrainedNumbers, x: { x: Float32Array }, count: number): Promise<{ [name: string]: Float32Array }>
  },
  numbers: TrainedNumbers,
): Classify {
  return async (x, count) =>
    defined((await program.run(numbers, { x }, count)).probabilities, 'a classifier yields probabilities')
}

/** Class probabilities of stretches of a store, [stretches, classes]; each is looked at in its middle, as it is. */
export async function classifyStretches(
  classify: Classify,
  stretches: readonly Stretch[],
  {
    store,
    form,
    contract,
    data,
    classes,
  }: Pick<ActionBatchOptions, 'store' | 'form' | 'contract' | 'data' | 'classes'>,
  context?: JobContext,
): Promise<Float32Array> {
  const atOnce = 16
  const length = contract.frames * contract.size[0] * contract.size[1] * contract.bands.length
  const probabilities = new Float32Array(stretches.length * classes)
  for (let start = 0; start < stretches.length; start += atOnce) {
    throwIfAborted(context?.signal)
    context?.report({ stage: 'Recognising', done: start, total: stretches.length })
    const some = stretches.slice(start, start + atOnce)
    const x = new Float32Array(some.length * length)
    some.forEach((stretch, i) =>
      copyClip(store, form, contract.size, {
        frames: framesOfClip(stretch, data, null),
        change: unchanged(form, contract.size),
        target: x,
        offset: i * length,
      }),
    )
    probabilities.set(await classify(x, some.length), start * classes)
  }
  return probabilities
}
