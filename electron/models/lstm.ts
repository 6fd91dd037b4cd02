import { lstm as lstmLayer } from '../engine/layers/recurrent.ts'
import { defineModel } from './model-definition.ts'
import { recurrentClassifier } from './recurrent-classifier.ts'
import { recurrentOptionsSchema } from './recurrent-options.ts'

/** Stacked recurrent classifier. Input `x` [batch, time, features]; output `logits` [batch, classes]. */
export const lstm = defineModel({
  id: 'lstm',
  summary: 'Long short-term memory: remembers what happened many dates ago.',
  optionsSchema: recurrentOptionsSchema,
  build: (options, target) => recurrentClassifier(lstmLayer, options, target),
})
