import { constant, zeros } from '../initialisers.ts'
import type { Scope } from '../scope.ts'
import { tf } from '../tensorflow-js.ts'

/** Mean and variance over all axes but the last, over the real samples of a batch only. */
function batchMoments(x: tf.Tensor, mask: tf.Tensor1D | undefined): { mean: tf.Tensor; variance: tf.Tensor } {
  const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis)
  if (!mask) {
    const { mean, variance } = tf.moments(x, axes)
    return { mean, variance }
  }
  const weight = tf.reshape(mask, [mask.size, ...new Array<number>(x.rank - 1).fill(1)]) // [b, 1, ..., 1]
  const perSample = x.shape.slice(1, -1).reduce((product, n) => product * n, 1)
  const count = tf.mul(tf.maximum(tf.sum(mask), 1), perSample)
  const mean = tf.div(tf.sum(tf.mul(x, weight), axes), count)
  const variance = tf.div(tf.sum(tf.mul(tf.squaredDifference(x, mean), weight), axes), count)
  return { mean, variance }
}

/**
 * Batch normalisation over the last axis, with moving averages kept as model state. Samples that only fill up a short
 * batch are left out of the statistics.
 * @param x [batch, ..., channels]
 * Source: Ioffe and Szegedy 2015; momentum and epsilon as in Keras.
 */
export function batchNormalisation<T extends tf.Tensor>(scope: Scope, x: T, momentum = 0.99, epsilon = 1e-3): T {
  const channels = x.shape.at(-1) ?? 1
  const gamma = scope.parameter('gamma', [channels], constant(1))
  const beta = scope.parameter('beta', [channels], zeros)
  const movingMean = scope.state('moving_mean', [channels], zeros)
  const movingVariance = scope.state('moving_variance', [channels], constant(1))
  let [mean, variance] = [movingMean, movingVariance]
  if (scope.mode === 'train') {
    ;({ mean, variance } = batchMoments(x, scope.batchMask))
    const follow = (moving: tf.Tensor, now: tf.Tensor): tf.Tensor =>
      tf.add(tf.mul(moving, momentum), tf.mul(now, 1 - momentum))
    scope.setState('moving_mean', follow(movingMean, mean))
    scope.setState('moving_variance', follow(movingVariance, variance))
  }
  const factor = tf.div(gamma, tf.sqrt(tf.add(variance, epsilon)))
  return tf.add(tf.mul(tf.sub(x, mean), factor), beta)
}

/** Layer normalisation over the last axis. Source: Ba, Kiros and Hinton 2016; epsilon as in Keras. */
export function layerNormalisation<T extends tf.Tensor>(scope: Scope, x: T, epsilon = 1e-3): T {
  const channels = x.shape.at(-1) ?? 1
  const gamma = scope.parameter('gamma', [channels], constant(1))
  const beta = scope.parameter('beta', [channels], zeros)
  const mean = tf.mean(x, -1, true)
  const centred = tf.sub(x, mean)
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, epsilon))), gamma), beta)
}
