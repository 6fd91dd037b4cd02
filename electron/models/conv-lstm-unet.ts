import { z } from 'zod'
import { convolution2d } from '../engine/layers/convolution.ts'
import { batchNormalisation } from '../engine/layers/normalisation.ts'
import { convLstm } from '../engine/layers/recurrent.ts'
import type { ModelFunction } from '../engine/model-function.ts'
import type { Scope } from '../engine/scope.ts'
import { tf } from '../engine/tensorflow-js.ts'

/** Options of `convLstmUnet`. */
export const convLstmUnetOptionsSchema = z.object({
  /** Filters of the first level; each level below has twice as many. */
  filters: z.number().int().min(2).max(128).default(8),
  /** How often the picture is halved. */
  levels: z.number().int().min(1).max(5).default(2),
})
/** Options of `convLstmUnet`. */
export type ConvLstmUnetOptions = z.infer<typeof convLstmUnetOptionsSchema>

/** Channels of the input: the image; then the earlier date's image, its mask, and 1 where there is an earlier date. */
export const segmenterChannels = 4

/**
 * A U-Net over slices. Each slice and the same place of an earlier date go through one encoder; at the bottom a ConvLSTM reads
 * the two dates in order, and two more read the slices forward and backward; the decoder sees the encoder's levels of both
 * dates. Without an earlier date its channels are zero.
 * Input `x` [batch, slices, height, width, 4], see `segmenterChannels`; height and width divisible by 2^levels.
 * Output `logits` [batch, slices, height, width].
 * Source: Ronneberger et al. 2015 (U-Net); Shi et al. 2015 (ConvLSTM); Chen et al. 2016 (slices as a sequence); dates as steps: own.
 */
export function convLstmUnet({ filters, levels }: ConvLstmUnetOptions): ModelFunction {
  return (scope, inputs) => {
    const x = inputs.x as tf.Tensor5D
    const [batch, slices, height, width] = x.shape
    const channels = (from: number, count: number): tf.Tensor5D =>
      tf.slice(x, [0, 0, 0, 0, from], [-1, -1, -1, -1, count])
    const now = channels(0, 1)
    const none = tf.zerosLike(now)
    const both = tf.stack([channels(1, 3), tf.concat([now, none, none], 4)], 2) // [b, s, 2, h, w, 3]
    let frames = tf.reshape(both, [batch * slices * 2, height, width, 3]) as tf.Tensor4D
    const skips: tf.Tensor4D[] = []
    for (let level = 0; level < levels; level++) {
      frames = block(scope.child(`encoder_${level + 1}`), frames, filters * 2 ** level, batch) // [b·s·2, h, w, f]
      skips.push(datesBeside(frames)) // [b·s, h, w, 2f]
      frames = tf.maxPool(frames, 2, 2, 'valid')
    }
    const units = filters * 2 ** levels
    const [, h, w, f] = frames.shape
    const dates = tf.reshape(frames, [batch * slices, 2, h, w, f]) as tf.Tensor5D
    const dated = convLstm(scope.child('dates'), dates, { filters: units, kernelSize: 3, returnSequences: false })
    const stack = tf.reshape(dated, [batch, slices, h, w, units]) as tf.Tensor5D
    const through = (name: string, sequence: tf.Tensor5D): tf.Tensor5D =>
      convLstm(scope.child(name), sequence, {
        filters: units / 2,
        kernelSize: 3,
        returnSequences: true,
      }) as tf.Tensor5D
    const backward = tf.reverse(through('backward', tf.reverse(stack, 1)), 1)
    const joined = tf.concat([through('forward', stack), backward], 4) // [b, s, h, w, units]
    let up = tf.reshape(joined, [batch * slices, h, w, units]) as tf.Tensor4D
    for (let level = levels - 1; level >= 0; level--) {
      const skip = skips[level] as tf.Tensor4D
      const wide = tf.image.resizeNearestNeighbor(up, [skip.shape[1], skip.shape[2]])
      up = block(scope.child(`decoder_${level + 1}`), tf.concat([wide, skip], 3), filters * 2 ** level, batch)
    }
    const logits = convolution2d(scope.child('mask'), up, { filters: 1, kernelSize: 1 })
    return { logits: tf.reshape(logits, [batch, slices, height, width]) }
  }
}

/** Convolution, normalisation, rectifier. @param x [batch · n, height, width, channels] */
function block(scope: Scope, x: tf.Tensor4D, filters: number, batch: number): tf.Tensor4D {
  const sums = convolution2d(scope, x, { filters, kernelSize: 3 })
  // Normalisation knows by the first axis which samples are padding.
  const bySample = tf.reshape(sums, [batch, -1, sums.shape[2], filters])
  return tf.relu(tf.reshape(batchNormalisation(scope, bySample, 0.9), sums.shape))
}

/** Features of both dates of a slice side by side: [n·2, h, w, f] to [n, h, w, 2f]. */
function datesBeside(frames: tf.Tensor4D): tf.Tensor4D {
  const [count, height, width, filters] = frames.shape
  const [earlier, now] = tf.unstack(tf.reshape(frames, [count / 2, 2, height, width, filters]), 1) as [
    tf.Tensor4D,
    tf.Tensor4D,
  ]
  return tf.concat([earlier, now], 3)
}
