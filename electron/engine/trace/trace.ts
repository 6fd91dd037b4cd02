import { tf } from '../tensorflow-js.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { assert } from '../../../shared/base/assert.ts'
import type { Attribute, DataType, Graph, NamedValue, ValueType } from '../graph.ts'
import { sizeOf } from '../graph.ts'
import { arrayTypes } from './infer-array.ts'
import { convolutionTypes } from './infer-convolution.ts'
import { elementwiseTypes } from './infer-elementwise.ts'
import type { InferTypes } from './infer.ts'
import { correctGradients } from './gradients.ts'
import { finishGraph, GraphRecorder, toDataType, toTensorValues, TraceBackend } from './trace-backend.ts'

/** Name, shape and sample type of something a program is fed with. */
export interface InputSpec extends ValueType {
  readonly name: string
}

/** A TF.js program: tensors by name in, tensors by name out. It must be free of side effects and of randomness. */
export type TracedFunction = (inputs: { readonly [name: string]: tf.Tensor }) => { readonly [name: string]: tf.Tensor }

const backendName = 'chronolens-trace'
const inferByKernel: ReadonlyMap<string, InferTypes> = new Map([
  ...elementwiseTypes,
  ...arrayTypes,
  ...convolutionTypes,
])

/** Names of all TF.js kernels that can be compiled; docs/engine.md lists them. */
export function compiledKernels(): string[] {
  return [...inferByKernel.keys(), 'Fill', 'Range', 'LinSpace'].sort()
}

// On import rather than on the first trace, so that the reference and the program have the same gradients.
correctGradients()

function plainAttributes(attrs: object): { [name: string]: Attribute } {
  return Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== undefined)) as {
    [name: string]: Attribute
  }
}

function registerKernels(backend: TraceBackend): void {
  const names = new Set<string>()
  for (const value of Object.values(tf)) if (typeof value === 'string' && /^_?[A-Z]/.test(value)) names.add(value)
  for (const kernelName of names) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => runSymbolically(backend, kernelName, inputs, attrs ?? {}),
    })
  }
}

/** Fill, Range and LinSpace have no inputs: they are constants. */
function constantKernel(kernel: string, attrs: tf.NamedAttrMap): { type: ValueType; values: number[] } | undefined {
  const a = attrs as unknown as {
    shape: number[]
    value: number
    dtype?: DataType
    start: number
    stop: number
    step: number
    num: number
  }
  if (kernel === 'Fill') {
    const dtype = a.dtype ?? 'float32'
    return { type: { shape: a.shape, dtype }, values: new Array<number>(sizeOf(a.shape)).fill(Number(a.value)) }
  }
  if (kernel === 'LinSpace') {
    const values = Array.from({ length: a.num }, (_, i) => a.start + (i * (a.stop - a.start)) / Math.max(1, a.num - 1))
    return { type: { shape: [a.num], dtype: 'float32' }, values }
  }
  if (kernel === 'Range') {
    const count = Math.max(0, Math.ceil((a.stop - a.start) / a.step))
    return {
      type: { shape: [count], dtype: a.dtype ?? 'float32' },
      values: Array.from({ length: count }, (_, i) => a.start + i * a.step),
    }
  }
  return undefined
}

function runSymbolically(
  backend: TraceBackend,
  kernel: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: object,
): tf.TensorInfo | tf.TensorInfo[] {
  const constant = constantKernel(kernel, attrs as tf.NamedAttrMap)
  if (constant) {
    const { type, values } = constant
    return backend.symbol(backend.current.addConstant({ ...type, values: toTensorValues(values, type.dtype) }), type)
  }
  const infer = inferByKernel.get(kernel)
  if (!infer) {
    throw new AppError(
      'engine/unknown-kernel',
      `TF.js operation ${kernel} cannot be compiled; docs/engine.md lists the operations that can.`,
      { kernel },
    )
  }
  const present = Object.entries(inputs).filter(([, info]) => info !== null && info !== undefined) as [
    string,
    tf.TensorInfo,
  ][]
  const types = Object.fromEntries(
    present.map(([name, info]) => [
      name,
      { shape: info.shape, dtype: toDataType(info.dtype, `The input ${name} of ${kernel}`) },
    ]),
  )
  const plain = plainAttributes(attrs)
  const result = infer({ kernel, inputs: types, attrs: plain })
  const named: NamedValue[] = present.map(([name, info]) => ({ name, value: backend.valueFor(info) }))
  const outputs = Array.isArray(result) ? (result as ValueType[]) : [result as ValueType]
  const infos = backend.call(kernel, named, plain, outputs)
  return Array.isArray(result) ? infos : (infos[0] as tf.TensorInfo)
}

function traceBackend(): TraceBackend {
  const existing = tf.findBackend(backendName)
  if (existing) return existing as TraceBackend
  const backend = new TraceBackend()
  tf.registerBackend(backendName, () => backend, 0)
  registerKernels(backend)
  return backend
}

/**
 * TF.js draws random numbers when an operation is called, so a program would keep one draw for ever. Every generator of
 * TF.js without a seed of its own takes its seed from Math.random, which is therefore barred while a program runs.
 */
function withoutRandomness<T>(body: () => T): T {
  const random = Math.random
  Math.random = () => {
    throw new AppError(
      'engine/randomness',
      'The program draws random numbers while it is being compiled, so every run would get the same ones; ' +
        'make them an input of the program and feed new ones to each run.',
    )
  }
  try {
    return body()
  } finally {
    Math.random = random
  }
}

/**
 * Runs a TF.js program once on symbolic tensors and returns its graph. Gradients (`tf.grads`, `tf.variableGrads`) are
 * traced like any other operation. Tensors the program closes over become constants.
 * @param outside tensors that exist already (the variables of a tf.layers model) and stand for inputs of these names
 * @throws `engine/unknown-kernel`, `engine/data-dependent`, `engine/data-type`, `engine/shape`, `engine/randomness`;
 *   `engine/program` for what TF.js itself refuses
 */
export function trace(
  program: TracedFunction,
  specs: readonly InputSpec[],
  outside: ReadonlyMap<string, tf.Tensor> = new Map(),
): Graph {
  const backend = traceBackend()
  const before = tf.getBackend()
  const recorder = new GraphRecorder()
  void tf.setBackend(backendName) // Takes effect at once: the factory is synchronous.
  assert(tf.getBackend() === backendName, 'setting a backend with a synchronous factory is synchronous')
  try {
    tf.engine().startScope()
    return backend.record(recorder, () => {
      const feeds: { [name: string]: tf.Tensor } = {}
      for (const spec of specs) {
        const value = recorder.addValue({ shape: spec.shape, dtype: spec.dtype })
        recorder.inputs.push({ name: spec.name, value })
        const given = outside.get(spec.name)
        if (given) recorder.bind(given.dataId, value)
        else feeds[spec.name] = tf.engine().makeTensorFromTensorInfo(backend.symbol(value, spec), backend)
      }
      const results = withoutRandomness(() => program(feeds))
      const outputs = Object.entries(results).map(([name, tensor]) => ({ name, value: backend.valueFor(tensor) }))
      return finishGraph(recorder, outputs)
    })
  } catch (error) {
    if (error instanceof AppError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError(
      'engine/program',
      `TF.js refused the program while it was compiled: ${reason}`,
      {},
      { cause: error },
    )
  } finally {
    tf.engine().endScope()
    if (before) void tf.setBackend(before)
  }
}
