import * as layers from '@tensorflow/tfjs-layers'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { gruSequence } from '../../../electron/engine/cells/gru.ts'
import { lstmSequence } from '../../../electron/engine/cells/lstm.ts'
import { simpleRnnSequence } from '../../../electron/engine/cells/simple-rnn.ts'
import { onnxRuntimeExecutor } from '../../../electron/engine/executors/onnxruntime-executor.ts'
import { referenceExecutor } from '../../../electron/engine/executors/reference-executor.ts'
import { sizeOf, type TensorData } from '../../../electron/engine/graph.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace, type InputSpec } from '../../../electron/engine/trace/trace.ts'

const [batch, time, features, units] = [3, 5, 4, 7]

/** Sizes of the three weights, gates per unit, and the two ways to compute the layer. */
const cells = {
  lstm: {
    gates: 4,
    own: (x: tf.Tensor3D, [kernel, recurrentKernel, bias]: tf.Tensor[], sequences: boolean) =>
      lstmSequence(x, { kernel, recurrentKernel, bias } as never, sequences),
    layer: (returnSequences: boolean) =>
      layers.layers.lstm({ units, returnSequences, inputShape: [time, features], recurrentActivation: 'sigmoid' }),
  },
  gru: {
    gates: 3,
    own: (x: tf.Tensor3D, [kernel, recurrentKernel, bias]: tf.Tensor[], sequences: boolean) =>
      gruSequence(x, { kernel, recurrentKernel, bias } as never, sequences),
    layer: (returnSequences: boolean) =>
      layers.layers.gru({ units, returnSequences, inputShape: [time, features], recurrentActivation: 'sigmoid' }),
  },
  'simple rnn': {
    gates: 1,
    own: (x: tf.Tensor3D, [kernel, recurrentKernel, bias]: tf.Tensor[], sequences: boolean) =>
      simpleRnnSequence(x, { kernel, recurrentKernel, bias } as never, sequences),
    layer: (returnSequences: boolean) =>
      layers.layers.simpleRNN({ units, returnSequences, inputShape: [time, features] }),
  },
}

function randomFeeds(specs: readonly InputSpec[]): { [name: string]: TensorData } {
  const random = new SeededRandom(11)
  return Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      { ...spec, values: Float32Array.from({ length: sizeOf(spec.shape) }, () => random.normal() * 0.6) },
    ]),
  )
}

function expectClose(actual: TensorData | undefined, expected: TensorData | undefined, tolerance: number): void {
  const scale = Math.max(...Array.from(expected?.values ?? [], Math.abs))
  expect(actual?.values.length).toBe(expected?.values.length)
  actual?.values.forEach((value, i) =>
    expect(Math.abs(value - (expected?.values[i] ?? NaN)) / scale).toBeLessThan(tolerance),
  )
}

describe.each(Object.entries(cells))('%s over a sequence', (_name, { gates, own, layer }) => {
  const specs: InputSpec[] = [
    { name: 'x', shape: [batch, time, features], dtype: 'float32' },
    { name: 'kernel', shape: [features, gates * units], dtype: 'float32' },
    { name: 'recurrent', shape: [units, gates * units], dtype: 'float32' },
    { name: 'bias', shape: [gates * units], dtype: 'float32' },
  ]
  const names = specs.map((spec) => spec.name)

  it.each([true, false])(
    'equals the TF.js layer on random weights, value and gradients (returnSequences %s, rtol 1e-5)',
    async (sequences) => {
      const weigh = (y: tf.Tensor): tf.Scalar => tf.sum(tf.mul(y, tf.sin(tf.reshape(tf.range(0, y.size), y.shape))))
      const ours = trace((inputs) => {
        const run = (...t: tf.Tensor[]): tf.Scalar => weigh(own(t[0] as tf.Tensor3D, t.slice(1), sequences))
        const { value, grads } = tf.valueAndGrads(run)(names.map((n) => inputs[n] as tf.Tensor))
        return { value, ...Object.fromEntries(grads.map((g, i) => [`d${names[i]}`, g])) }
      }, specs)
      await tf.setBackend('cpu')
      const module = layers.sequential({ layers: [layer(sequences)] })
      const weights = module.trainableWeights.map((w) => w.read())
      const outside = new Map(weights.map((w, i): [string, tf.Tensor] => [names[i + 1] as string, w]))
      const theirs = trace(
        (inputs) => {
          const variables = weights as tf.Variable[]
          const x = inputs.x as tf.Tensor
          const value = weigh(module.apply(x) as tf.Tensor)
          const dx = tf.grad((t) => weigh(module.apply(t) as tf.Tensor))(x)
          const { grads } = tf.variableGrads(() => weigh(module.apply(x) as tf.Tensor), variables)
          return {
            value,
            dx,
            ...Object.fromEntries(variables.map((v, i) => [`d${names[i + 1]}`, grads[v.name] as tf.Tensor])),
          }
        },
        specs,
        outside,
      )
      const feeds = randomFeeds(specs)
      const expected = await (await referenceExecutor.prepare(theirs)).run(feeds)
      const actual = await (await onnxRuntimeExecutor('cpu').prepare(ours)).run(feeds)
      for (const name of ['value', ...names.map((n) => `d${n}`)]) expectClose(actual[name], expected[name], 1e-5)
      module.dispose()
    },
  )
})
