import { defined } from '../../shared/base/assert.ts'
import type { FeatureSpecs, ModelFunction } from './model-function.ts'
import { tf } from './tensorflow-js.ts'

/**
 * Makes a model that yields, instead of its outputs, the gradient of chosen scores with respect to one of its inputs: compiled like any
 * other, it says which parts of the input a score depends on.
 * @param model  has an output `scores` [batch, classes]
 * @param input  name of the input
 * @returns a model with the further input `chosen` [batch, classes] (weights of the scores, usually a one and zeros) and the output
 *   `gradient`, of the input's shape
 * Source: Simonyan et al. 2014 (gradient saliency).
 */
export function inputGradient(model: ModelFunction, input: string, scores: string): ModelFunction {
  return (scope, { chosen, ...inputs }) => {
    const weights = defined(chosen, 'the weights of the scores are an input')
    const [gradient] = tf.grads((x: tf.Tensor) => {
      const outputs = model(scope, { ...inputs, [input]: x })
      return tf.sum(tf.mul(defined(outputs[scores], 'the model has these scores'), weights))
    })([defined(inputs[input], 'the model has this input')])
    // Recurrent layers report the gradients of their states, which nobody reads here.
    scope.disposeKept()
    return { gradient: defined(gradient, 'one gradient for one input') }
  }
}

/** What such a model is fed with. */
export function gradientFeatures(features: FeatureSpecs, classes: number): FeatureSpecs {
  return { ...features, chosen: { shape: [classes], dtype: 'float32' } }
}
