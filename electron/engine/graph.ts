/** Sample types that compiled programs use; TF.js `complex64` and `string` are refused while tracing. */
export type DataType = 'float32' | 'int32' | 'bool'

/** Values of a tensor in row-major order; `bool` is stored as 0 or 1. */
export type TensorValues = Float32Array | Int32Array | Uint8Array

/** A concrete tensor: what is fed to a program and what it gives back. */
export interface TensorData {
  readonly shape: readonly number[]
  readonly dtype: DataType
  readonly values: TensorValues
}

/** Shape and sample type of a value that exists only while a program runs. */
export interface ValueType {
  readonly shape: readonly number[]
  readonly dtype: DataType
}

/** A plain attribute of a TF.js kernel. */
export type Attribute = number | string | boolean | null | readonly Attribute[] | { readonly [name: string]: Attribute }

/**
 * One TF.js kernel call. `inputs` keep the kernel's own names (`x`, `filter`, `dy`); kernels that take a list
 * (Concat, Pack, AddN) name them `0`, `1`, ... Values are indices into `Graph.values`.
 */
export interface GraphNode {
  readonly kernel: string
  readonly inputs: readonly { readonly name: string; readonly value: number }[]
  readonly attrs: { readonly [name: string]: Attribute }
  readonly outputs: readonly number[]
}

/** A value with a name that callers use. */
export interface NamedValue {
  readonly name: string
  readonly value: number
}

/**
 * A traced TF.js program: kernel calls in an order in which each value is made before it is used.
 * Every value is an input, a constant, or the output of exactly one node.
 */
export interface Graph {
  readonly values: readonly ValueType[]
  readonly constants: ReadonlyMap<number, TensorData>
  readonly nodes: readonly GraphNode[]
  readonly inputs: readonly NamedValue[]
  readonly outputs: readonly NamedValue[]
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** The value indices a node reads, in order. */
export function inputValues(node: GraphNode): number[] {
  return node.inputs.map((input) => input.value)
}
