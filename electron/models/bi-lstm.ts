import { bidirectional, lstm } from '../engine/layers/recurrent.ts'
import { defineModel } from './model-definition.ts'
import { recurrentClassifier } from './recurrent-classifier.ts'
import { recurrentOptionsSchema } from './recurrent-options.ts'

/** Stacked bidirectional LSTM classifier. Input `x` [batch, time, features]; output `logits` [batch, classes]. */
export const biLstm = defineModel({
  id: 'bi-lstm',
  summary:
    'Two LSTMs, one reading forward and one backward: best when the whole season is known before the answer is needed.',
  // Twice the weights of an LSTM learn few samples by heart without stronger dropout.
  optionsSchema: recurrentOptionsSchema.extend({ dropout: recurrentOptionsSchema.shape.dropout.unwrap().default(0.5) }),
  training: { labelSmoothing: 0.1 },
  build: (options, target) => recurrentClassifier(bidirectional(lstm), options, target),
})
