import type { FeatureSpecs, ModelFunction, TensorMap } from '../../engine/model-function.ts'
import type { PerSample } from '../../engine/training-program.ts'
import { tf } from '../../engine/tensorflow-js.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'

/** Sizes of the clips that a program is compiled for. */
export interface ClipShape {
  readonly inputFrames: number
  readonly horizon: number
  readonly size: readonly [number, number]
  readonly channels: number
}

/** What a predictor is applied to: `x` [batch, inputFrames, height, width, channels]. */
export function predictorFeatures({ inputFrames, size, channels }: ClipShape): FeatureSpecs {
  return { x: { shape: [inputFrames, ...size, channels], dtype: 'float32' } }
}

/** What a predictor is trained on: beside `x` the true frames that may be fed back, and where that is done (1). */
export function trainingFeatures(shape: ClipShape): FeatureSpecs {
  const { horizon, size, channels } = shape
  if (horizon === 1) return predictorFeatures(shape)
  return {
    ...predictorFeatures(shape),
    truth: { shape: [horizon - 1, ...size, channels], dtype: 'float32' },
    teach: { shape: [horizon - 1], dtype: 'float32' },
  }
}

/** The frames to come, `y` [batch, horizon, height, width, channels]. */
export function predictorTargets({ horizon, size, channels }: ClipShape): FeatureSpecs {
  return { y: { shape: [horizon, ...size, channels], dtype: 'float32' } }
}

/** A predictor for export: physical units in and out. */
export function inPhysicalUnits(
  model: ModelFunction,
  { mean, deviation }: TemporalContract['normalisation'],
): ModelFunction {
  return (scope, { x }) => {
    const normalised = tf.div(tf.sub(x as tf.Tensor, tf.tensor1d(mean)), tf.tensor1d(deviation))
    const { frames } = model(scope, { x: normalised })
    return {
      frames: tf.add(tf.mul(tf.clipByValue(frames as tf.Tensor, 0, 1), tf.tensor1d(deviation)), tf.tensor1d(mean)),
    }
  }
}

const perSample = (x: tf.Tensor): tf.Tensor1D => tf.mean(x, x.shape.map((_, axis) => axis).slice(1))

/** Predictions and truths that the loss compares: the future, and each next frame of the input. */
function comparisons(outputs: TensorMap, { y }: TensorMap, { x }: TensorMap): [tf.Tensor, tf.Tensor] {
  const [frames, known] = [outputs.frames as tf.Tensor5D, outputs.known as tf.Tensor5D | undefined]
  if (!known) return [frames, y as tf.Tensor]
  const seen = x as tf.Tensor5D
  const next = tf.slice(seen, [0, 1, 0, 0, 0], [-1, seen.shape[1] - 1, -1, -1, -1])
  return [tf.concat([known, frames], 1), tf.concat([next, y as tf.Tensor5D], 1)]
}

/** Squared error, absolute error and structural dissimilarity by their weights, means over all predicted frames, [batch]. */
export function predictionLoss({ l1, ssim }: { readonly l1: number; readonly ssim: number }): PerSample {
  return (outputs, targets, inputs) => {
    const [predicted, truth] = comparisons(outputs, targets, inputs)
    let loss = perSample(tf.squaredDifference(predicted, truth))
    if (l1 > 0) loss = tf.add(loss, tf.mul(perSample(tf.abs(tf.sub(predicted, truth))), l1))
    if (ssim > 0) loss = tf.add(loss, tf.mul(dissimilarity(predicted as tf.Tensor5D, truth as tf.Tensor5D), ssim))
    return loss
  }
}

/** Mean squared error of the predicted future alone, per pixel, [batch]. */
export const futureError: PerSample = (outputs, targets) =>
  perSample(tf.squaredDifference(outputs.frames as tf.Tensor, targets.y as tf.Tensor))

const windowEdge = 7
const [c1, c2] = [0.01 ** 2, 0.03 ** 2]

/** (1 - SSIM) / 2 with flat windows of 7 x 7 pixels, [batch]; as `structuralSimilarity` measures it. */
function dissimilarity(predicted: tf.Tensor5D, truth: tf.Tensor5D): tf.Tensor1D {
  const [batch, time, height, width, channels] = predicted.shape
  const flat = (x: tf.Tensor): tf.Tensor4D => tf.reshape(x, [batch * time, height, width, channels])
  const mean = (x: tf.Tensor4D): tf.Tensor4D => tf.avgPool(x, windowEdge, 1, 'valid')
  const pixels = windowEdge * windowEdge
  const [a, b] = [flat(predicted), flat(truth)]
  const [meanA, meanB] = [mean(a), mean(b)]
  const spread = (x: tf.Tensor4D, y: tf.Tensor4D, mx: tf.Tensor4D, my: tf.Tensor4D): tf.Tensor =>
    tf.mul(tf.sub(mean(tf.mul(x, y)), tf.mul(mx, my)), pixels / (pixels - 1))
  const numerator = tf.mul(
    tf.add(tf.mul(tf.mul(meanA, meanB), 2), c1),
    tf.add(tf.mul(spread(a, b, meanA, meanB), 2), c2),
  )
  const denominator = tf.mul(
    tf.add(tf.add(tf.square(meanA), tf.square(meanB)), c1),
    tf.add(tf.add(spread(a, a, meanA, meanA), spread(b, b, meanB, meanB)), c2),
  )
  const similarity = tf.reshape(tf.div(numerator, denominator), [batch, -1])
  return tf.mul(tf.sub(1, tf.mean(similarity, 1)), 0.5)
}
