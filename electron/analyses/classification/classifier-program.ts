import type { FeatureSpecs, ModelFunction } from '../../engine/model-function.ts'
import { tf } from '../../engine/tensorflow-js.ts'
import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import type { PerSample } from '../../engine/training-program.ts'

/** Input of a classifier of series: `x` [batch, frames, bands], physical units. */
export function seriesFeatures(contract: Pick<TemporalContract, 'frames' | 'bands'>): FeatureSpecs {
  return { x: { shape: [contract.frames, contract.bands.length], dtype: 'float32' } }
}

/**
 * Prepares a model's input inside the program, so that every program takes physical units: bands are normalised as the
 * contract says, and two features say where in the sample each frame lies (sine and cosine over its whole length, a
 * year for most land-use models), which recurrent networks learn only slowly by counting.
 */
export function withPreparedSeries(
  model: ModelFunction,
  { mean, deviation }: TemporalContract['normalisation'],
): ModelFunction {
  return (scope, inputs) => {
    const x = inputs.x as tf.Tensor3D // [b, t, bands]
    const [, frames, bands] = x.shape
    const normalised: tf.Tensor3D = tf.div(tf.sub(x, tf.tensor1d(mean)), tf.tensor1d(deviation))
    const positions = tf.tensor3d([
      Array.from({ length: frames }, (_, t) => {
        const angle = (2 * Math.PI * t) / frames
        return [...new Array<number>(bands).fill(0), Math.sin(angle), Math.cos(angle)]
      }),
    ]) // [1, t, bands + 2]
    const widened = tf.pad(normalised, [
      [0, 0],
      [0, 0],
      [0, 2],
    ])
    return model(scope, { ...inputs, x: tf.add(widened, positions) })
  }
}

/** The model as it is applied and exported: `probabilities` [batch, classes] in place of `logits`, other outputs kept. */
export function withProbabilities(model: ModelFunction): ModelFunction {
  return (scope, inputs) => {
    const { logits, ...others } = model(scope, inputs)
    return { probabilities: tf.softmax(logits as tf.Tensor2D), ...others }
  }
}

/**
 * Cross-entropy of each sample [batch], from unnormalised scores and one-hot targets.
 * @param smoothing share of the truth that is spread over all classes (Szegedy et al. 2016)
 */
export function crossEntropy(classes: number, smoothing: number): PerSample {
  return ({ logits }, { y }) => {
    const target =
      smoothing > 0 ? tf.add(tf.mul(y as tf.Tensor2D, 1 - smoothing), smoothing / classes) : (y as tf.Tensor2D)
    return tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits as tf.Tensor2D)), -1))
  }
}

/** 1 where the largest score is the true class, else 0, [batch]. */
export const isRight: PerSample = ({ logits, ...rest }, { y }) => {
  void rest
  return tf.cast(tf.equal(tf.argMax(logits as tf.Tensor2D, -1), tf.argMax(y as tf.Tensor2D, -1)), 'float32')
}
