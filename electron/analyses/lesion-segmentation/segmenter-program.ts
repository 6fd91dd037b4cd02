import type { FeatureSpecs, ModelFunction } from '../../engine/model-function.ts'
import { tf } from '../../engine/tensorflow-js.ts'
import type { PerSample, TrainingProgramOptions } from '../../engine/training-program.ts'
import { segmenterChannels } from '../../models/conv-lstm-unet.ts'
import { diceFocalLoss } from '../lesions/segmentation-loss.ts'
import { darkest, brightest, type Intensity } from './intensity.ts'
import type { PatchShape } from './patches.ts'
import { stepRule } from '../training/fit-plan.ts'
import type { SegmentationTraining } from './segmentation-options.ts'

/** Sizes that a program is compiled for. */
export interface WindowShape {
  readonly slices: number
  readonly height: number
  readonly width: number
}

/** What a segmenter is applied to: `x` [batch, slices, height, width, 4]. */
export function segmenterFeatures({ slices, height, width }: WindowShape): FeatureSpecs {
  return { x: { shape: [slices, height, width, segmenterChannels], dtype: 'float32' } }
}

/** A segmenter as it is applied: `probabilities` [batch, slices, height, width]. */
export function withLesionProbabilities(model: ModelFunction): ModelFunction {
  return (scope, inputs) => {
    const { logits } = model(scope, inputs)
    return { probabilities: tf.sigmoid(logits as tf.Tensor) }
  }
}

/** A segmenter for export: where brightness is in one window, the images come in the unit of the values. */
export function inOwnUnit(model: ModelFunction, intensity: Intensity): ModelFunction {
  const applied = withLesionProbabilities(model)
  if (intensity.kind === 'percentiles') return applied
  const [middle, half] = [(intensity.low + intensity.high) / 2, (intensity.high - intensity.low) / 2]
  return (scope, { x }) => {
    const [images, rest] = [channels(x, 0, 2), channels(x, 2, 2)]
    const scaled = tf.clipByValue(tf.div(tf.sub(images, middle), half), darkest, brightest)
    // Where there is no study before, its image stays 0.
    const isThere = tf.concat([tf.onesLike(channels(x, 3, 1)), channels(x, 3, 1)], 4)
    return applied(scope, { x: tf.concat([tf.mul(scaled, isThere), rest], 4) })
  }
}

function channels(x: tf.Tensor | undefined, from: number, count: number): tf.Tensor {
  return tf.slice(x as tf.Tensor5D, [0, 0, 0, 0, from], [-1, -1, -1, -1, count])
}

/** 2 · both / (found + true) of each patch, voxels from probability 0.5 on, [batch]; 1 where nothing is marked and found. */
const patchDice: PerSample = ({ logits }, { y }) => {
  const flat = (tensor: tf.Tensor): tf.Tensor => tf.reshape(tensor, [tensor.shape[0] ?? 1, -1])
  const [found, truth] = [tf.cast(tf.greater(flat(logits as tf.Tensor), 0), 'float32'), flat(y as tf.Tensor)]
  const common = tf.mul(tf.sum(tf.mul(found, truth), 1), 2)
  return tf.div(tf.add(common, 1), tf.add(tf.add(tf.sum(found, 1), tf.sum(truth, 1)), 1)) as tf.Tensor1D
}

/** The training program of a segmenter, apart from seed and device. */
export function segmenterProgram(
  model: ModelFunction,
  shape: PatchShape,
  training: SegmentationTraining,
  batch: number,
): Omit<TrainingProgramOptions, 'seed' | 'executor'> {
  const { slices, patchSize: patch } = shape
  return {
    model,
    features: segmenterFeatures({ slices, height: patch, width: patch }),
    targets: { y: { shape: [slices, patch, patch], dtype: 'float32' } },
    loss: diceFocalLoss(),
    metrics: { dice: patchDice },
    batch,
    ...stepRule(training),
  }
}
