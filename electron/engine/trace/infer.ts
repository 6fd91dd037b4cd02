import { AppError } from '../../../shared/base/app-error.ts'
import type { Attribute, DataType, ValueType } from '../graph.ts'

/** A kernel call as shape inference sees it: input types by the kernel's own names, and its attributes. */
export interface KernelCall {
  readonly kernel: string
  readonly inputs: { readonly [name: string]: ValueType }
  readonly attrs: { readonly [name: string]: Attribute }
}

/** Works out the types of what a kernel yields, by the rules of TF.js. */
export type InferTypes = (call: KernelCall) => ValueType | readonly ValueType[]

/** The type of a required input. */
export function input(call: KernelCall, name: string): ValueType {
  const type = call.inputs[name]
  if (type) return type
  throw new AppError('engine/kernel-input', `TF.js kernel ${call.kernel} was called without its input "${name}".`, {
    kernel: call.kernel,
  })
}

/** The inputs of a kernel that takes a list, in order. */
export function listInputs(call: KernelCall): ValueType[] {
  return Object.keys(call.inputs)
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => input(call, name))
}

/** An attribute, in the type the kernel documents. */
export function attr<T>(call: KernelCall, name: string): T {
  return call.attrs[name] as T
}

/** Axes as sorted non-negative indices; none given means all. */
export function resolveAxes(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  const axes =
    axis === null || axis === undefined ? [...Array(rank).keys()] : typeof axis === 'number' ? [axis] : [...axis]
  return [...new Set(axes.map((a) => (a < 0 ? a + rank : a)))].sort((a, b) => a - b)
}

/** Shape after numpy-style broadcasting. @throws `engine/shape` when the shapes do not fit */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1)
      throw new AppError('engine/shape', `Shapes [${a.join(', ')}] and [${b.join(', ')}] cannot be broadcast together.`)
    return x === 1 ? y : x
  })
}

/** TF.js's common type of two operands: float32 above int32 above bool. */
export function upcast(a: DataType, b: DataType): DataType {
  if (a === 'float32' || b === 'float32') return 'float32'
  return a === 'int32' || b === 'int32' ? 'int32' : 'bool'
}
