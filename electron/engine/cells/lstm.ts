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
  /** Gates after their activation, [batch, units] each. */
  readonly input: tf.Tensor2D
  readonly forget: tf.Tensor2D
  readonly candidate: tf.Tensor2D
  readonly output: tf.Tensor2D
  readonly cell: tf.Tensor2D
  readonly tanhCell: tf.Tensor2D
  readonly hidden: tf.Tensor2D
}

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
    const cell = before ? (tf.add(tf.mul(forget, before.cell), gained) as tf.Tensor2D) : gained
    const tanhCell = tf.tanh(cell)
    steps.push({ input, forget, candidate, output, cell, tanhCell, hidden: tf.mul(output, tanhCell) })
  }
  return steps
}

const stack = (steps: readonly Step[], part: keyof Step): tf.Tensor3D =>
  tf.stack(steps.map((step) => step[part])) as tf.Tensor3D // [t, b, u]

/**
 * Back-propagation through time. What does not depend on the recurrence is computed for all steps at once:
 * the factors by which the gradients of cell and hidden state enter the gates, and all weight gradients.
 * @returns gradient of the gates' sums, [time, batch, 4·units] in Keras's order
 */
function backward(
  steps: readonly Step[],
  upstream: tf.Tensor2D[],
  recurrent: tf.Tensor2D,
  observe?: ObserveSteps,
): tf.Tensor3D {
  const [batch, units] = defined(steps[0], 'there is a step').hidden.shape
  const [i, f, g, o] = [
    stack(steps, 'input'),
    stack(steps, 'forget'),
    stack(steps, 'candidate'),
    stack(steps, 'output'),
  ]
  const tanhCell = stack(steps, 'tanhCell')
  const slope = (s: tf.Tensor): tf.Tensor => tf.sub(s, tf.square(s)) // s·(1 - s)
  const before = tf.stack([
    tf.zerosLike(defined(steps[0], 'there is a step').cell),
    ...steps.slice(0, -1).map((step) => step.cell),
  ])
  // How a change of the cell state changes the sums of input, forget and candidate gate, [t, b, 3, u].
  const cellFactors = tf.unstack(
    tf.stack([tf.mul(g, slope(i)), tf.mul(before, slope(f)), tf.mul(i, tf.sub(1, tf.square(g)))], 2),
  )
  const outputFactors = tf.unstack(tf.mul(tanhCell, slope(o))) // [b, u] per step
  const hiddenToCell = tf.unstack(tf.mul(o, tf.sub(1, tf.square(tanhCell))))
  const sums: tf.Tensor2D[] = []
  const observed: tf.Tensor[] = []
  let hiddenNext: tf.Tensor | undefined
  let cellNext: tf.Tensor | undefined
  for (let t = steps.length - 1; t >= 0; t--) {
    const above = defined(upstream[t], 'one gradient per step')
    const hidden = hiddenNext ? tf.add(above, hiddenNext) : above
    const throughOutput = tf.mul(hidden, defined(hiddenToCell[t], 'one per step'))
    const cell = cellNext ? tf.add(cellNext, throughOutput) : throughOutput // [b, u]
    const threeGates = tf.mul(tf.reshape(cell, [batch, 1, units]), defined(cellFactors[t], 'one per step')) // [b, 3, u]
    const outputGate = tf.reshape(tf.mul(hidden, defined(outputFactors[t], 'one per step')), [batch, 1, units])
    const sum = tf.reshape(tf.concat([threeGates, outputGate], 1), [batch, 4 * units]) as tf.Tensor2D
    sums.push(sum)
    observed.push(hidden)
    if (t === 0) break
    hiddenNext = tf.matMul(sum, recurrent, false, true)
    cellNext = tf.mul(cell, defined(steps[t], 'one per step').forget)
  }
  observe?.(observed.reverse())
  return tf.stack(sums.reverse()) as tf.Tensor3D
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
    save([
      flat,
      kernel,
      recurrentKernel,
      ...steps.flatMap((s) => [s.input, s.forget, s.candidate, s.output, s.cell, s.tanhCell, s.hidden]),
    ])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [flatInput, savedKernel, savedRecurrent, ...rest] = saved as tf.Tensor2D[]
      const kept = Array.from({ length: time }, (_, t) => {
        const [inputGate, forget, candidate, output, cell, tanhCell, state] = rest.slice(
          7 * t,
          7 * t + 7,
        ) as Step[keyof Step][]
        return { input: inputGate, forget, candidate, output, cell, tanhCell, hidden: state } as Step
      })
      const first = defined(kept[0], 'there is a step').hidden
      const upstream = returnSequences
        ? (tf.unstack(tf.transpose(dy, [1, 0, 2])) as tf.Tensor2D[])
        : kept.map((_, t) => (t === time - 1 ? (dy as tf.Tensor2D) : tf.zerosLike(first)))
      const sums = backward(kept, upstream, defined(savedRecurrent, 'saved'), observe) // [t, b, 4u]
      const flatSums = tf.reshape(sums, [time * batch, 4 * units]) as tf.Tensor2D
      const dx = tf.matMul(flatSums, defined(savedKernel, 'saved'), false, true)
      const dKernel = tf.matMul(defined(flatInput, 'saved'), flatSums, true, false)
      const hiddenBefore = tf.reshape(tf.stack(kept.slice(0, -1).map((step) => step.hidden)), [
        (time - 1) * batch,
        units,
      ]) as tf.Tensor2D
      const sumsAfter = tf.slice(flatSums, [batch, 0], [(time - 1) * batch, 4 * units])
      const dRecurrent =
        time > 1 ? tf.matMul(hiddenBefore, sumsAfter, true, false) : tf.zerosLike(defined(savedRecurrent, 'saved'))
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
