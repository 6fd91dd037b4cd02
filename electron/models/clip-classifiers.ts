import { convLstmClassifier } from './conv-lstm-classifier.ts'
import { crnn } from './crnn.ts'
import { frameCnn } from './frame-cnn.ts'
import type { ClipClassifier } from './model-definition.ts'

/** Models that give one class to a clip, in the order in which they are offered. */
export const clipClassifiers: readonly ClipClassifier[] = [
  crnn,
  convLstmClassifier,
  frameCnn,
] as unknown as readonly ClipClassifier[]
