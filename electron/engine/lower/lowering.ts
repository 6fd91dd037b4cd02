import { assert, defined } from '../../../shared/base/assert.ts'
import type { DataType, Graph, GraphNode, TensorData, ValueType } from '../graph.ts'
import { sizeOf } from '../graph.ts'
import type { OnnxAttribute, OnnxConstant, OnnxNode } from '../onnx/onnx-model.ts'

/**
 * Where the channels of a value with four or five axes lie: `last` as in TF.js [batch, ..., channels], `first` as ONNX
 * convolutions want it [batch, channels, ...]. Values with fewer axes are always `last`.
 */
export type Layout = 'last' | 'first'

interface LoweredValue {
  last?: string
  first?: string
  /** The layout it was computed in; the other one costs a transposition. */
  readonly native: Layout
}

/** Axis order that turns channels last into channels first. */
export function toFirst(rank: number): number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]
}

/** Axis order that turns channels first into channels last. */
export function toLast(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
}

/** Moves one entry per axis (lengths, paddings, indices of axes) from channels-last to channels-first order. */
export function permute<T>(perAxis: readonly T[], perm: readonly number[]): T[] {
  return perm.map((axis) => defined(perAxis[axis], 'one entry per axis'))
}

/**
 * State of one lowering: the ONNX operators emitted so far and the names under which each value of the graph can be
 * had. A layout that is asked for and not there is made once, by a Transpose, and kept.
 */
export class Lowering {
  readonly nodes: OnnxNode[] = []
  readonly constants: OnnxConstant[] = []
  readonly graph: Graph
  /** The same program traced with another batch size; shapes that differ between the two depend on the batch. */
  private readonly otherBatch: Graph | undefined
  /** For values that are one or zero everywhere, the condition under which they are one, in their native layout. */
  readonly switches = new Map<number, string>()
  /** For values of a max pooling, the places of the largest pixels in the flat input, channels first. */
  readonly places = new Map<number, string>()
  private readonly lowered = new Map<number, LoweredValue>()
  private readonly known = new Map<string, string>()
  private counter = 0

  /** The model will run on ONNX Runtime's WebGPU provider, which lacks some forms of some operators. */
  readonly forWebGpu: boolean

  constructor(graph: Graph, otherBatch?: Graph, forWebGpu = false) {
    this.graph = graph
    this.otherBatch = otherBatch
    this.forWebGpu = forWebGpu
  }

  type(value: number): ValueType {
    return defined(this.graph.values[value], 'nodes refer to values of their own graph')
  }
  shape(value: number): readonly number[] {
    return this.type(value).shape
  }
  rank(value: number): number {
    return this.shape(value).length
  }

  /** Appends an operator with several outputs and returns their names. */
  ops(
    type: string,
    inputs: readonly string[],
    attributes: { readonly [name: string]: OnnxAttribute },
    count: number,
  ): string[] {
    const outputs = Array.from({ length: count }, () => `/v${this.counter++}`)
    this.nodes.push({ type, inputs, outputs, attributes })
    return outputs
  }
  /** Appends an operator and returns the name of its output; an equal earlier one is used again. */
  op(type: string, inputs: readonly string[], attributes: { readonly [name: string]: OnnxAttribute } = {}): string {
    const key = `${type}(${inputs.join(',')})${JSON.stringify(attributes)}`
    const earlier = this.known.get(key)
    if (earlier !== undefined) return earlier
    const name = defined(this.ops(type, inputs, attributes, 1)[0], 'one output was asked for')
    this.known.set(key, name)
    return name
  }

  /** A constant tensor; equal small ones are shared. */
  tensor(data: { shape: readonly number[]; dtype: DataType | 'int64'; values: OnnxConstant['values'] }): string {
    const key =
      data.values.length <= 64
        ? `${data.dtype}[${data.shape.join(',')}]${Array.from(data.values, String).join(',')}`
        : undefined
    const earlier = key === undefined ? undefined : this.known.get(key)
    if (earlier !== undefined) return earlier
    const name = `/c${this.constants.length}`
    this.constants.push({ name, ...data })
    if (key !== undefined) this.known.set(key, name)
    return name
  }
  int64(values: readonly number[]): string {
    return this.tensor({ shape: [values.length], dtype: 'int64', values: BigInt64Array.from(values, BigInt) })
  }
  scalar(value: number, dtype: DataType = 'float32'): string {
    const Type = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
    return this.tensor({ shape: [], dtype, values: new Type([value]) })
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.op('Reshape', [name, this.int64(shape)])
  }
  transpose(name: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? name : this.op('Transpose', [name], { perm })
  }
  cast(name: string, to: DataType | 'int64'): string {
    return this.op('Cast', [name], { to: { float32: 1, int32: 6, int64: 7, bool: 9 }[to] })
  }

