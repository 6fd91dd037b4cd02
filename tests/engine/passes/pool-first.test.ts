import { beforeAll, describe, expect, it } from 'vitest'
import { runKernelGraph } from '../../../electron/engine/executors/reference-executor.ts'
import type { Graph } from '../../../electron/engine/graph.ts'
import { sizeOf } from '../../../electron/engine/graph.ts'
import { optimise } from '../../../electron/engine/passes/optimise.ts'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import { trace, type InputSpec } from '../../../electron/engine/trace/trace.ts'
import { expectSameTensors } from '../compare-tensors.ts'
import { executorFor, testDevices } from '../devices-under-test.ts'
import { randomNumbers } from '../random-tensor.ts'

type Inputs = { readonly [name: string]: tf.Tensor }
type Block = (inputs: Inputs) => tf.Tensor

const x = (i: Inputs): tf.Tensor4D => i['x'] as tf.Tensor4D
const filter = (i: Inputs): tf.Tensor4D => i['filter'] as tf.Tensor4D
const bias = (i: Inputs): tf.Tensor1D => i['bias'] as tf.Tensor1D
const sums = (i: Inputs): tf.Tensor4D => tf.conv2d(x(i), filter(i), 1, 'same')

const specs: InputSpec[] = [
  { name: 'x', shape: [2, 7, 8, 3], dtype: 'float32' },
  { name: 'filter', shape: [3, 3, 3, 4], dtype: 'float32' },
  { name: 'bias', shape: [4], dtype: 'float32' },
]

const blocks: readonly { readonly what: string; readonly block: Block; readonly isPooledFirst: boolean }[] = [
  {
    what: 'convolution, bias, rectifier, pooling',
    block: (i) => tf.maxPool(tf.relu(tf.add(sums(i), bias(i)) as tf.Tensor4D), 2, 2, 'valid'),
    isPooledFirst: true,
  },
  {
    what: 'the bias on the left, overlapping windows with padding',
    block: (i) => tf.maxPool(tf.relu(tf.add(bias(i), sums(i)) as tf.Tensor4D), 3, 2, 'same'),
    isPooledFirst: true,
  },
  {
    what: 'a bias without a rectifier, every pixel its own window',
    block: (i) => tf.maxPool(tf.add(sums(i), bias(i)) as tf.Tensor4D, 2, 1, 'valid'),
    isPooledFirst: true,
  },
  {
    what: 'a rectifier without a bias',
    block: (i) => tf.maxPool(tf.relu(sums(i)), 2, 2, 'same'),
    isPooledFirst: true,
  },
  {
    what: 'pixels that are used beside the pooling too',
    block: (i) => {
      const pixels = tf.relu(tf.add(sums(i), bias(i)) as tf.Tensor4D)
      return tf.concat([tf.maxPool(pixels, 2, 2, 'valid').flatten(), tf.square(pixels).flatten()])
    },
    isPooledFirst: false,
  },
  {
    what: 'two rectifiers, one after the other',
    block: (i) => tf.maxPool(tf.relu(tf.add(tf.relu(sums(i)), bias(i)) as tf.Tensor4D), 2, 2, 'valid'),
    isPooledFirst: false,
  },
  {
    what: 'a number for every column, which stays before the pooling',
    block: (i) =>
      tf.maxPool(tf.relu(tf.add(sums(i), tf.reshape(tf.sum(x(i), [0, 1, 3]), [8, 1])) as tf.Tensor4D), 2, 2, 'valid'),
    isPooledFirst: true,
  },
]

/** The block and its gradients, each place of the result with a weight of its own. */
function withGradients(block: Block): Graph {
  return trace((inputs) => {
    const names = specs.map(({ name }) => name)
    const weighted = (result: tf.Tensor): tf.Tensor => {
      const weights = tf.linspace(0.5, 2, result.size).reshape(result.shape)
      return tf.sum(tf.mul(result, weights))
    }
    // TF.js refuses gradients of what is not used, so the bias counts in every block.
    const gradient = tf.grads((...given: tf.Tensor[]) => {
      const result = block(Object.fromEntries(names.map((name, k) => [name, given[k] as tf.Tensor])))
      return tf.add(weighted(result), tf.sum(given[2] as tf.Tensor))
    })
    const found = gradient(names.map((name) => inputs[name] as tf.Tensor))
    return {
      result: block(inputs),
      ...Object.fromEntries(names.map((name, k) => [`gradient of ${name}`, found[k] as tf.Tensor])),
    }
  }, specs)
}

/** Whole numbers: many pixels of a window are equal, and every sum is exact. */
function wholeNumbers(): Record<string, { shape: readonly number[]; dtype: 'float32'; values: Float32Array }> {
  const next = randomNumbers(5)
  const draw = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: sizeOf(shape) }, () => Math.floor(next() * 4) - 2)
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, { shape, dtype: 'float32' as const, values: draw(shape) }]),
  )
}

beforeAll(() => tf.setBackend('cpu'))

describe.each(testDevices)('pooling before bias and rectifier on %s', (device) => {
  it.each(blocks)('changes neither values nor gradients: $what', async ({ block, isPooledFirst }) => {
    const graph = withGradients(block)
    const feeds = wholeNumbers()
    const expected = runKernelGraph(graph, feeds)
    const program = await executorFor(device).prepare(graph)
    expectSameTensors(await program.run(feeds), expected, { relative: 1e-6 })
    await program.dispose()

    const optimised = optimise(graph)
    expectSameTensors(runKernelGraph(optimised, feeds), expected, { relative: 1e-6 })
    const wide = optimised.nodes.filter(
      ({ kernel, outputs }) =>
        ['Relu', 'Step'].includes(kernel) &&
        sizeOf(optimised.values[outputs[0] as number]?.shape ?? []) === 2 * 7 * 8 * 4,
    )
    expect(wide.length === 0).toBe(isPooledFirst)
  })
})
