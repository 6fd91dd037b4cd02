import { defined } from '../../../shared/base/assert.ts'
import { tf } from '../tensorflow-js.ts'
import type { ObserveSteps } from './lstm.ts'

/** Weights of one simple recurrent layer in Keras's layout. */
export interface SimpleRnnWeights {
  /** [features, units] */
  readonly kernel: tf.Tensor2D
  /** [units, units] */
  readonly recurrentKernel: tf.Tensor2D
  /** [units] */
  readonly bias: tf.Tensor1D
}

/**
 * A simple recurrent layer (h = tanh(x·W + h·U + b)) over a whole sequence, equal to `tf.layers.simpleRNN` on the same
 * weights. Its gradients vanish or explode over long sequences (Bengio et al. 1994); the per-step norms show it.
 * @param x [batch, time, features]
 * @returns hidden states [batch, time, units], or the last one [batch, units] when `returnSequences` is false
 * Source: Elman 1990.
 */
export function simpleRnnSequence(
  x: tf.Tensor3D,
  weights: SimpleRnnWeights,
  returnSequences: boolean,
  observe?: ObserveSteps,
): tf.Tensor {
  const [batch, time, features] = x.shape
  const units = weights.recurrentKernel.shape[0]
  const layer = tf.customGrad((...args) => {
    const [input, kernel, recurrentKernel, bias, save] = args as unknown as [
      tf.Tensor3D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ]
    const flat = tf.reshape(tf.transpose(input, [1, 0, 2]), [time * batch, features]) as tf.Tensor2D // [t·b, f]
    const projected = tf.unstack(
      tf.reshape(tf.fused.matMul({ a: flat, b: kernel, bias }), [time, batch, units]),
    ) as tf.Tensor2D[]
    const states: tf.Tensor2D[] = []
    for (const fromInput of projected) {
      const before = states.at(-1)
      const sum: tf.Tensor2D = before
        ? (tf.fused.matMul({ a: before, b: recurrentKernel, bias: fromInput }) as tf.Tensor2D)
        : fromInput
      states.push(tf.tanh(sum))
    }
    const value = returnSequences
      ? tf.transpose(tf.stack(states), [1, 0, 2])
      : defined(states.at(-1), 'there is a step')
    save([flat, kernel, recurrentKernel, ...states])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [flatInput, savedKernel, savedRecurrent, ...kept] = saved as [
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
        ...tf.Tensor2D[],
      ]
      const upstream = returnSequences
        ? tf.unstack(tf.transpose(dy, [1, 0, 2]))
        : kept.map((state, t) => (t === time - 1 ? dy : tf.zerosLike(state)))
      const slopes = tf.unstack(tf.sub(1, tf.square(tf.stack(kept)))) // tanh' = 1 - tanh²
      const [sums, observed]: [tf.Tensor[], tf.Tensor[]] = [[], []]
      let next: tf.Tensor | undefined
      for (let t = time - 1; t >= 0; t--) {
        const above = defined(upstream[t], 'one gradient per step')
        const hidden = next ? tf.add(above, next) : above
        const sum = tf.mul(hidden, defined(slopes[t], 'one per step')) as tf.Tensor2D
        observed.push(hidden)
        sums.push(sum)
        if (t > 0) next = tf.matMul(sum, savedRecurrent, false, true)
      }
      observe?.(observed.reverse())
      const flatSums = tf.reshape(tf.stack(sums.reverse()), [time * batch, units]) as tf.Tensor2D
      const dx = tf.reshape(tf.matMul(flatSums, savedKernel, false, true), [time, batch, features])
      const before = tf.reshape(
        tf.stack([tf.zerosLike(defined(kept[0], 'there is a step')) as tf.Tensor2D, ...kept.slice(0, -1)]),
        [time * batch, units],
      ) as tf.Tensor2D
      return [
        tf.transpose(dx, [1, 0, 2]),
        tf.matMul(flatInput, flatSums, true, false),
        tf.matMul(before, flatSums, true, false),
        tf.sum(flatSums, 0),
      ]
    }
    return { value, gradFunc }
  })
  return layer(x, weights.kernel, weights.recurrentKernel, weights.bias)
}
