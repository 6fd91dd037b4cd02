import { convGru } from './conv-gru.ts'
import { convLstm } from './conv-lstm.ts'
import type { FramePredictor } from './model-definition.ts'
import { predRnn } from './pred-rnn.ts'

/** Models that continue a sequence of frames, in the order in which they are offered. */
export const framePredictors: readonly FramePredictor[] = [
  convLstm,
  convGru,
  predRnn,
] as unknown as readonly FramePredictor[]
