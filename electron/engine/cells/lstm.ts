import { defined } from '../../../shared/base/assert.ts'
import { tf } from '../tensorflow-js.ts'

/** Weights of one LSTM layer in Keras's layout: gates in the order input, forget, cell, output along the last axis. */
export interface LstmWeights {
  /** [features, 4·units] */
  readonly kernel: tf.Tensor2D
  /** [units, 4·units] */
  readonly recurrentKernel: tf.Tensor2D
  /** [4·units] */
  readonly bias: tf.Tensor1D
}

/** Called with the gradient of the loss with respect to the hidden state of each time step, [batch, units] each. */
export type ObserveSteps = (gradientPerStep: readonly tf.Tensor[]) => void

interface Step {
  /** Gates after their activation, [batch, units] each; the candidate between -1 and 1. */
  readonly input: tf.Tensor2D
  readonly forget: tf.Tensor2D
  readonly candidate: tf.Tensor2D
  readonly output: tf.Tensor2D
  /** What the input gate lets in and what the forget gate keeps; their sum is the cell state. */
  readonly gained: tf.Tensor2D
  readonly kept: tf.Tensor2D
  readonly cell: tf.Tensor2D
  readonly tanhCell: tf.Tensor2D
  readonly hidden: tf.Tensor2D
}
const parts = ['input', 'forget', 'candidate', 'output', 'gained', 'kept', 'cell', 'tanhCell', 'hidden'] as const

/** tanh(x) = 2·sigmoid(2x) - 1: doubling the candidate's columns lets one sigmoid serve all four gates. */
function doubleCandidate(units: number): tf.Tensor1D {
  const factors = Array.from({ length: 4 * units }, (_, i) => (i >= 2 * units && i < 3 * units ? 2 : 1))
  return tf.tensor1d(factors)
}

function runSteps(projected: tf.Tensor2D[], recurrent: tf.Tensor2D): Step[] {
  const steps: Step[] = []
  for (const fromInput of projected) {
    const before = steps.at(-1)
    // The hidden and cell states are zero before the first step, so their terms are left out there.
    const sums = before ? tf.fused.matMul({ a: before.hidden, b: recurrent, bias: fromInput }) : fromInput // [b, 4u]
    const [input, forget, doubled, output] = tf.split(tf.sigmoid(sums), 4, 1) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ]
    const candidate = tf.sub(tf.mul(doubled, 2), 1) as tf.Tensor2D
    const gained = tf.mul(input, candidate) as tf.Tensor2D
    const kept: tf.Tensor2D = before ? tf.mul(forget, before.cell) : tf.zerosLike(gained)
    const cell: tf.Tensor2D = before ? tf.add(kept, gained) : gained
    const tanhCell = tf.tanh(cell)
    const hidden = tf.mul(output, tanhCell) as tf.Tensor2D
    steps.push({ input, forget, candidate, output, gained, kept, cell, tanhCell, hidden })
  }
  return steps
}

/**
 * Back-propagation through time. Products of the forward pass serve again, as in i·g·(1 - i) for the input gate, so
 * that each step works on a few small tensors that stay in the cache.
 * @param upstream gradient of each step's hidden state; undefined where nothing reads it
 * @returns gradient of the gates' sums, [batch, 4·units] in Keras's order for each step
 */
