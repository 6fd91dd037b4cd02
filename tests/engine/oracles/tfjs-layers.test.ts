import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { layerKinds, layerWithWeights, oracleTensor } from './oracle-layer.ts'
import { missingInTensorFlowJs, relativeError, runGradients, runLayer } from './oracle-program.ts'
import { readOracle, type OracleArrays } from './read-oracle.ts'

// Proves that the oracles and TF.js mean the same by each option.
// float32 against float64: 1e-4 of the largest value, for sums of some hundred products at most.
const TOLERANCE = 1e-4

/** Cases whose gradient TF.js 4.22 lacks (throws) or computes wrongly on its cpu backend, by Keras's gradient; for
 *  `nearest` finite differences of TF.js's own output say so too. */
const GRADIENT_FAULTS: Readonly<Record<string, 'throws' | 'wrong'>> = {
  'same, dilation 2': 'throws', // fused convolution refuses dilation
  'average1d, same': 'wrong', // divides border windows by the full window
  'average2d, same': 'wrong',
  'average3d, same': 'wrong',
  'max3d, same': 'wrong', // takes the height for the width of windows that are not square
  'max3d, valid': 'wrong',
  'nearest, 2x3': 'wrong', // rounds the window's start down by one for some rows
}

/** Relative error of each tensor, by name. */
function errorsOf(found: tf.NamedTensorMap, expected: OracleArrays): Record<string, number> {
  return Object.fromEntries(
    Object.entries(found).map(([name, tensor]) => [
      name,
      relativeError({ shape: tensor.shape, values: tensor.dataSync() }, expected[name]!),
    ]),
  )
}

beforeAll(() => tf.setBackend('cpu'))
afterAll(() => tf.disposeVariables())

describe.each(layerKinds)('%s', (kind) => {
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
        const outputs = runLayer(oracle, layerWithWeights(oracle), read(oracle.inputs))
        for (const [name, error] of Object.entries(errorsOf(outputs, oracle.outputs)))
          expect(error, name).toBeLessThan(TOLERANCE)
      })
    })
    if (missing !== undefined) continue
    const fault = GRADIENT_FAULTS[oracle.name]
    const verb = fault === undefined ? 'gives' : fault === 'throws' ? 'cannot compute' : 'misses'
    it(`TF.js ${verb} the gradients of Keras: ${oracle.name}`, () => {
      tf.tidy(() => {
        const run = () => runGradients(oracle, layerWithWeights(oracle), read(oracle.inputs))
        if (fault === 'throws') {
          expect(run).toThrow(/not yet supported in gradients/)
          return
        }
        const errors = errorsOf(run(), oracle.gradients)
        if (fault === 'wrong') expect(errors['x']).toBeGreaterThan(0.1)
        else for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(TOLERANCE)
      })
    })
  }
})
