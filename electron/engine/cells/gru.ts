import { defined } from '../../../shared/base/assert.ts'
import { tf } from '../tensorflow-js.ts'
import type { ObserveSteps } from './lstm.ts'

/** Weights of one GRU layer in Keras's layout: gates in the order update, reset, candidate along the last axis. */
export interface GruWeights {
  /** [features, 3·units] */
  readonly kernel: tf.Tensor2D
  /** [units, 3·units] */
  readonly recurrentKernel: tf.Tensor2D
  /** [3·units] */
  readonly bias: tf.Tensor1D
}

interface Step {
  readonly update: tf.Tensor2D
  readonly reset: tf.Tensor2D
  readonly candidate: tf.Tensor2D
  /** Hidden state before this step, times the reset gate. */
  readonly resetHidden: tf.Tensor2D
  readonly before: tf.Tensor2D
  /** What the update gate keeps of the difference between old state and candidate. */
  readonly moved: tf.Tensor2D
  readonly hidden: tf.Tensor2D
}
const parts = ['update', 'reset', 'candidate', 'resetHidden', 'before', 'moved', 'hidden'] as const

function runSteps(
  gates: tf.Tensor2D[],
  candidates: tf.Tensor2D[],
  forGates: tf.Tensor2D,
  forCandidate: tf.Tensor2D,
): Step[] {
  const steps: Step[] = []
  gates.forEach((gateInput, t) => {
    const last = steps.at(-1)
    const candidateInput = defined(candidates[t], 'one per step')
    const sums = last ? tf.fused.matMul({ a: last.hidden, b: forGates, bias: gateInput }) : gateInput // [b, 2u]
    const [update, reset] = tf.split(tf.sigmoid(sums), 2, 1) as [tf.Tensor2D, tf.Tensor2D]
    const before = last ? last.hidden : (tf.zerosLike(update) as tf.Tensor2D)
    const resetHidden = tf.mul(reset, before) as tf.Tensor2D
    const candidate: tf.Tensor2D = tf.tanh(
      last
        ? (tf.fused.matMul({ a: resetHidden, b: forCandidate, bias: candidateInput }) as tf.Tensor2D)
        : candidateInput,
    )
    // update·before + (1 - update)·candidate, with one product fewer.
    const difference = last ? tf.sub(before, candidate) : tf.neg(candidate)
    const moved = tf.mul(update, difference) as tf.Tensor2D
    const hidden = tf.add(candidate, moved) as tf.Tensor2D
    steps.push({ update, reset, candidate, resetHidden, before, moved, hidden })
  })
  return steps
}

/**
 * Back-propagation through time; products of the forward pass serve again, as in r·h·(1 - r) for the reset gate.
 * @returns gradients of the sums of both gates [batch, 2·units] and of the candidate [batch, units] for each step
 */
function backward(
  steps: readonly Step[],
  upstream: readonly (tf.Tensor2D | undefined)[],
  forGates: tf.Tensor2D,
  forCandidate: tf.Tensor2D,
  observe?: ObserveSteps,
): { gates: tf.Tensor2D[]; candidates: tf.Tensor2D[] } {
  const gates: tf.Tensor2D[] = []
  const candidates: tf.Tensor2D[] = []
  const observed: tf.Tensor[] = []
  let next: tf.Tensor2D | undefined
  for (let t = steps.length - 1; t >= 0; t--) {
    const { update, reset, candidate, resetHidden, moved, hidden } = defined(steps[t], 'within the sequence')
    const above = upstream[t]
    const gradient: tf.Tensor2D = above && next ? tf.add(above, next) : (above ?? next ?? tf.zerosLike(hidden)) // [b, u]
    const open = tf.sub(1, update)
    const ofCandidate: tf.Tensor2D = tf.mul(gradient, tf.sub(open, tf.mul(tf.mul(open, candidate), candidate)))
    const ofResetHidden = tf.matMul(ofCandidate, forCandidate, false, true)
    const ofUpdate = tf.mul(gradient, tf.sub(moved, tf.mul(moved, update)))
    const ofReset = tf.mul(ofResetHidden, tf.sub(resetHidden, tf.mul(resetHidden, reset)))
    const ofGates = tf.concat([ofUpdate, ofReset], 1) as tf.Tensor2D // [b, 2u]
    gates.push(ofGates)
    candidates.push(ofCandidate)
    observed.push(gradient)
    if (t === 0) break
    const direct: tf.Tensor2D = tf.add(tf.mul(gradient, update), tf.mul(ofResetHidden, reset))
    next = tf.fused.matMul({ a: ofGates, b: forGates, transposeB: true, bias: direct }) as tf.Tensor2D
  }
  observe?.(observed.reverse())
  return { gates: gates.reverse(), candidates: candidates.reverse() }
}

