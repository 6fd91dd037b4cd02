import { dense } from '../engine/layers/dense.ts'
import type { RecurrentLayer } from '../engine/layers/recurrent.ts'
import type { ModelFunction } from '../engine/model-function.ts'
import type { tf } from '../engine/tensorflow-js.ts'
import type { ModelTarget } from './model-definition.ts'
import type { RecurrentOptions } from './recurrent-options.ts'

/**
 * Stacked recurrent layers, the last of which hands its final state to a linear classifier.
 * Input `x` [batch, time, features]; output `logits` [batch, classes].
 */
export function recurrentClassifier(
  layer: RecurrentLayer,
  options: RecurrentOptions,
  { classes }: ModelTarget,
): ModelFunction {
  return (scope, { x }) => {
    let hidden = x as tf.Tensor
    options.units.forEach((units, i) => {
      const returnSequences = i < options.units.length - 1
      hidden = layer(scope.child(`layer_${i + 1}`), hidden as tf.Tensor3D, { units, returnSequences }) // [b, t, u], at last [b, u]
      hidden = scope.dropout(`dropout_${i + 1}`, hidden, options.dropout)
    })
    return { logits: dense(scope.child('classifier'), hidden, classes) } // [b, c]
  }
}