function backward(
  steps: readonly Step[],
  upstream: readonly (tf.Tensor2D | undefined)[],
  recurrent: tf.Tensor2D,
  observe?: ObserveSteps,
): tf.Tensor2D[] {
  const sums: tf.Tensor2D[] = []
  const observed: tf.Tensor[] = []
  let hiddenNext: tf.Tensor2D | undefined
  let cellNext: tf.Tensor2D | undefined
  for (let t = steps.length - 1; t >= 0; t--) {
    const step = defined(steps[t], 'within the sequence')
    const { input, forget, candidate, output, gained, kept, tanhCell, hidden } = step
    const above = upstream[t]
    const gradient: tf.Tensor2D =
      above && hiddenNext ? tf.add(above, hiddenNext) : (above ?? hiddenNext ?? tf.zerosLike(hidden))
    observed.push(gradient)
    const throughOutput: tf.Tensor2D = tf.mul(gradient, tf.sub(output, tf.mul(hidden, tanhCell))) // o·(1 - tanh²c)
    const cell: tf.Tensor2D = cellNext ? tf.add(cellNext, throughOutput) : throughOutput
    const ofInput = tf.mul(cell, tf.sub(gained, tf.mul(gained, input)))
    const ofForget = tf.mul(cell, tf.sub(kept, tf.mul(kept, forget)))
    const ofCandidate = tf.mul(cell, tf.sub(input, tf.mul(gained, candidate))) // i·(1 - g²)
    const ofOutput = tf.mul(gradient, tf.sub(hidden, tf.mul(hidden, output)))
    const sum = tf.concat([ofInput, ofForget, ofCandidate, ofOutput], 1) as tf.Tensor2D
    sums.push(sum)
    if (t === 0) break
    hiddenNext = tf.matMul(sum, recurrent, false, true)
    cellNext = tf.mul(cell, forget)
  }
  observe?.(observed.reverse())
  return sums.reverse()
}

/**
 * An LSTM layer over a whole sequence, equal to `tf.layers.lstm` with `recurrentActivation: 'sigmoid'` on the same
 * weights, in fewer and larger operations: the inputs of all steps are projected by one product, and the gradient is
 * written by hand so that each weight gradient is one product too.
 * @param x [batch, time, features]
 * @returns hidden states [batch, time, units], or the last one [batch, units] when `returnSequences` is false
 * Source: Hochreiter and Schmidhuber 1997, with forget gate (Gers et al. 2000); gate order of Keras.
 */
export function lstmSequence(
  x: tf.Tensor3D,
  weights: LstmWeights,
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
    const double = doubleCandidate(units)
    const flat = tf.reshape(tf.transpose(input, [1, 0, 2]), [time * batch, features]) as tf.Tensor2D // [t·b, f]
    const projected = tf.fused.matMul({ a: flat, b: tf.mul(kernel, double), bias: tf.mul(bias, double) })
    const perStep = tf.unstack(tf.reshape(projected, [time, batch, 4 * units])) as tf.Tensor2D[]
    const steps = runSteps(perStep, tf.mul(recurrentKernel, double))
    const hidden = steps.map((step) => step.hidden)
    const value = returnSequences
      ? tf.transpose(tf.stack(hidden), [1, 0, 2])
      : defined(hidden.at(-1), 'there is a step')
    save([flat, kernel, recurrentKernel, ...steps.flatMap((step) => parts.map((part) => step[part]))])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [flatInput, savedKernel, savedRecurrent, ...rest] = saved as tf.Tensor2D[]
      const kept = Array.from(
        { length: time },
        (_, t) => Object.fromEntries(parts.map((part, i) => [part, rest[parts.length * t + i]])) as unknown as Step,
      )
      const last = kept.map((_, t) => (t === time - 1 ? (dy as tf.Tensor2D) : undefined))
      const upstream = returnSequences ? (tf.unstack(tf.transpose(dy, [1, 0, 2])) as tf.Tensor2D[]) : last
      const sums = backward(kept, upstream, defined(savedRecurrent, 'saved'), observe)
      const flatSums = tf.concat(sums) as tf.Tensor2D // [t·b, 4u]
      const dx = tf.matMul(flatSums, defined(savedKernel, 'saved'), false, true)
      const dKernel = tf.matMul(defined(flatInput, 'saved'), flatSums, true, false)
      const dRecurrent =
        time > 1
          ? tf.matMul(tf.concat(kept.slice(0, -1).map((step) => step.hidden)), tf.concat(sums.slice(1)), true, false)
          : tf.zerosLike(defined(savedRecurrent, 'saved'))
      return [
        tf.transpose(tf.reshape(dx, [time, batch, features]), [1, 0, 2]),
        dKernel,
        dRecurrent,
        tf.sum(flatSums, 0),
      ]
    }
    return { value, gradFunc }
  })
  return layer(x, weights.kernel, weights.recurrentKernel, weights.bias)
}
