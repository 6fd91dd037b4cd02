import { AppError } from '../../../../shared/base/app-error.ts'
import { defined } from '../../../../shared/base/assert.ts'
import { sizeOf, type Attribute, type Graph, type GraphNode, type TensorData, type ValueType } from '../../graph.ts'
import type { NamedTensors } from '../executor.ts'

/**
 * The program for the batch size of these feeds, worked out from the same program traced at two sizes: every length
 * and attribute that differs between the two grows linearly with the batch.
 * @returns `graph` itself when the feeds have its size, or when the two do not differ
 * @throws `engine/batch` when something in the program does not follow the batch linearly
 */
export function graphAtBatch(graph: Graph, otherBatch: Graph, feeds: NamedTensors): Graph {
  const position = positionOf(graph, otherBatch, feeds)
  if (position === 0) return graph
  const values = graph.values.map((type, index) => typeAt(type, valueOf(otherBatch, index), position))
  return {
    ...graph,
    values,
    nodes: graph.nodes.map((node, index) => nodeAt(node, otherBatch.nodes[index], position)),
    constants: new Map(
      [...graph.constants].map(([index, data]) => {
        const other = defined(otherBatch.constants.get(index), 'both traces record the same constants')
        return [index, constantAt(data, other, defined(values[index], 'constants are values').shape)]
      }),
    ),
  }
}

/** Where the feeds' batch lies: 0 at `graph`, 1 at `otherBatch`. */
function positionOf(graph: Graph, otherBatch: Graph, feeds: NamedTensors): number {
  for (const { name, value } of graph.inputs) {
    const [here, there] = [valueOf(graph, value).shape, valueOf(otherBatch, value).shape]
    const axis = here.findIndex((length, i) => length !== there[i])
    const fed = feeds[name]?.shape[axis]
    const [start, end] = [here[axis], there[axis]]
    if (fed === undefined || start === undefined || end === undefined) continue
    return (fed - start) / (end - start)
  }
  return 0
}

function valueOf(graph: Graph, value: number): ValueType {
  return defined(graph.values[value], 'both traces record the same values')
}

function numberAt(here: number, there: number, position: number): number {
  if (here === there) return here
  const number = here + (there - here) * position
  // Lengths and offsets only: a factor such as 1/batch differs too, but not linearly.
  if (Number.isInteger(here) && Number.isInteger(there) && Math.abs(number - Math.round(number)) < 1e-6)
    return Math.round(number)
  throw notLinear()
}

function typeAt(here: ValueType, there: ValueType, position: number): ValueType {
  const shape = here.shape.map((length, axis) => numberAt(length, there.shape[axis] ?? NaN, position))
  return { ...here, shape }
}

function nodeAt(here: GraphNode, there: GraphNode | undefined, position: number): GraphNode {
  if (there?.kernel !== here.kernel) throw notLinear()
  return { ...here, attrs: attributeAt(here.attrs, there.attrs, position) as GraphNode['attrs'] }
}

function attributeAt(here: Attribute, there: Attribute | undefined, position: number): Attribute {
  if (typeof here === 'number' && typeof there === 'number') return numberAt(here, there, position)
  if (typeof here !== 'object' || here === null) {
    if (here === there) return here
    throw notLinear()
  }
  if (typeof there !== 'object' || there === null) throw notLinear()
  if (isList(here)) {
    if (!isList(there) || there.length !== here.length) throw notLinear()
    return here.map((item, index) => attributeAt(item, there[index], position))
  }
  if (isList(there)) throw notLinear()
  return Object.fromEntries(
    Object.entries(here).map(([name, item]) => [name, attributeAt(item, there[name], position)]),
  )
}

function isList(value: Attribute): value is readonly Attribute[] {
  return Array.isArray(value)
}

function constantAt(here: TensorData, there: TensorData, shape: readonly number[]): TensorData {
  const first = here.values[0] ?? 0
  const hasOneValue = (data: TensorData): boolean => Array.from(data.values).every((value) => value === first)
  if (here.shape.join() === there.shape.join()) {
    if (here.values.every((value, index) => Object.is(value, there.values[index]))) return here
    throw notLinear()
  }
  // An initial state: one number, spread over the batch.
  if (hasOneValue(here) && hasOneValue(there)) {
    const Type = here.dtype === 'float32' ? Float32Array : here.dtype === 'int32' ? Int32Array : Uint8Array
    return { ...here, shape, values: new Type(sizeOf(shape)).fill(first) }
  }
  throw notLinear()
}

function notLinear(): AppError {
  return new AppError(
    'engine/batch',
    'This program cannot be run at another batch size than it was compiled for: something in it depends on the ' +
      'batch in another way than by its length. Feed it batches of the compiled size.',
  )
}
