import { simpleRnn as simpleRnnLayer } from '../engine/layers/recurrent.ts'
import { defineModel } from './model-definition.ts'
import { recurrentClassifier } from './recurrent-classifier.ts'
import { recurrentOptionsSchema } from './recurrent-options.ts'

/** Stacked recurrent classifier. Input `x` [batch, time, features]; output `logits` [batch, classes]. */
export const simpleRnn = defineModel({
  id: 'simple-rnn',
  summary:
    'The plain recurrent network: forgets quickly, its gradients fade over long sequences; for teaching and comparison.',
  optionsSchema: recurrentOptionsSchema,
  // Its gradients grow quickly; at the rate of the gated cells it does not settle.
  training: { learningRate: 0.001 },
  build: (options, target) => recurrentClassifier(simpleRnnLayer, options, target),
})
