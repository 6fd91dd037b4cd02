import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { DataType, Graph, GraphNode, TensorData, TensorValues } from '../graph.ts'
import { tf } from '../tensorflow-js.ts'
import type { Executor, NamedTensors } from './executor.ts'

/** Kernels whose inputs TF.js takes as a list. */
const listKernels = new Set(['Concat', 'Pack', 'AddN', 'Einsum'])

function toTensor(data: TensorData): tf.Tensor {
  return tf.tensor(data.values, [...data.shape], data.dtype)
}

/** For each node, the values that nobody reads after it. */
function lastUses(graph: Graph): number[][] {
  const last = new Map<number, number>()
  graph.nodes.forEach((node, index) => node.inputs.forEach((input) => last.set(input.value, index)))
  const keep = new Set(graph.outputs.map((output) => output.value))
  const ends: number[][] = graph.nodes.map(() => [])
  for (const [value, index] of last) if (!keep.has(value)) ends[index]?.push(value)
  return ends
}

function runNode(node: GraphNode, tensors: Map<number, tf.Tensor>): void {
  const read = (value: number): tf.Tensor => defined(tensors.get(value), 'values are made before they are used')
  const inputs = listKernels.has(node.kernel)
    ? node.inputs.map((input) => read(input.value))
    : Object.fromEntries(node.inputs.map((input) => [input.name, read(input.value)]))
  const result: tf.Tensor | tf.Tensor[] = tf
    .engine()
    .runKernel(node.kernel, inputs as unknown as tf.NamedTensorMap, node.attrs as unknown as tf.NamedAttrMap)
  const outputs = Array.isArray(result) ? result : [result]
  node.outputs.forEach((value, i) =>
    tensors.set(value, defined(outputs[i], 'TF.js yields as many tensors as were traced')),
  )
}

/**
 * Runs a traced graph kernel by kernel on whichever TF.js backend is active; intermediate tensors are freed after
 * their last use.
 */
export function runKernelGraph(graph: Graph, feeds: NamedTensors): NamedTensors {
  const ends = lastUses(graph)
  const tensors = new Map<number, tf.Tensor>()
  tf.engine().startScope()
  try {
    for (const [value, data] of graph.constants) tensors.set(value, toTensor(data))
    for (const { name, value } of graph.inputs) {
      const data = feeds[name]
      if (!data)
        throw new AppError('engine/missing-feed', `The program needs a value for its input "${name}".`, { name })
      tensors.set(value, toTensor(data))
    }
    graph.nodes.forEach((node, index) => {
      runNode(node, tensors)
      for (const value of ends[index] ?? []) {
        tensors.get(value)?.dispose()
        tensors.delete(value)
      }
    })
    return Object.fromEntries(
      graph.outputs.map(({ name, value }) => {
        const tensor = defined(tensors.get(value), 'outputs are made by the graph')
        return [
          name,
          { shape: tensor.shape, dtype: tensor.dtype as DataType, values: tensor.dataSync().slice() as TensorValues },
        ]
      }),
    )
  } finally {
    tf.engine().endScope()
  }
}

/** TF.js's own CPU kernels, one after the other: slow, and the yardstick of the tests. */
export const referenceExecutor: Executor = {
  device: 'reference',
  prepare: async (graph) => {
    await tf.setBackend('cpu')
    return {
      run: async (feeds) => {
        await tf.setBackend('cpu')
        return runKernelGraph(graph, feeds)
      },
      dispose: () => Promise.resolve(),
    }
  },
}
