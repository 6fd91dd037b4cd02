import { glorotUniform } from '../engine/initialisers.ts'
import { tf } from '../engine/tensorflow-js.ts'
import { defineModel, type FrameTarget } from './model-definition.ts'
import { predictorOptionsSchema, type PredictorOptions } from './predictor-options.ts'
import { recurrentPredictor, type RecurrentStack } from './recurrent-predictor.ts'

interface Weights {
  /** From the input to input, forget, candidate of both memories, and output: [k, k, channels, 7·filters]. */
  readonly input: tf.Tensor4D
  readonly bias: tf.Tensor1D
  /** From the hidden state to input, forget, candidate and output: [k, k, filters, 4·filters]. */
  readonly hidden: tf.Tensor4D
  /** From the spatio-temporal memory to its input, forget and candidate: [k, k, filters, 3·filters]. */
  readonly memory: tf.Tensor4D
  /** From both memories to the output gate [k, k, 2·filters, filters] and to the hidden state [1, 1, 2·filters, filters]. */
  readonly output: tf.Tensor4D
  readonly last: tf.Tensor4D
}

interface LayerState {
  readonly hidden: tf.Tensor4D
  readonly cell: tf.Tensor4D
}

/** States of all layers, and the memory that the top layer hands to the lowest of the next step. */
interface State {
  readonly layers: readonly LayerState[]
  readonly memory: tf.Tensor4D
}

const convolve = (x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D => tf.conv2d(x, filter, 1, 'same')
const plus = (a: tf.Tensor4D, b: tf.Tensor4D | undefined): tf.Tensor4D => (b ? tf.add(a, b) : a)

/** One spatio-temporal LSTM cell; states that are null are zero. */
function step(
  x: tf.Tensor4D,
  before: LayerState | null,
  memory: tf.Tensor4D | null,
  weights: Weights,
): LayerState & { readonly memory: tf.Tensor4D } {
  const parts = (sums: tf.Tensor4D, count: number): tf.Tensor4D[] => tf.split(sums, count, 3) as tf.Tensor4D[]
  const own = parts(tf.add(convolve(x, weights.input), weights.bias), 7)
  const hidden = before ? parts(convolve(before.hidden, weights.hidden), 4) : []
  const spatial = memory ? parts(convolve(memory, weights.memory), 3) : []
  const gate = (i: number, other: tf.Tensor4D | undefined): tf.Tensor4D =>
    tf.sigmoid(plus(own[i] as tf.Tensor4D, other))
  const candidate = (i: number, other: tf.Tensor4D | undefined): tf.Tensor4D =>
    tf.tanh(plus(own[i] as tf.Tensor4D, other))
  const gained = tf.mul(gate(0, hidden[0]), candidate(2, hidden[2])) as tf.Tensor4D
  const cell = before ? tf.add(tf.mul(gate(1, hidden[1]), before.cell), gained) : gained
  const gainedMemory = tf.mul(gate(3, spatial[0]), candidate(5, spatial[2])) as tf.Tensor4D
  const nextMemory = memory ? tf.add(tf.mul(gate(4, spatial[1]), memory), gainedMemory) : gainedMemory
  const both = tf.concat([cell, nextMemory], 3) as tf.Tensor4D
  const output = tf.sigmoid(plus(plus(own[6] as tf.Tensor4D, hidden[3]), convolve(both, weights.output)))
  const shown = tf.tanh(tf.conv2d(both, weights.last, 1, 'same'))
  return { hidden: tf.mul(output, shown), cell: cell as tf.Tensor4D, memory: nextMemory as tf.Tensor4D }
}

const stackOf =
  ({ filters, kernelSize: k }: PredictorOptions): RecurrentStack<State> =>
  (scope, channels) => {
    const units = Math.max(...filters)
    const layers = filters.map((_, i): Weights => {
      const layer = scope.child(`layer_${i + 1}`)
      const weight = (name: string, size: number, from: number, to: number): tf.Tensor4D =>
        layer.parameter(name, [size, size, from, to], glorotUniform) as tf.Tensor4D
      return {
        input: weight('input', k, i === 0 ? channels : units, 7 * units),
        bias: layer.parameter('bias', [7 * units], forgetBias) as tf.Tensor1D,
        hidden: weight('hidden', k, units, 4 * units),
        memory: weight('memory', k, units, 3 * units),
        output: weight('output', k, 2 * units, units),
        last: weight('last', 1, 2 * units, units),
      }
    })
    return (frame, before) => {
      let top = frame
      let memory = before?.memory ?? null
      const states = layers.map((weights, i) => {
        const next = step(top, before?.layers[i] ?? null, memory, weights)
        ;({ hidden: top, memory } = next)
        return next
      })
      return { top, state: { layers: states, memory: memory ?? top } }
    }
  }

/** One for the forget gates of both memories, zero for the rest. */
const forgetBias = (shape: readonly number[]): Float32Array => {
  const units = (shape[0] ?? 0) / 7
  return Float32Array.from({ length: 7 * units }, (_, i) => ([1, 4].includes(Math.floor(i / units)) ? 1 : 0))
}

/**
 * Predictive recurrent network: beside the memory of each layer a second one runs zigzag through all layers of a step and on to
 * the next. All layers have as many filters as the widest.
 * Input `x` [batch, time, height, width, channels] in [0, 1]; output `frames` [batch, horizon, height, width, channels].
 * Source: Wang et al. 2017 (PredRNN), without layer normalisation.
 */
export const predRnn = defineModel<PredictorOptions, FrameTarget>({
  id: 'pred-rnn',
  summary: 'PredRNN: a second memory runs through all layers; sharper over many steps, at three times the cost.',
  optionsSchema: predictorOptionsSchema,
  build: (options, target) => recurrentPredictor(stackOf(options), options, target),
})
