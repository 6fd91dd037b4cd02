import { glorotUniform, zeros } from '../engine/initialisers.ts'
import { tf } from '../engine/tensorflow-js.ts'
import { defineModel, type FrameTarget } from './model-definition.ts'
import { predictorOptionsSchema, type PredictorOptions } from './predictor-options.ts'
import { recurrentPredictor, type RecurrentStack } from './recurrent-predictor.ts'

interface Weights {
  /** [k, k, channels + filters, 2·filters]: update and reset gate. */
  readonly gates: tf.Tensor4D
  readonly gateBias: tf.Tensor1D
  /** [k, k, channels + filters, filters] */
  readonly candidate: tf.Tensor4D
  readonly candidateBias: tf.Tensor1D
}

/** Hidden state after one frame; zero before the first, where only the frame's own filters act. */
function step(frame: tf.Tensor4D, before: tf.Tensor4D | null, weights: Weights): tf.Tensor4D {
  const own = (kernel: tf.Tensor4D): tf.Tensor4D =>
    before ? kernel : tf.slice(kernel, [0, 0, 0, 0], [-1, -1, frame.shape[3], -1])
  const convolve = (x: tf.Tensor4D, kernel: tf.Tensor4D, bias: tf.Tensor1D): tf.Tensor4D =>
    tf.fused.conv2d({ x, filter: own(kernel), strides: 1, pad: 'same', bias })
  const joined = before ? (tf.concat([frame, before], 3) as tf.Tensor4D) : frame
  const [update, reset] = tf.split(tf.sigmoid(convolve(joined, weights.gates, weights.gateBias)), 2, 3) as [
    tf.Tensor4D,
    tf.Tensor4D,
  ]
  const kept = before ? (tf.concat([frame, tf.mul(reset, before)], 3) as tf.Tensor4D) : frame
  const candidate = tf.tanh(convolve(kept, weights.candidate, weights.candidateBias))
  // update·before + (1 - update)·candidate
  return before
    ? tf.add(candidate, tf.mul(update, tf.sub(before, candidate)))
    : (tf.sub(candidate, tf.mul(update, candidate)) as tf.Tensor4D)
}

const stackOf =
  ({ filters, kernelSize: k }: PredictorOptions): RecurrentStack<readonly tf.Tensor4D[]> =>
  (scope, channels) => {
    const layers = filters.map((units, i): Weights => {
      const layer = scope.child(`layer_${i + 1}`)
      const below = i === 0 ? channels : (filters[i - 1] ?? channels)
      return {
        gates: layer.parameter('gates', [k, k, below + units, 2 * units], glorotUniform) as tf.Tensor4D,
        gateBias: layer.parameter('gate_bias', [2 * units], zeros) as tf.Tensor1D,
        candidate: layer.parameter('candidate', [k, k, below + units, units], glorotUniform) as tf.Tensor4D,
        candidateBias: layer.parameter('candidate_bias', [units], zeros) as tf.Tensor1D,
      }
    })
    return (frame, before) => {
      let top = frame
      const state = layers.map((weights, i) => (top = step(top, before?.[i] ?? null, weights)))
      return { top, state }
    }
  }

/**
 * Stacked convolutional GRU layers that predict each next frame and go on from their own predictions.
 * Input `x` [batch, time, height, width, channels] in [0, 1]; output `frames` [batch, horizon, height, width, channels].
 * Source: Ballas et al. 2016, Shi et al. 2017.
 */
export const convGru = defineModel<PredictorOptions, FrameTarget>({
  id: 'conv-gru',
  summary: 'Convolutional GRU: a quarter fewer weights than a ConvLSTM and quicker, often as good.',
  optionsSchema: predictorOptionsSchema,
  build: (options, target) => recurrentPredictor(stackOf(options), options, target),
})
