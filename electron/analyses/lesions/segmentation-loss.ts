import { tf } from '../../engine/tensorflow-js.ts'
import type { PerSample } from '../../engine/training-program.ts'

/** How strongly hard voxels, and voxels of lesions, count in the focal part. */
export interface SegmentationLossOptions {
  readonly focus?: number
  readonly lesionShare?: number
}

/**
 * Soft Dice plus focal loss of each sample [batch], for masks of which only a small part is set: Dice does not care how large
 * the background is, the focal part gives every voxel a gradient, also in patches without a lesion.
 * Outputs `logits` and targets `y` (0 or 1) [batch, slices, height, width].
 * Source: Milletari et al. 2016 (Dice); Lin et al. 2017 (focal).
 */
export function diceFocalLoss({ focus = 2, lesionShare = 0.75 }: SegmentationLossOptions = {}): PerSample {
  return ({ logits }, { y }) => {
    const [z, truth] = [flat(logits as tf.Tensor), flat(y as tf.Tensor)]
    const p = tf.clipByValue(tf.sigmoid(z), 1e-6, 1 - 1e-6)
    const common = tf.sum(tf.mul(p, truth), 1)
    const dice = tf.div(tf.add(tf.mul(common, 2), 1), tf.add(tf.add(tf.sum(p, 1), tf.sum(truth, 1)), 1))
    const rest = tf.sub(1, p)
    const power = (x: tf.Tensor): tf.Tensor => (focus === 2 ? tf.square(x) : tf.pow(x, focus))
    const inside = tf.mul(tf.mul(truth, lesionShare), tf.mul(power(rest), tf.log(p)))
    const outside = tf.mul(tf.mul(tf.sub(1, truth), 1 - lesionShare), tf.mul(power(p), tf.log(rest)))
    const focal = tf.neg(tf.mean(tf.add(inside, outside), 1))
    return tf.add(tf.sub(1, dice), focal) as tf.Tensor1D
  }
}

function flat(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [x.shape[0] ?? 1, -1])
}
