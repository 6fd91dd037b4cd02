import { describe, expect, it } from 'vitest'
import type { TensorData } from '../../../electron/engine/graph.ts'
import { temporalAttention } from '../../../electron/engine/layers/attention.ts'
import { convolution1d } from '../../../electron/engine/layers/convolution.ts'
import { batchNormalisation, layerNormalisation } from '../../../electron/engine/layers/normalisation.ts'
import {
  convLstm,
  bidirectional,
  gru,
  lstm,
  simpleRnn,
  type RecurrentLayer,
} from '../../../electron/engine/layers/recurrent.ts'
import { Scope, tensorsFrom } from '../../../electron/engine/scope.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace, type InputSpec } from '../../../electron/engine/trace/trace.ts'
import { executorFor, testDevices } from '../devices-under-test.ts'
import { oracleTensor } from './oracle-layer.ts'
import { relativeError } from './oracle-program.ts'
import { readOracle, type OracleArray } from './read-oracle.ts'

// float32 against float64: 1e-4 of the largest value, for sums of some hundred products at most.
const TOLERANCE = 1e-4

/** Our layer for one oracle case. */
interface OwnLayer {
  readonly kind: string
  readonly name: string
  readonly run: (scope: Scope, x: tf.Tensor) => tf.Tensor
  /** Keras's name of a weight by ours, where they differ. */
  readonly names?: Readonly<Record<string, string>>
}

const recurrent = (
  kind: string,
  name: string,
  layer: RecurrentLayer,
  options: { units?: number; sequences: boolean; reverse?: boolean },
): OwnLayer => {
  const { units = 7, sequences: returnSequences, reverse = false } = options
  return { kind, name, run: (scope, x) => layer(scope, x as tf.Tensor3D, { units, returnSequences, reverse }) }
}
const bothDirections = (name: string, layer: RecurrentLayer, sequences: boolean): OwnLayer => ({
  ...recurrent('bidirectional', name, bidirectional(layer), { units: 5, sequences }),
  names: Object.fromEntries(
    ['forward', 'backward'].flatMap((side) =>
      ['kernel', 'recurrent_kernel', 'bias'].map((weight) => [`${side}/${weight}`, `${side}_${weight}`]),
    ),
  ),
})
const normalising = (name: string): OwnLayer => ({
  kind: 'batch-normalization',
  name,
  run: (scope, x) => batchNormalisation(scope, x, 0.9, 0.001),
})

const OWN_LAYERS: readonly OwnLayer[] = [
  recurrent('simple-rnn', 'all states', simpleRnn, { sequences: true }),
  recurrent('simple-rnn', 'last state, backwards, no bias', simpleRnn, { sequences: false, reverse: true }),
  recurrent('lstm', 'all states', lstm, { sequences: true }),
  recurrent('lstm', 'last state, backwards, no bias', lstm, { sequences: false, reverse: true }),
  recurrent('gru', 'all states', gru, { sequences: true }),
  recurrent('gru', 'last state, backwards, no bias', gru, { sequences: false, reverse: true }),
  bothDirections('lstm, all states', lstm, true),
  bothDirections('lstm, last states', lstm, false),
  bothDirections('gru, all states', gru, true),
  {
    kind: 'conv-lstm2d',
    name: 'all states',
    run: (scope, x) => convLstm(scope, x as tf.Tensor5D, { filters: 4, kernelSize: 3, returnSequences: true }),
  },
  normalising('training, 4-D'),
  normalising('training, 2-D'),
  normalising('inference, 4-D'),
  { kind: 'layer-normalization', name: 'last axis', run: (scope, x) => layerNormalisation(scope, x, 0.001) },
  {
    kind: 'attention',
    name: 'pooled over time',
    run: (scope, x) => temporalAttention(scope, x as tf.Tensor3D, 3).context,
    names: { query: 'score' },
  },
  {
    kind: 'conv1d',
    name: 'same, kernel 4',
    run: (scope, x) => tf.relu(convolution1d(scope, x as tf.Tensor3D, { filters: 3, kernelSize: 4 })),
  },
]

const data = ({ shape, data: values }: OracleArray): TensorData => ({
  shape,
  dtype: 'float32',
  values: Float32Array.from(values),
})
const spec = (name: string, { shape }: OracleArray): InputSpec => ({ name, shape, dtype: 'float32' })

describe.each(testDevices)('our own layers on %s', (device) => {
  it.each(OWN_LAYERS)('$kind equals Keras in outputs and gradients: $name', async ({ kind, name, run, names = {} }) => {
    const oracle = readOracle(kind).find((one) => one.name === name)!
    const graph = trace(
      ({ x, ...weights }) => {
        const states: Record<string, tf.Tensor> = {}
        const evaluate = (input: tf.Tensor, given: Readonly<Record<string, tf.Tensor>>): tf.Tensor => {
          const lookup = (asked: string): tf.Tensor | undefined => {
            const own = asked.slice(asked.indexOf(':') + 1)
            const found = given[names[own] ?? own]
            // a case without bias is our layer with a bias of zero
            return found ?? (own === 'bias' ? tf.zeros([oracle.weights['kernel']!.shape.at(-1)!]) : undefined)
          }
          const mode = oracle.config['training'] === true ? 'train' : 'predict'
          const scope = Scope.create(mode, tensorsFrom(lookup))
          const y = run(scope, input)
          for (const [key, value] of scope.nextStates) states[key] = tf.keep(tf.clone(value))
          scope.disposeKept()
          return y
        }
        const y = evaluate(x!, weights)
        // moving averages have no gradient, and TF.js refuses what does not reach the loss
        const list = Object.entries({ x: x!, ...weights }).filter(([key]) => oracle.gradients[key])
        const gradients = tf.grads((...values) => {
          const given = Object.fromEntries(list.map(([key], index) => [key, values[index]!]))
          const y = evaluate(given['x']!, { ...weights, ...given })
          return tf.sum(tf.mul(y, oracleTensor(oracle.lossWeights['y']!)))
        })(list.map(([, tensor]) => tensor))
        return Object.fromEntries([
          ['output:y', y] as const,
          ...Object.entries(states).map(([key, tensor]) => [`output:${key}`, tensor] as const),
          ...list.map(([key], index) => [`gradient:${key}`, gradients[index]!] as const),
        ])
      },
      [spec('x', oracle.inputs['x']!), ...Object.entries(oracle.weights).map(([key, array]) => spec(key, array))],
    )
    const executable = await executorFor(device).prepare(graph)
    const feeds = Object.entries({ x: oracle.inputs['x']!, ...oracle.weights })
    const results = await executable.run(Object.fromEntries(feeds.map(([key, array]) => [key, data(array)])))
    await executable.dispose()
    expect(
      Object.keys(results)
        .filter((key) => key.startsWith('gradient:'))
        .sort(),
    ).toEqual(
      Object.keys(oracle.gradients)
        .map((key) => `gradient:${key}`)
        .sort(),
    )
    for (const [label, found] of Object.entries(results)) {
      const [part, key] = label.split(':') as [string, string]
      const expected = (part === 'output' ? oracle.outputs : oracle.gradients)[key]!
      expect(relativeError(found, expected), label).toBeLessThan(TOLERANCE)
    }
  })
})
