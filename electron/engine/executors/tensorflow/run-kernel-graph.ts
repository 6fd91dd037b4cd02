import type * as tfjs from '@tensorflow/tfjs-core'
import { AppError } from '../../../../shared/base/app-error.ts'
import { defined } from '../../../../shared/base/assert.ts'
import type { DataType, Graph, GraphNode, TensorData } from '../../graph.ts'
import type { NamedTensors } from '../executor.ts'
import {
  describeType,
  outputValue,
  planLastUses,
  requireCarriedType,
  requireFeeds,
  requireKernels,
  type CarriedValue,
} from './kernel-graph-plan.ts'

/** The part of `@tensorflow/tfjs-core` that running a graph needs; the executor's own copy of it is handed in. */
export type TensorFlowJs = Pick<
  typeof tfjs,
  'engine' | 'tensor' | 'tidy' | 'keep' | 'getKernel' | 'getBackend' | 'setBackend'
>

type KernelInputs = Parameters<ReturnType<TensorFlowJs['engine']>['runKernel']>[1]

/**
 * A graph made ready to run, kernel by kernel, on any TF.js backend: `cpu` (the reference) or `tensorflow`.
 * Constants and carried values stay in the backend's memory until `dispose`; every other tensor is freed after its
 * last use, so the peak is that of the widest point of the graph. A run is synchronous.
 */
export class KernelProgram {
  private readonly tf: TensorFlowJs
  private readonly backend: string
  private readonly graph: Graph
  private readonly carried: readonly CarriedValue[]
  /** Which values die after each node. */
  private readonly freedAfter: readonly (readonly number[])[]
  private readonly constants = new Map<number, tfjs.Tensor>()
  private readonly state = new Map<string, tfjs.Tensor>()

  /**
   * @param backend name of a TF.js backend that `tf` has registered
   * @throws `engine/missing-kernel` when the backend lacks kernels of the graph (all of them are named)
   * @throws `engine/carried-type` when a carried value names no input or output, or their types differ
   */
  constructor(tf: TensorFlowJs, backend: string, graph: Graph, carried: readonly CarriedValue[] = []) {
    this.tf = tf
    this.backend = backend
    this.graph = graph
    this.carried = carried
    requireKernels(graph, backend, (kernel) => tf.getKernel(kernel, backend) !== undefined)
    for (const pair of carried) requireCarriedType(graph, pair)
    this.freedAfter = planLastUses(graph)
    this.onBackend(() => {
      for (const [value, data] of graph.constants) this.constants.set(value, this.tf.keep(toTensor(this.tf, data)))
    })
  }

  /**
   * Runs the graph once.
   * @param feeds   tensors for the inputs; a carried input may be left out once it has a value, and is overwritten when fed
   * @param fetches outputs to return (default: all that are not carried)
   * @returns       new arrays, owned by the caller
   * @throws `engine/missing-feed`, `engine/unknown-feed`, `engine/feed-type`, `engine/unknown-output`,
   *         `engine/kernel-failed`, `engine/kernel-type`, `compute/out-of-memory`
   */
  run(feeds: NamedTensors, fetches?: readonly string[]): NamedTensors {
    requireFeeds(this.graph, feeds, this.state)
    const wanted = (fetches ?? this.defaultFetches()).map((name) => outputValue(this.graph, name))
    return this.onBackend(() => {
      // The scope frees whatever is still alive when a kernel fails.
      this.tf.engine().startScope('graph')
      try {
        const live = this.bindInputs(feeds)
        this.graph.nodes.forEach((node, index) => {
          this.runNode(node, live)
          for (const value of this.freedAfter[index] ?? []) {
            live.get(value)?.dispose()
            live.delete(value)
          }
        })
        const results = wanted.map(({ name, value }) => [name, toTensorData(liveTensor(live, value))] as const)
        this.carryOver(live)
        return Object.fromEntries(results)
      } finally {
        this.tf.engine().endScope()
      }
    })
  }

  /** Copies the present values of all carried inputs, by input name; those never fed are left out. */
  readState(): NamedTensors {
    return this.onBackend(() =>
      Object.fromEntries([...this.state].map(([name, tensor]) => [name, toTensorData(tensor)] as const)),
    )
  }

  /** Frees constants and carried values; the program cannot run afterwards. */
  dispose(): void {
    for (const tensor of [...this.constants.values(), ...this.state.values()]) tensor.dispose()
    this.constants.clear()
    this.state.clear()
  }

  private defaultFetches(): string[] {
    const carriedNames = new Set(this.carried.map((pair) => pair.output))
    return this.graph.outputs.map((output) => output.name).filter((name) => !carriedNames.has(name))
  }

  private bindInputs(feeds: NamedTensors): Map<number, tfjs.Tensor> {
    for (const { input } of this.carried) {
      const fed = feeds[input]
      if (!fed) continue
      this.state.get(input)?.dispose()
      // The `cpu` backend keeps the very array it is given, and the caller may reuse his.
      this.state.set(input, this.tf.keep(toTensor(this.tf, { ...fed, values: fed.values.slice() })))
    }
    const live = new Map(this.constants)
    for (const { name, value } of this.graph.inputs) {
      const tensor = this.state.get(name) ?? toTensor(this.tf, defined(feeds[name], 'feeds were checked'))
      live.set(value, tensor)
    }
    return live
  }

