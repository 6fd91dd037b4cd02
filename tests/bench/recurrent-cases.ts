import { dense } from '../../electron/engine/layers/dense.ts'
import { gru, lstm, type RecurrentLayer } from '../../electron/engine/layers/recurrent.ts'
import type { ModelFunction } from '../../electron/engine/model-function.ts'
import type { tf } from '../../electron/engine/tensorflow-js.ts'
import { BANDS, LAND_CLASSES, type BenchCase, type CaseName } from './bench-case.ts'
import { classTargets, crossEntropy, trainingCase } from './training-case.ts'

/** Two recurrent layers; the last state of the upper one is classified. */
export const sequenceClassifier =
  (layer: RecurrentLayer, units: number): ModelFunction =>
  (scope, inputs) => {
    const x = inputs['x'] as tf.Tensor3D // [batch, time, bands]
    const lower = layer(scope.child('lower'), x, { units, returnSequences: true }) as tf.Tensor3D
    const upper = layer(scope.child('upper'), lower, { units, returnSequences: false }) // [batch, units]
    return { logits: dense(scope.child('head'), upper, LAND_CLASSES) }
  }

const recurrentCase = (name: CaseName, layer: RecurrentLayer): BenchCase =>
  trainingCase(name, (size) => ({
    model: sequenceClassifier(layer, size.width),
    features: { x: { shape: [size.length, BANDS], dtype: 'float32' } },
    loss: crossEntropy,
    ...classTargets(size, LAND_CLASSES),
  }))

/** Training steps of the stacked LSTM. */
export const lstmCase = recurrentCase('lstm', lstm)

/** Training steps of the stacked GRU; ours resets before the recurrent product (Keras 2), PyTorch's after it. */
export const gruCase = recurrentCase('gru', gru)
