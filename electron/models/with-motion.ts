import { tf } from '../engine/tensorflow-js.ts'

/**
 * Adds to each frame of a clip how it differs from the frame before (zero for the first), as further channels: what stands still
 * vanishes there, so that few clips are enough to learn what moves.
 * @param clip [batch, time, height, width, channels]
 * @returns [batch, time, height, width, 2·channels]
 * Source: Wang et al. 2016 (RGB difference beside RGB).
 */
export function withMotion(clip: tf.Tensor5D): tf.Tensor5D {
  const time = clip.shape[1]
  const part = (from: number, count: number): tf.Tensor5D => tf.slice(clip, [0, from, 0, 0, 0], [-1, count, -1, -1, -1])
  const first = part(0, 1)
  const before = time > 1 ? (tf.concat([first, part(0, time - 1)], 1) as tf.Tensor5D) : first
  return tf.concat([clip, tf.sub(clip, before)], 4)
}