  private runNode(node: GraphNode, live: Map<number, tfjs.Tensor>): void {
    const inputs = kernelInputs(node, live)
    // Kernels copy list attributes they change, but some TF.js kernels sort `axis` in place.
    const attrs = structuredClone(node.attrs) as Parameters<ReturnType<TensorFlowJs['engine']>['runKernel']>[2]
    let result: tfjs.Tensor[]
    try {
      // Some kernels are made of several operations; `tidy` frees what they leave behind.
      result = [this.tf.tidy(() => this.tf.engine().runKernel(node.kernel, inputs, attrs))].flat()
    } catch (error) {
      throw kernelError(node, this.backend, error)
    }
    node.outputs.forEach((value, index) => {
      const tensor = result[index]
      requireType(this.graph, node, value, tensor)
      if (tensor) live.set(value, tensor)
    })
    for (const surplus of result.slice(node.outputs.length)) surplus.dispose()
  }

  private carryOver(live: ReadonlyMap<number, tfjs.Tensor>): void {
    const next = this.carried.map(({ input, output }) => {
      const tensor = liveTensor(live, outputValue(this.graph, output).value)
      // An own handle (it shares the data): the same tensor may be a constant, a feed, or carried twice.
      return [input, this.tf.keep(this.tf.engine().runKernel<tfjs.Tensor>('Identity', { x: tensor }))] as const
    })
    for (const [input, tensor] of next) {
      this.state.get(input)?.dispose()
      this.state.set(input, tensor)
    }
  }

  private onBackend<T>(body: () => T): T {
    const before = this.tf.getBackend()
    // Takes effect at once: the backends used here have synchronous factories.
    if (before !== this.backend) void this.tf.setBackend(this.backend)
    try {
      return body()
    } finally {
      if (before && before !== this.backend) void this.tf.setBackend(before)
    }
  }
}

/**
 * Runs a graph once on a TF.js backend and frees everything it used. See `KernelProgram` for what it throws.
 * @returns all outputs, as new arrays owned by the caller
 */
export function runKernelGraph(tf: TensorFlowJs, backend: string, graph: Graph, feeds: NamedTensors): NamedTensors {
  const program = new KernelProgram(tf, backend, graph)
  try {
    return program.run(feeds)
  } finally {
    program.dispose()
  }
}

function kernelInputs(node: GraphNode, live: ReadonlyMap<number, tfjs.Tensor>): KernelInputs {
  const isList = node.inputs.length > 0 && node.inputs.every(({ name }) => /^\d+$/.test(name))
  if (!isList) return Object.fromEntries(node.inputs.map(({ name, value }) => [name, liveTensor(live, value)]))
  const ordered = [...node.inputs].sort((a, b) => Number(a.name) - Number(b.name))
  return ordered.map(({ value }) => liveTensor(live, value)) as unknown as KernelInputs
}

function liveTensor(live: ReadonlyMap<number, tfjs.Tensor>, value: number): tfjs.Tensor {
  return defined(live.get(value), 'nodes are in topological order and outputs are never freed during a run')
}

function requireType(graph: Graph, node: GraphNode, value: number, tensor: tfjs.Tensor | undefined): void {
  const expected = describeType(defined(graph.values[value], 'nodes yield values of the graph'))
  const found = tensor ? describeType(tensor) : 'nothing'
  if (found === expected) return
  throw new AppError(
    'engine/kernel-type',
    `TF.js kernel ${node.kernel} yielded ${found} where the traced program expects ${expected}.`,
    { kernel: node.kernel, expected, found },
  )
}

function kernelError(node: GraphNode, backend: string, error: unknown): AppError {
  const text = error instanceof Error ? error.message : String(error)
  const details = { kernel: node.kernel, backend }
  // TensorFlow's ResourceExhausted message, and V8's for arrays.
  if (/OOM when allocating|Array buffer allocation failed|Invalid typed array length/.test(text)) {
    const message = `Not enough memory for TF.js kernel ${node.kernel} on backend "${backend}" (${text}). Choose a smaller batch.`
    return new AppError('compute/out-of-memory', message, details, { cause: error })
  }
  const message = `TF.js kernel ${node.kernel} failed on backend "${backend}": ${text}`
  return new AppError('engine/kernel-failed', message, details, { cause: error })
}

function toTensor(tf: TensorFlowJs, data: TensorData): tfjs.Tensor {
  return tf.tensor(data.values, [...data.shape], data.dtype)
}

function toTensorData(tensor: tfjs.Tensor): TensorData {
  const dtype = tensor.dtype as DataType
  const values: ArrayLike<number> = tensor.dataSync()
  const Type = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
  // Always a copy: the `cpu` backend hands out its own array.
  return { shape: [...tensor.shape], dtype, values: Type.from(values) }
}
