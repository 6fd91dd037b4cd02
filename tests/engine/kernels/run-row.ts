import { tf } from '../../../electron/engine/tensorflow-js.ts'
import type { Graph, TensorData, TensorValues } from '../../../electron/engine/graph.ts'
import type { NamedTensors } from '../../../electron/engine/executors/executor.ts'
import { sizeOf } from '../../../electron/engine/graph.ts'
import { trace, type InputSpec } from '../../../electron/engine/trace/trace.ts'
import { floats } from '../random-tensor.ts'
import type { KernelRow, Tensors } from './kernel-row.ts'

/** A row made ready: what it is fed with, and the program that yields its outputs and gradients. */
export interface PreparedRow {
  readonly row: KernelRow
  readonly variant: RowVariant
  readonly feeds: NamedTensors
  /** Outputs and gradients. */
  readonly program: (inputs: Tensors) => Tensors
  /** Outputs alone. */
  readonly forward: (inputs: Tensors) => Tensors
  /** Inputs whose gradients are among the outputs, as `gradient x`. */
  readonly differentiated: readonly string[]
}

/** How a row is tried: as it is, or between two convolutions, which keep their values channels first. */
export type RowVariant = 'plain' | 'sandwich'

/** The variants that make sense for a row. */
export function variantsOf(row: KernelRow): RowVariant[] {
  const tall = Object.values(row.inputs).some((make, i) => {
    const { shape, dtype } = make(i)
    return dtype === 'float32' && shape.length >= 4 && shape.length <= 5 && sizeOf(shape) > 0
  })
  return (row.sandwich ?? tall) ? ['plain', 'sandwich'] : ['plain']
}

/** Filter of a convolution over single pixels; each output is a mean of inputs, so it stays in their range. */
function mixingFilter(rank: number, channels: number): tf.Tensor {
  const weights = Array.from({ length: channels * channels }, (_, i) => {
    const [from, to] = [Math.floor(i / channels), i % channels]
    return 1 + ((from * 3 + to * 5) % 7)
  })
  const sums = Array.from({ length: channels }, (_, to) =>
    Array.from({ length: channels }, (_, from) => weights[from * channels + to] as number).reduce((a, b) => a + b, 0),
  )
  return tf.tensor(
    weights.map((w, i) => w / (sums[i % channels] as number)),
    [...new Array<number>(rank - 2).fill(1), channels, channels],
  )
}

function mixChannels(x: tf.Tensor): tf.Tensor {
  if (x.dtype !== 'float32' || (x.rank !== 4 && x.rank !== 5)) return x
  const filter = mixingFilter(x.rank, x.shape.at(-1) as number)
  return x.rank === 4
    ? tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid')
    : tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, 'valid')
}

function runProgram(row: KernelRow, variant: RowVariant, inputs: Tensors): tf.Tensor[] {
  const mix = variant === 'sandwich' ? mixChannels : (x: tf.Tensor): tf.Tensor => x
  const outputs = row.program(Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, mix(x)])))
  return (Array.isArray(outputs) ? (outputs as tf.Tensor[]) : [outputs as tf.Tensor]).map(mix)
}

