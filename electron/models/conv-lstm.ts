import { convLstmStep } from '../engine/cells/conv-lstm-step.ts'
import { glorotUniform, unitForgetBias } from '../engine/initialisers.ts'
import type { tf } from '../engine/tensorflow-js.ts'
import { defineModel, type FrameTarget } from './model-definition.ts'
import { predictorOptionsSchema, type PredictorOptions } from './predictor-options.ts'
import { recurrentPredictor, type RecurrentStack } from './recurrent-predictor.ts'

/** Hidden and cell state of each layer, [batch, height, width, filters]. */
type State = readonly { readonly hidden: tf.Tensor4D; readonly cell: tf.Tensor4D }[]

const stackOf =
  ({ filters, kernelSize }: PredictorOptions): RecurrentStack<State> =>
  (scope, channels) => {
    const layers = filters.map((units, i) => {
      const layer = scope.child(`layer_${i + 1}`)
      const below = i === 0 ? channels : (filters[i - 1] ?? channels)
      return {
        kernel: layer.parameter(
          'kernel',
          [kernelSize, kernelSize, below + units, 4 * units],
          glorotUniform,
        ) as tf.Tensor4D,
        bias: layer.parameter('bias', [4 * units], unitForgetBias) as tf.Tensor1D,
      }
    })
    return (frame, before) => {
      let top = frame
      const state = layers.map((weights, i) => {
        const next = convLstmStep(top, before?.[i] ?? null, weights)
        top = next.hidden
        return next
      })
      return { top, state }
    }
  }

/**
 * Stacked ConvLSTM layers that predict each next frame and go on from their own predictions.
 * Input `x` [batch, time, height, width, channels] in [0, 1]; output `frames` [batch, horizon, height, width, channels].
 * Source: Shi et al. 2015, without peepholes, rolled out as in Wang et al. 2017.
 */
export const convLstm = defineModel<PredictorOptions, FrameTarget>({
  id: 'conv-lstm',
  summary: 'Convolutional LSTM: remembers what moves where, and carries it on; the usual first choice.',
  optionsSchema: predictorOptionsSchema,
  build: (options, target) => recurrentPredictor(stackOf(options), options, target),
})
