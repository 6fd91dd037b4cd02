import { temporalAttention } from '../engine/layers/attention.ts'
import { dense } from '../engine/layers/dense.ts'
import { bidirectional, lstm } from '../engine/layers/recurrent.ts'
import type { tf } from '../engine/tensorflow-js.ts'
import { defineModel } from './model-definition.ts'
import { recurrentOptionsSchema } from './recurrent-options.ts'

/**
 * Stacked bidirectional LSTM whose states are averaged by attention over time.
 * Input `x` [batch, time, features]; outputs `logits` [batch, classes] and `attention` [batch, time].
 */
export const attentionLstm = defineModel({
  id: 'attention-lstm',
  summary: 'A bidirectional LSTM that weighs the dates and shows which of them decided.',
  optionsSchema: recurrentOptionsSchema,
  build:
    (options, { classes }) =>
    (scope, { x }) => {
      let hidden = x as tf.Tensor3D
      options.units.forEach((units, i) => {
        const layer = bidirectional(lstm)
        hidden = layer(scope.child(`layer_${i + 1}`), hidden, { units, returnSequences: true }) as tf.Tensor3D // [b, t, 2u]
        hidden = scope.dropout(`dropout_${i + 1}`, hidden, options.dropout)
      })
      const { context, weights } = temporalAttention(scope.child('attention'), hidden, options.units.at(-1) ?? 1)
      return { logits: dense(scope.child('classifier'), context, classes), attention: weights } // [b, c], [b, t]
    },
})
