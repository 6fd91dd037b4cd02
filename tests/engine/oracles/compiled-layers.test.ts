import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TensorData } from '../../../electron/engine/graph.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace, type InputSpec } from '../../../electron/engine/trace/trace.ts'
import { executorFor, testDevices } from '../devices-under-test.ts'
import { layerKinds, layerWithWeights } from './oracle-layer.ts'
import { missingInTensorFlowJs, relativeError, runGradients, runLayer } from './oracle-program.ts'
import { readOracle, type OracleCase } from './read-oracle.ts'

// float32 against float64: 1e-4 of the largest value, for sums of some hundred products at most.
const TOLERANCE = 1e-4

/** Gradients that TF.js's own layer refuses to build, so that there is nothing to compile. */
const WITHOUT_GRADIENT = new Set(['same, dilation 2'])

/** Inputs of the compiled program; the weights are constants in it. */
function feedsOf(kind: string, oracle: OracleCase): { specs: InputSpec[]; feeds: Record<string, TensorData> } {
  const dtype = kind === 'embedding' ? 'int32' : 'float32'
  const specs = Object.entries(oracle.inputs).map(([name, { shape }]) => ({ name, shape, dtype }) as InputSpec)
  const feeds = Object.entries(oracle.inputs).map(([name, { shape, data }]): [string, TensorData] => [
    name,
    { shape, dtype, values: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data) },
  ])
  return { specs, feeds: Object.fromEntries(feeds) }
}

beforeAll(() => tf.setBackend('cpu'))
afterAll(() => tf.disposeVariables())

describe.each(testDevices)('compiled for %s', (device) => {
  for (const kind of layerKinds) {
    for (const oracle of readOracle(kind)) {
      // a stateful layer assigns its state, which a program without side effects cannot; see the training program
      if (missingInTensorFlowJs(oracle) !== undefined || oracle.inputs['x1']) continue
      it(`${kind} gives the output and gradients of Keras: ${oracle.name}`, async () => {
        const { specs, feeds } = feedsOf(kind, oracle)
        const layer = layerWithWeights(oracle)
        const graph = trace((inputs) => {
          const outputs = Object.entries(runLayer(oracle, layer, inputs))
          const gradients = WITHOUT_GRADIENT.has(oracle.name) ? [] : Object.entries(runGradients(oracle, layer, inputs))
          return Object.fromEntries([
            ...outputs.map(([name, tensor]) => [`output:${name}`, tensor] as const),
            ...gradients.map(([name, tensor]) => [`gradient:${name}`, tensor] as const),
          ])
        }, specs)
        const executable = await executorFor(device).prepare(graph)
        const results = await executable.run(feeds)
        for (const [name, found] of Object.entries(results)) {
          const [part, key] = name.split(':') as [string, string]
          const expected = (part === 'output' ? oracle.outputs : oracle.gradients)[key]!
          expect(relativeError(found, expected), name).toBeLessThan(TOLERANCE)
        }
        await executable.dispose()
      })
    }
  }
})
