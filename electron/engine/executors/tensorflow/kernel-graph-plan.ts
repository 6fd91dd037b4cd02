import { AppError } from '../../../../shared/base/app-error.ts'
import { defined } from '../../../../shared/base/assert.ts'
import type { Graph, NamedValue } from '../../graph.ts'
import { inputValues, sizeOf } from '../../graph.ts'
import type { NamedTensors } from '../executor.ts'

/** An output that becomes the value of an input in the next run and meanwhile stays in the backend's memory. */
export interface CarriedValue {
  readonly output: string
  readonly input: string
}

/** Kernels of a graph that a backend does not have, each named once, in order. */
export function missingKernels(graph: Graph, hasKernel: (kernel: string) => boolean): string[] {
  return [...new Set(graph.nodes.map((node) => node.kernel))].filter((name) => !hasKernel(name)).sort()
}

/** @throws `engine/missing-kernel` naming all kernels the backend lacks */
export function requireKernels(graph: Graph, backend: string, hasKernel: (kernel: string) => boolean): void {
  const missing = missingKernels(graph, hasKernel)
  if (missing.length === 0) return
  throw new AppError(
    'engine/missing-kernel',
    `Backend "${backend}" cannot run this model: it lacks the TF.js kernels ${missing.join(', ')}. Choose another device.`,
    { backend, kernels: missing },
  )
}

/** @throws `engine/carried-type` when a carried value names no input or output, or their types differ */
export function requireCarriedType(graph: Graph, { input, output }: CarriedValue): void {
  const from = graph.outputs.find((named) => named.name === output)
  const into = graph.inputs.find((named) => named.name === input)
  const [fromType, intoType] = [from && graph.values[from.value], into && graph.values[into.value]]
  if (fromType && intoType && describeType(fromType) === describeType(intoType)) return
  throw new AppError(
    'engine/carried-type',
    `Output "${output}" (${fromType ? describeType(fromType) : 'absent'}) cannot be carried to input ` +
      `"${input}" (${intoType ? describeType(intoType) : 'absent'}); both must exist and have the same type.`,
    { input, output },
  )
}

/** For each node, the values that no later node and no caller needs. */
export function planLastUses(graph: Graph): number[][] {
  const lastUse = new Map<number, number>()
  graph.nodes.forEach((node, index) => {
    for (const value of [...inputValues(node), ...node.outputs]) lastUse.set(value, index)
  })
  for (const { value } of graph.outputs) lastUse.delete(value)
  for (const value of graph.constants.keys()) lastUse.delete(value)
  // Inputs are freed by the scope (or kept, when carried): a value may be one and an output of the graph at once.
  for (const { value } of graph.inputs) lastUse.delete(value)
  const freed: number[][] = graph.nodes.map(() => [])
  for (const [value, index] of lastUse) freed[index]?.push(value)
  return freed
}

/**
 * Compares feeds with the inputs of a graph.
 * @param present inputs that have a value already and may be left out
 * @throws `engine/missing-feed`, `engine/unknown-feed`, `engine/feed-type`
 */
export function requireFeeds(graph: Graph, feeds: NamedTensors, present: { has(name: string): boolean }): void {
  for (const name of Object.keys(feeds)) {
    if (!graph.inputs.some((input) => input.name === name))
      throw new AppError('engine/unknown-feed', `The program has no input "${name}".`, { name })
  }
  for (const { name, value } of graph.inputs) {
    const expected = defined(graph.values[value], 'inputs are values of the graph')
    const fed = feeds[name]
    if (!fed) {
      if (present.has(name)) continue
      throw new AppError('engine/missing-feed', `Input "${name}" (${describeType(expected)}) was not given.`, { name })
    }
    if (describeType(fed) === describeType(expected) && fed.values.length === sizeOf(fed.shape)) continue
    throw new AppError(
      'engine/feed-type',
      `Input "${name}" must be ${describeType(expected)}, got ${describeType(fed)} with ${fed.values.length} values.`,
      { name, expected: expected.shape, found: fed.shape },
    )
  }
}

/** The output of this name. @throws `engine/unknown-output` */
export function outputValue(graph: Graph, name: string): NamedValue {
  const output = graph.outputs.find((named) => named.name === name)
  if (output) return output
  const known = graph.outputs.map((named) => named.name)
  throw new AppError('engine/unknown-output', `The program has no output "${name}"; it has ${known.join(', ')}.`, {
    name,
    known,
  })
}

/** A type as error messages show it: `float32 [2, 3]`. */
export function describeType(type: { readonly shape: readonly number[]; readonly dtype: string }): string {
  return `${type.dtype} [${type.shape.join(', ')}]`
}
