import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { layerWithWeights, oracleTensor } from './oracle-layer.ts'
import { readOracle, type OracleArray, type OracleArrays, type OracleCase } from './read-oracle.ts'

// Proves that the oracles and TF.js mean the same by each option; the engine is compared with the oracles elsewhere.
// float32 against float64: 1e-4 of the largest value, for sums of some hundred products at most.
const TOLERANCE = 1e-4

const KINDS = [
  ...['simple-rnn', 'lstm', 'gru', 'bidirectional', 'conv-lstm2d', 'conv1d', 'conv2d', 'conv3d', 'conv2d-transpose'],
  ...['depthwise-conv2d', 'separable-conv2d', 'pooling', 'resizing', 'batch-normalization', 'layer-normalization'],
  ...['dense', 'embedding', 'activations'],
]

/** What TF.js 4.22 cannot do at all, so there is nothing to compare. */
function missingInTensorFlowJs(oracle: OracleCase): string | undefined {
  const options = oracle.config.options ?? {}
  if (options['resetAfter'] === true) return 'no reset after the product'
  if (options['padding'] === 'causal') return 'no causal convolution'
  if (oracle.inputs['mask']) return 'masks only from a Masking layer'
  return undefined
}

/** Cases whose gradient TF.js 4.22 lacks (throws) or computes wrongly on its cpu backend. The oracle's gradient of the
 *  wrong ones was confirmed by finite differences of TF.js's own output. */
const GRADIENT_FAULTS: Readonly<Record<string, 'throws' | 'wrong'>> = {
  'same, dilation 2': 'throws', // fused convolution refuses dilation
  'average1d, same': 'wrong', // divides border windows by the full window
  'average2d, same': 'wrong',
  'average3d, same': 'wrong',
  'max3d, same': 'wrong', // takes the height for the width of windows that are not square
  'max3d, valid': 'wrong',
  'nearest, 2x3': 'wrong', // rounds the window's start down by one for some rows
}

/** Largest difference as a share of the largest expected value. */
function relativeError(actual: tf.Tensor, expected: OracleArray): number {
  expect(actual.shape).toEqual(expected.shape)
  const values = actual.dataSync()
  const scale = Math.max(...expected.data.map(Math.abs), 1e-6)
  return Math.max(...expected.data.map((value, index) => Math.abs(value - values[index]!))) / scale
}

type Layer = ReturnType<typeof layerWithWeights>

/** Gives a stateful layer the state after its first batch; outside any gradient, which does not reach back to it. */
function runFirstBatch(layer: Layer, inputs: tf.NamedTensorMap): void {
  if (!inputs['x1']) return
  layer.resetStates()
  layer.call(inputs['x1'], {})
}

/** Outputs of the layer by the oracle's names, from the named inputs. */
function outputsOf(oracle: OracleCase, layer: Layer, inputs: tf.NamedTensorMap): tf.NamedTensorMap {
  const initialState = ['h0', 'c0'].flatMap((name) => inputs[name] ?? [])
  const found = [
    layer.call((inputs['x'] ?? inputs['x2'])!, {
      training: oracle.config['training'] === true,
      ...(initialState.length > 0 ? { initialState } : {}),
    }),
  ].flat()
  return Object.fromEntries(Object.keys(oracle.lossWeights).map((name, index) => [name, found[index]!]))
}

/** Largest relative error of the gradients, by name of the weight or input. */
function gradientErrors(oracle: OracleCase, layer: Layer, inputs: tf.NamedTensorMap): Record<string, number> {
  const lossOf = (given: tf.NamedTensorMap) => {
    const outputs = outputsOf(oracle, layer, given)
    const terms = Object.entries(oracle.lossWeights).map(([name, weights]) =>
      tf.sum(tf.mul(outputs[name]!, oracleTensor(weights))),
    )
    return tf.addN(terms) as tf.Scalar
  }
  const errors: Record<string, number> = {}
  const names = Object.keys(oracle.weights)
  const all = layer.weights.map((weight) => weight.read())
  const trainable = layer.trainableWeights.map((weight) => weight.read() as tf.Variable)
  runFirstBatch(layer, inputs)
  const ofWeights = trainable.length > 0 ? tf.variableGrads(() => lossOf(inputs), trainable).grads : {}
  for (const variable of trainable) {
    const name = names[all.indexOf(variable)]!
    errors[name] = relativeError(ofWeights[variable.name]!, oracle.gradients[name]!)
  }
  const differentiated = Object.keys(inputs).filter((name) => oracle.gradients[name])
  if (differentiated.length === 0) return errors
  runFirstBatch(layer, inputs)
  const ofInputs = tf.grads((...values: tf.Tensor[]) =>
    lossOf({ ...inputs, ...Object.fromEntries(differentiated.map((name, index) => [name, values[index]!])) }),
  )(differentiated.map((name) => inputs[name]!))
  differentiated.forEach((name, index) => {
    errors[name] = relativeError(ofInputs[index]!, oracle.gradients[name]!)
  })
  return errors
}

beforeAll(() => tf.setBackend('cpu'))
afterAll(() => tf.disposeVariables())

describe.each(KINDS)('%s', (kind) => {
  const read = (arrays: OracleArrays): tf.NamedTensorMap =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [
        name,
        oracleTensor(array, kind === 'embedding' ? 'int32' : 'float32'),
      ]),
    )
  for (const oracle of readOracle(kind)) {
    const missing = missingInTensorFlowJs(oracle)
    const because = missing === undefined ? '' : ` (TF.js has ${missing})`
    it.skipIf(because !== '')(`TF.js gives the output of Keras: ${oracle.name}${because}`, () => {
      tf.tidy(() => {
        const layer = layerWithWeights(oracle)
        const inputs = read(oracle.inputs)
        runFirstBatch(layer, inputs)
        const outputs = outputsOf(oracle, layer, inputs)
        for (const [name, value] of Object.entries(outputs))
          expect(relativeError(value, oracle.outputs[name]!), name).toBeLessThan(TOLERANCE)
      })
    })
    if (missing !== undefined) continue
    const fault = GRADIENT_FAULTS[oracle.name]
    const verb = fault === undefined ? 'gives' : fault === 'throws' ? 'cannot compute' : 'misses'
    it(`TF.js ${verb} the gradients of Keras: ${oracle.name}`, () => {
      tf.tidy(() => {
        const errors = () => gradientErrors(oracle, layerWithWeights(oracle), read(oracle.inputs))
        if (fault === 'throws') expect(errors).toThrow(/not yet supported in gradients/)
        else if (fault === 'wrong') expect(errors()['x']).toBeGreaterThan(0.1)
        else for (const [name, error] of Object.entries(errors())) expect(error, name).toBeLessThan(TOLERANCE)
      })
    })
  }
})
