import { convolution2d } from '../engine/layers/convolution.ts'
import { dense } from '../engine/layers/dense.ts'
import { heNormal } from '../engine/initialisers.ts'
import type { Scope } from '../engine/scope.ts'
import { tf } from '../engine/tensorflow-js.ts'

/** What the network of a frame is made of: one convolution and pooling to half the size for each number of filters. */
export interface FrameFeatureOptions {
  readonly filters: readonly number[]
  readonly units: number
  readonly dropout: number
}

/**
 * Features of single frames: convolutions with pooling, then a layer that still knows where in the frame something was (a mean
 * over the frame would forget it, and with it most movements).
 * @param x [frames, height, width, channels]
 * @returns [frames, units]
 */
export function frameFeatures(scope: Scope, x: tf.Tensor4D, options: FrameFeatureOptions): tf.Tensor2D {
  let hidden = x
  options.filters.forEach((filters, i) => {
    const sums = convolution2d(scope.child(`convolution_${i + 1}`), hidden, { filters, kernelSize: 3 })
    // Half the size, as long as there are pixels to take together.
    const edge = Math.min(sums.shape[1], sums.shape[2]) >= 2 ? 2 : 1
    hidden = tf.maxPool(tf.relu(sums), edge, edge, 'valid')
  })
  const flat = tf.reshape(hidden, [hidden.shape[0], -1]) // [n, h·w·f]
  const wide = tf.relu(dense(scope.child('dense'), flat, options.units, { kernel: heNormal }))
  return scope.dropout('dropout', wide as tf.Tensor2D, options.dropout)
}
