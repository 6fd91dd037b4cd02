import * as layersApi from '@tensorflow/tfjs-layers'
import { tf } from '../../../electron/engine/tensorflow-js.ts'
import type { NamedTensors } from '../../../electron/engine/executors/executor.ts'
import type { CarriedValue } from '../../../electron/engine/executors/tensorflow/kernel-graph-plan.ts'
import { KernelProgram } from '../../../electron/engine/executors/tensorflow/run-kernel-graph.ts'
import type { Graph, TensorData } from '../../../electron/engine/graph.ts'
import { removeDeadCode } from '../../../electron/engine/passes/dead-code.ts'
import { trace, type InputSpec } from '../../../electron/engine/trace/trace.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'

/** A traced program with random inputs; `carried` leads each updated weight back to its input. */
export interface TestProgram {
  readonly graph: Graph
  readonly feeds: NamedTensors
  readonly carried: readonly CarriedValue[]
}

/** Random values that tell axes, gates and elements apart. */
export function randomTensor(shape: readonly number[], seed: number, scale = 1): TensorData {
  const random = new SeededRandom(seed)
  const size = shape.reduce((product, length) => product * length, 1)
  return { shape, dtype: 'float32', values: Float32Array.from({ length: size }, () => random.normal() * scale) }
}

/**
 * One training step (loss, gradients, plain gradient descent) of a tf.layers model, weights as inputs.
 * @param inputShape `[batch, ...]`
 */
export function trainingStep(
  layers: layersApi.layers.Layer[],
  inputShape: readonly number[],
  seed: number,
): TestProgram {
  const model = layersApi.sequential({ layers })
  const batch = inputShape[0] ?? 1
  const targetShape = [batch, ...model.outputShape.slice(1)] as number[]
  const weights = model.trainableWeights.map((weight, index) => ({
    name: `weight${index}`,
    variable: weight.read() as tf.Variable,
  }))
  const specs: InputSpec[] = [
    { name: 'x', shape: inputShape, dtype: 'float32' },
    { name: 'target', shape: targetShape, dtype: 'float32' },
    ...weights.map(({ name, variable }) => ({ name, shape: variable.shape, dtype: 'float32' as const })),
  ]
  const graph = trace(
    ({ x, target }) => {
      const variables = weights.map(({ variable }) => variable)
      const loss = (): tf.Scalar => {
        const difference = tf.sub(model.apply(x as tf.Tensor, { training: true }) as tf.Tensor, target as tf.Tensor)
        return tf.mean(tf.square(difference))
      }
      const { value, grads } = tf.variableGrads(loss, variables)
      const outputs: { [name: string]: tf.Tensor } = { loss: value }
      for (const { name, variable } of weights) {
        const gradient = grads[variable.name] as tf.Tensor
        outputs[`gradient/${name}`] = gradient
        outputs[`next/${name}`] = tf.sub(variable, tf.mul(gradient, 0.05))
      }
      return outputs
    },
    specs,
    new Map(weights.map(({ name, variable }) => [name, variable])),
  )
  const feeds = Object.fromEntries(
    specs.map(({ name, shape }, index) => [name, randomTensor(shape, seed + index, name.startsWith('w') ? 0.3 : 1)]),
  )
  const carried = weights.map(({ name }) => ({ output: `next/${name}`, input: name }))
  model.dispose()
  return { graph, feeds, carried }
}

/** The loss of a linear model, and its weight after one step of descent. */
export function descentProgram(): TestProgram {
  const specs: InputSpec[] = [
    { name: 'x', shape: [4, 3], dtype: 'float32' },
    { name: 'target', shape: [4, 2], dtype: 'float32' },
    { name: 'weight', shape: [3, 2], dtype: 'float32' },
  ]
  const graph = trace(({ x, target, weight }) => {
    const lossOf = (w: tf.Tensor): tf.Scalar =>
      tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor, w), target as tf.Tensor)))
    const { value, grad } = tf.valueAndGrad(lossOf)(weight as tf.Tensor)
    return { loss: value, next: tf.sub(weight as tf.Tensor, tf.mul(grad, 0.1)) }
  }, specs)
  const feeds = Object.fromEntries(specs.map(({ name, shape }, index) => [name, randomTensor(shape, 70 + index)]))
  return { graph, feeds, carried: [{ output: 'next', input: 'weight' }] }
}