/**
 * A GRU layer over a whole sequence, equal to `tf.layers.gru` with `recurrentActivation: 'sigmoid'` (reset gate before
 * the product, as in the paper's first version) on the same weights, with the gradient written by hand.
 * @param x [batch, time, features]
 * @returns hidden states [batch, time, units], or the last one [batch, units] when `returnSequences` is false
 * Source: Cho et al. 2014; gate order of Keras.
 */
export function gruSequence(
  x: tf.Tensor3D,
  weights: GruWeights,
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
    const [gateKernel, candidateKernel] = tf.split(kernel, [2 * units, units], 1) as [tf.Tensor2D, tf.Tensor2D]
    const [gateBias, candidateBias] = tf.split(bias, [2 * units, units]) as [tf.Tensor1D, tf.Tensor1D]
    const [forGates, forCandidate] = tf.split(recurrentKernel, [2 * units, units], 1) as [tf.Tensor2D, tf.Tensor2D]
    const project = (b: tf.Tensor2D, added: tf.Tensor1D): tf.Tensor2D[] =>
      tf.unstack(tf.reshape(tf.fused.matMul({ a: flat, b, bias: added }), [time, batch, added.size])) as tf.Tensor2D[]
    const steps = runSteps(
      project(gateKernel, gateBias),
      project(candidateKernel, candidateBias),
      forGates,
      forCandidate,
    )
    const hidden = steps.map((step) => step.hidden)
    const value = returnSequences
      ? tf.transpose(tf.stack(hidden), [1, 0, 2])
      : defined(hidden.at(-1), 'there is a step')
    save([flat, kernel, forGates, forCandidate, ...steps.flatMap((step) => parts.map((part) => step[part]))])
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [flatInput, savedKernel, gatesSaved, candidateSaved, ...rest] = saved as [
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
        ...tf.Tensor2D[],
      ]
      const kept = Array.from(
        { length: time },
        (_, t) => Object.fromEntries(parts.map((part, i) => [part, rest[parts.length * t + i]])) as unknown as Step,
      )
      const last = kept.map((_, t) => (t === time - 1 ? (dy as tf.Tensor2D) : undefined))
      const upstream = returnSequences ? (tf.unstack(tf.transpose(dy, [1, 0, 2])) as tf.Tensor2D[]) : last
      const { gates, candidates } = backward(kept, upstream, gatesSaved, candidateSaved, observe)
      const flatGates = tf.concat(gates) as tf.Tensor2D // [t·b, 2u]
      const flatCandidates = tf.concat(candidates) as tf.Tensor2D
      const sums = tf.concat([flatGates, flatCandidates], 1) as tf.Tensor2D // [t·b, 3u]
      const flatten = (part: keyof Step): tf.Tensor2D => tf.concat(kept.map((step) => step[part]))
      const dRecurrent = tf.concat(
        [
          tf.matMul(flatten('before'), flatGates, true, false),
          tf.matMul(flatten('resetHidden'), flatCandidates, true, false),
        ],
        1,
      )
      const dx = tf.matMul(sums, savedKernel, false, true)
      return [
        tf.transpose(tf.reshape(dx, [time, batch, features]), [1, 0, 2]),
        tf.matMul(flatInput, sums, true, false),
        dRecurrent,
        tf.sum(sums, 0),
      ]
    }
    return { value, gradFunc }
  })
  return layer(x, weights.kernel, weights.recurrentKernel, weights.bias)
}
