import { bidirectional, lstm } from '../engine/layers/recurrent.ts'
import { defineModel } from './model-definition.ts'
import { recurrentClassifier } from './recurrent-classifier.ts'
import { recurrentOptionsSchema } from './recurrent-options.ts'

/** Stacked bidirectional LSTM classifier. Input `x` [batch, time, features]; output `logits` [batch, classes]. */
export const biLstm = defineModel({
  id: 'bi-lstm',
  summary:
    'Two LSTMs, one reading forward and one backward: best when the whole season is known before the answer is needed.',
  optionsSchema: recurrentOptionsSchema,
  build: (options, target) => recurrentClassifier(bidirectional(lstm), options, target),
})
