import { attentionLstm } from './attention-lstm.ts'
import { biLstm } from './bi-lstm.ts'
import { gru } from './gru.ts'
import { lstm } from './lstm.ts'
import type { ModelDefinition } from './model-definition.ts'
import { simpleRnn } from './simple-rnn.ts'
import { tempCnn } from './temp-cnn.ts'

/** Models that give one class to a sequence of feature vectors, in the order in which they are offered. */
export const sequenceClassifiers: readonly ModelDefinition<never>[] = [
  gru,
  lstm,
  biLstm,
  attentionLstm,
  simpleRnn,
  tempCnn,
] as unknown as readonly ModelDefinition<never>[]
