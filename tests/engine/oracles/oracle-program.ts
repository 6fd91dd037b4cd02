import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { oracleTensor, type layerWithWeights } from './oracle-layer.ts'
import type { OracleArray, OracleCase } from './read-oracle.ts'

/** A layer with an oracle's weights. */
export type OracleLayer = ReturnType<typeof layerWithWeights>

/** What TF.js 4.22's layers cannot do at all, so there is nothing to compare; undefined when they can. */
export function missingInTensorFlowJs(oracle: OracleCase): string | undefined {
  const options = oracle.config.options ?? {}
  if (options['resetAfter'] === true) return 'no reset after the product'
  if (options['padding'] === 'causal') return 'no causal convolution'
  if (oracle.inputs['mask']) return 'masks only from a Masking layer'
  return undefined
}

/** Gives a stateful layer the state after its first batch; outside any gradient, which does not reach back to it. */
function runFirstBatch(layer: OracleLayer, inputs: tf.NamedTensorMap): void {
  if (!inputs['x1']) return
  layer.resetStates()
  layer.call(inputs['x1'], {})
}

/** Outputs of the layer by the oracle's names, from the named inputs. */
function outputsOf(oracle: OracleCase, layer: OracleLayer, inputs: tf.NamedTensorMap): tf.NamedTensorMap {
  const initialState = ['h0', 'c0'].flatMap((name) => inputs[name] ?? [])
  const found = [
    layer.call((inputs['x'] ?? inputs['x2'])!, {
      training: oracle.config['training'] === true,
      ...(initialState.length > 0 ? { initialState } : {}),
    }),
  ].flat()
  return Object.fromEntries(Object.keys(oracle.lossWeights).map((name, index) => [name, found[index]!]))
}

/** The layer's outputs by the oracle's names. */
export function runLayer(oracle: OracleCase, layer: OracleLayer, inputs: tf.NamedTensorMap): tf.NamedTensorMap {
  runFirstBatch(layer, inputs)
  return outputsOf(oracle, layer, inputs)
}

/** Gradients of the oracle's weighted sum of outputs, by name of the weight or input. */
export function runGradients(oracle: OracleCase, layer: OracleLayer, inputs: tf.NamedTensorMap): tf.NamedTensorMap {
  const lossOf = (given: tf.NamedTensorMap) => {
    const outputs = outputsOf(oracle, layer, given)
    const terms = Object.entries(oracle.lossWeights).map(([name, weights]) =>
      tf.sum(tf.mul(outputs[name]!, oracleTensor(weights))),
    )
    return tf.addN(terms) as tf.Scalar
  }
  const names = Object.keys(oracle.weights)
  const all = layer.weights.map((weight) => weight.read())
  const trainable = layer.trainableWeights.map((weight) => weight.read() as tf.Variable)
  runFirstBatch(layer, inputs)
  const ofWeights = trainable.length > 0 ? tf.variableGrads(() => lossOf(inputs), trainable).grads : {}
  const gradients = Object.fromEntries(
    trainable.map((variable) => [names[all.indexOf(variable)]!, ofWeights[variable.name]!]),
  )
  const differentiated = Object.keys(inputs).filter((name) => oracle.gradients[name])
  if (differentiated.length === 0) return gradients
  runFirstBatch(layer, inputs)
  const ofInputs = tf.grads((...values: tf.Tensor[]) =>
    lossOf({ ...inputs, ...Object.fromEntries(differentiated.map((name, index) => [name, values[index]!])) }),
  )(differentiated.map((name) => inputs[name]!))
  return { ...gradients, ...Object.fromEntries(differentiated.map((name, index) => [name, ofInputs[index]!])) }
}

/** Largest difference as a share of the largest expected value. @throws Error when the shapes differ */
export function relativeError(
  actual: { readonly shape: readonly number[]; readonly values: ArrayLike<number> },
  expected: OracleArray,
): number {
  if (actual.shape.join() !== expected.shape.join())
    throw new Error(`Expected shape [${expected.shape.join(', ')}], got [${actual.shape.join(', ')}].`)
  const scale = Math.max(...expected.data.map(Math.abs), 1e-6)
  return Math.max(...expected.data.map((value, index) => Math.abs(value - actual.values[index]!))) / scale
}
