import { gru as gruLayer } from '../engine/layers/recurrent.ts'
import { defineModel } from './model-definition.ts'
import { recurrentClassifier } from './recurrent-classifier.ts'
import { recurrentOptionsSchema } from './recurrent-options.ts'

/** Stacked recurrent classifier. Input `x` [batch, time, features]; output `logits` [batch, classes]. */
export const gru = defineModel({
  id: 'gru',
  summary:
    'Gated recurrent unit: a quarter fewer weights than an LSTM, faster, and a sound first choice for seasons and crops.',
  optionsSchema: recurrentOptionsSchema,
  build: (options, target) => recurrentClassifier(gruLayer, options, target),
})