/** A recurrence over 4 steps from a state of ones, with reshapes and slices that name the batch. */
export function recurrence(batch: number): Graph {
  return trace(
    ({ x, weight }) => {
      let state: tf.Tensor = tf.ones([batch, 2])
      for (let step = 0; step < 4; step++) {
        const now = tf.reshape(tf.slice(x as tf.Tensor3D, [0, step, 0], [batch, 1, 3]), [batch, 3])
        state = tf.tanh(tf.matMul(tf.concat([now, state], 1), weight as tf.Tensor2D))
      }
      return { state }
    },
    [
      { name: 'x', shape: [batch, 4, 3], dtype: 'float32' },
      { name: 'weight', shape: [5, 2], dtype: 'float32' },
    ],
  )
}

/** Value and input gradients of a function of several tensors; the output is weighted so that its elements differ. */
export function valueAndGradients(
  run: (...inputs: tf.Tensor[]) => tf.Tensor,
  shapes: readonly (readonly number[])[],
  seed: number,
): TestProgram {
  const specs = shapes.map((shape, index) => ({ name: `input${index}`, shape, dtype: 'float32' as const }))
  const graph = trace((inputs) => {
    const tensors = specs.map(({ name }) => inputs[name] as tf.Tensor)
    const weighted = (...args: tf.Tensor[]): tf.Scalar => {
      const y = run(...args)
      const weights = tf.tensor(randomTensor(y.shape, seed + 99).values, y.shape)
      return tf.sum(tf.mul(y, weights))
    }
    const gradients = tf.grads(weighted)(tensors)
    return {
      value: run(...tensors),
      objective: weighted(...tensors),
      ...Object.fromEntries(gradients.map((gradient, index) => [`gradient${index}`, gradient])),
    }
  }, specs)
  const feeds = Object.fromEntries(specs.map(({ name, shape }, index) => [name, randomTensor(shape, seed + index)]))
  return { graph, feeds, carried: [] }
}

/**
 * The gradients of a `valueAndGradients` program by central differences of its objective, on TF.js's own CPU kernels:
 * an oracle where the gradient kernels of TF.js are wrong themselves.
 */
export function centralDifferences({ graph, feeds }: TestProgram): NamedTensors {
  const outputs = graph.outputs.filter(({ name }) => name === 'objective')
  const forward = new KernelProgram(tf, 'cpu', removeDeadCode({ ...graph, outputs }))
  const objectiveAt = (name: string, index: number, change: number): number => {
    const fed = feeds[name] as TensorData
    const values = Float32Array.from(fed.values, (value, i) => (i === index ? value + change : value))
    return forward.run({ ...feeds, [name]: { ...fed, values } })['objective']?.values[0] ?? NaN
  }
  const step = 1e-2
  const gradients = Object.entries(feeds).map(([name, { shape, values }], input) => {
    const slopes = Float32Array.from(
      values,
      (_, index) => (objectiveAt(name, index, step) - objectiveAt(name, index, -step)) / (2 * step),
    )
    return [`gradient${input}`, { shape, dtype: 'float32', values: slopes }] as const
  })
  forward.dispose()
  return Object.fromEntries(gradients)
}

/**
 * Largest difference of two results relative to the largest magnitude of the expected tensor: float32 sums in another
 * order differ by the magnitude of what is summed, not by that of each element.
 */
export function largestRelativeDifference(found: NamedTensors, expected: NamedTensors): number {
  let worst = 0
  for (const [name, { values, shape }] of Object.entries(expected)) {
    const other = found[name]
    if (!other || other.shape.join() !== shape.join()) return Infinity
    const scale = Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6)
    values.forEach((value, index) => {
      const difference = Math.abs(value - (other.values[index] ?? NaN)) / scale
      worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference)
    })
  }
  return worst
}
