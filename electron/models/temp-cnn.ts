import { z } from 'zod'
import { convolution1d } from '../engine/layers/convolution.ts'
import { dense } from '../engine/layers/dense.ts'
import { batchNormalisation } from '../engine/layers/normalisation.ts'
import { tf } from '../engine/tensorflow-js.ts'
import { defineModel } from './model-definition.ts'

const optionsSchema = z.object({
  filters: z.number().int().min(1).max(512).default(64),
  kernelSize: z.number().int().min(1).max(31).default(5),
  layers: z.number().int().min(1).max(6).default(3),
  units: z.number().int().min(1).max(2048).default(256),
  dropout: z.number().min(0).max(0.9).default(0.5),
})

/**
 * Temporal convolutional network: convolutions over time, then a dense layer. Not recurrent; for comparison.
 * Input `x` [batch, time, features]; output `logits` [batch, classes].
 * Source: Pelletier, Webb and Petitjean 2019 (Temporal CNN for the classification of satellite image time series).
 */
export const tempCnn = defineModel({
  id: 'temp-cnn',
  summary: 'Convolutions over time instead of recurrence: the usual yardstick for satellite time series.',
  optionsSchema,
  build:
    (options, { classes }) =>
    (scope, { x }) => {
      let hidden = x as tf.Tensor3D
      for (let i = 1; i <= options.layers; i++) {
        const layer = scope.child(`convolution_${i}`)
        hidden = convolution1d(layer, hidden, { filters: options.filters, kernelSize: options.kernelSize }) // [b, t, k]
        hidden = tf.relu(batchNormalisation(layer.child('norm'), hidden))
        hidden = scope.dropout(`dropout_${i}`, hidden, options.dropout)
      }
      const flat = tf.reshape(hidden, [hidden.shape[0], -1]) // [b, t·k]
      const wide = tf.relu(batchNormalisation(scope.child('norm'), dense(scope.child('dense'), flat, options.units)))
      return { logits: dense(scope.child('classifier'), scope.dropout('dropout', wide, options.dropout), classes) } // [b, c]
    },
})