  /** Says where a value was computed, and in which layout. */
  set(value: number, name: string, layout: Layout = 'last'): void {
    const usable = this.rank(value) < 4 ? 'last' : layout
    this.lowered.set(value, { [usable]: name, native: usable })
  }
  /** The value with TF.js's axis order. */
  last(value: number): string {
    const entry = this.entry(value)
    entry.last ??= this.transpose(defined(entry.first, 'a value has at least one layout'), toLast(this.rank(value)))
    return entry.last
  }
  /** The value with channels first; it must have four or five axes. */
  first(value: number): string {
    const entry = this.entry(value)
    if (entry.first !== undefined) return entry.first
    const shape = this.shape(value)
    const name = defined(entry.last, 'a value has at least one layout')
    const channels = defined(shape.at(-1), 'it has axes')
    const moves = sizeOf(shape.slice(1, -1)) > 1 && channels > 1
    // With one channel, or one pixel, the memory is the same in both orders.
    entry.first =
      moves || this.otherBatch
        ? this.transpose(name, toFirst(shape.length))
        : this.reshape(name, permute(shape, toFirst(shape.length)))
    return entry.first
  }
  /** The layout a value was computed in. */
  nativeLayout(value: number): Layout {
    return this.entry(value).native
  }
  at(value: number, layout: Layout): string {
    return layout === 'first' ? this.first(value) : this.last(value)
  }

  /** The layout in which an operation on these values, which does not care, needs no transposition. */
  bestLayout(values: readonly number[], rank: number): Layout {
    if (rank < 4) return 'last'
    return values.some((value) => this.rank(value) === rank && this.entry(value).native === 'first') ? 'first' : 'last'
  }

  /** An operand that is broadcast against a value of the given rank, in that value's layout. */
  operand(value: number, rank: number, layout: Layout): string {
    const shape = this.shape(value)
    if (layout === 'last' || sizeOf(shape) === 1) return this.last(value)
    if (shape.length === rank) return this.first(value)
    const padded = [...new Array<number>(rank - shape.length).fill(1), ...shape]
    const moved = permute(padded, toFirst(rank))
    const isVector = padded.filter((n) => n > 1).length <= 1
    if (isVector) return this.reshape(this.last(value), moved)
    return this.transpose(this.reshape(this.last(value), padded), toFirst(rank))
  }

  /** The lengths of a value for a Reshape that must also work at other batch sizes: -1 where they depend on the batch. */
  reshapeTarget(value: number): number[] {
    const shape = [...this.shape(value)]
    const other = this.otherBatch?.values[value]?.shape
    if (!other) return shape
    const differing = shape.filter((n, i) => n !== other[i]).length
    assert(differing <= 1, 'at most one axis of a reshaped value depends on the batch')
    return shape.map((n, i) => (n === other[i] ? n : -1))
  }

  constantData(value: number): TensorData | undefined {
    return this.graph.constants.get(value)
  }

  /** A constant whose size follows the batch (an initial state): one number, spread over the shape at run time. */
  private batchConstant(value: number, data: TensorData): string | undefined {
    const other = this.otherBatch?.values[value]?.shape
    if (!other || data.shape.every((n, i) => n === other[i])) return undefined
    const first = data.values[0] ?? 0
    const source = this.graph.inputs.find(
      (input) => this.shape(input.value)[0] !== this.otherBatch?.values[input.value]?.shape[0],
    )
    assert(
      source !== undefined && data.values.every((v) => v === first),
      'a constant that depends on the batch is one number everywhere',
    )
    const batch = this.op('Shape', [this.last(source.value)], { start: 0, end: 1 })
    const lengths = data.shape.map((n, i) => (n === other[i] ? this.int64([n]) : batch))
    return this.op('Expand', [this.scalar(first, data.dtype), this.op('Concat', lengths, { axis: 0 })])
  }

  private entry(value: number): LoweredValue {
    const known = this.lowered.get(value)
    if (known) return known
    const constant = defined(this.graph.constants.get(value), 'values are made before they are used')
    const entry: LoweredValue = { last: this.batchConstant(value, constant) ?? this.tensor(constant), native: 'last' }
    this.lowered.set(value, entry)
    return entry
  }
}

/** Lowers one kernel call: emits operators and calls `set` for every output of the node. */
export type LowerKernel = (node: GraphNode, low: Lowering) => void

/** The value a node reads under one of the kernel's input names. */
export function inputOf(node: GraphNode, name: string): number {
  return defined(optionalInput(node, name), `kernel ${node.kernel} has the input ${name}`)
}

/** Like `inputOf`, for an input that may be left out. */
export function optionalInput(node: GraphNode, name: string): number | undefined {
  return node.inputs.find((input) => input.name === name)?.value
}

/** The value a node with one output makes. */
export function outputOf(node: GraphNode): number {
  return defined(node.outputs[0], `kernel ${node.kernel} has an output`)
}

/** An attribute that is a word, or what stands for it when it is absent. */
export function textAttribute(node: GraphNode, name: string, otherwise: string): string {
  const value = node.attrs[name]
  return typeof value === 'string' ? value : otherwise
}