/** Makes the inputs of a row and, where it has a gradient, weights for the sum of its outputs. */
export function prepareRow(row: KernelRow, variant: RowVariant): PreparedRow {
  const data = Object.fromEntries(Object.entries(row.inputs).map(([name, make], i) => [name, make(11 + 7 * i)]))
  const differentiated =
    row.gradient === false ? [] : Object.keys(data).filter((name) => data[name]?.dtype === 'float32')
  const outputTypes = tf.tidy(() =>
    runProgram(row.oracle ? { ...row, program: row.oracle } : row, variant, toTensors(data)).map((t) => ({
      shape: t.shape,
      t: t.dtype,
    })),
  )
  const weights: [string, TensorData][] = outputTypes.flatMap(({ shape, t }, i): [string, TensorData][] =>
    t === 'float32' && differentiated.length > 0 ? [[`weight${i}`, floats(shape, -0.8, 1.2)(91 + i)]] : [],
  )
  const forward = (inputs: Tensors): Tensors =>
    Object.fromEntries(runProgram(row, variant, inputs).map((t, i) => [`output ${i}`, t]))
  const program = (inputs: Tensors): Tensors => {
    const results: { [name: string]: tf.Tensor } = { ...forward(inputs) }
    if (weights.length === 0) return results
    const loss = (...values: tf.Tensor[]): tf.Scalar => {
      const varied = {
        ...inputs,
        ...Object.fromEntries(differentiated.map((name, i) => [name, values[i] as tf.Tensor])),
      }
      const terms = runProgram(row, variant, varied).flatMap((output, i) => {
        const weight = inputs[`weight${i}`]
        return weight ? [tf.sum(tf.mul(output, weight))] : []
      })
      return terms.reduce((sum, term) => tf.add(sum, term)) as tf.Scalar
    }
    const gradients = tf.grads(loss)(differentiated.map((name) => inputs[name] as tf.Tensor))
    differentiated.forEach((name, i) => (results[`gradient ${name}`] = gradients[i] as tf.Tensor))
    return results
  }
  return { row, variant, feeds: { ...data, ...Object.fromEntries(weights) }, program, forward, differentiated }
}

function toTensors(data: NamedTensors): Tensors {
  return Object.fromEntries(
    Object.entries(data).map(([name, { values, shape, dtype }]) => [name, tf.tensor(values, [...shape], dtype)]),
  )
}

/** The row's graph. */
export function traceRow(prepared: PreparedRow): Graph {
  const { feeds, program } = prepared
  const specs: InputSpec[] = Object.entries(feeds).map(([name, { shape, dtype }]) => ({ name, shape, dtype }))
  return trace(({ ...inputs }) => program(inputs), specs)
}

/** What TF.js's own CPU kernels make of the row, without any tracing; finite differences where its gradient is wrong. */
export function expectedResults(given: PreparedRow): NamedTensors {
  const { oracle } = given.row
  const prepared = oracle ? prepareRow({ ...given.row, program: oracle }, given.variant) : given
  const { row, feeds, program, forward, differentiated } = prepared
  const results = evaluate(row.tfjsGradientWrong === undefined ? program : forward, feeds)
  if (row.tfjsGradientWrong === undefined) return results
  return {
    ...results,
    ...Object.fromEntries(differentiated.map((name) => [`gradient ${name}`, finiteDifferences(prepared, name)])),
  }
}

function evaluate(program: (inputs: Tensors) => Tensors, feeds: NamedTensors): NamedTensors {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(program(toTensors(feeds))).map(([name, t]) => [
        name,
        { shape: t.shape, dtype: t.dtype as TensorData['dtype'], values: t.dataSync().slice() as TensorValues },
      ]),
    ),
  )
}

/** Central differences of the weighted sum; exact up to rounding for the linear kernels they are used for. */
function finiteDifferences({ row, feeds, forward }: PreparedRow, name: string): TensorData {
  const at = feeds[name] as TensorData
  const step = row.differenceStep ?? 0.5
  const loss = (values: Float32Array): number => {
    const outputs = evaluate(forward, { ...feeds, [name]: { ...at, values } })
    return Object.entries(outputs).reduce((total, [key, { values: found }]) => {
      const weights = feeds[key.replace('output ', 'weight')]?.values
      if (!weights) return total
      return Array.from(found).reduce((sum, v, i) => sum + v * (weights[i] as number), total)
    }, 0)
  }
  const values = Float32Array.from(at.values, (value, i) => {
    const [up, down] = [Float32Array.from(at.values), Float32Array.from(at.values)]
    up[i] = value + step
    down[i] = value - step
    return (loss(up) - loss(down)) / (2 * step)
  })
  return { shape: at.shape, dtype: 'float32', values }
}
