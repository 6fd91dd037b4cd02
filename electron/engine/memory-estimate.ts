import { freemem } from 'node:os'
import { AppError } from '../../shared/base/app-error.ts'
import { inputValues, sizeOf, type Graph } from './graph.ts'

/** Bytes of one element; `bool` is stored in a byte. */
const elementBytes = { float32: 4, int32: 4, bool: 1 } as const

/**
 * Memory that a graph needs at its peak when its nodes run in order and each tensor is freed after its last use, in
 * bytes. What a runtime adds (transposed copies, work space of convolutions) is not counted, so it is a lower bound.
 */
export function estimatePeakBytes(graph: Graph): number {
  const bytesOf = (value: number): number => {
    const type = graph.values[value]
    return type ? sizeOf(type.shape) * elementBytes[type.dtype] : 0
  }
  const lastUse = new Map<number, number>()
  graph.nodes.forEach((node, index) => inputValues(node).forEach((value) => lastUse.set(value, index)))
  const kept = new Set([...graph.outputs, ...graph.inputs].map(({ value }) => value))
  let live = [...graph.inputs.map(({ value }) => value), ...graph.constants.keys()].reduce(
    (sum, value) => sum + bytesOf(value),
    0,
  )
  let peak = live
  graph.nodes.forEach((node, index) => {
    live += node.outputs.reduce((sum, value) => sum + bytesOf(value), 0)
    peak = Math.max(peak, live)
    for (const value of new Set([...inputValues(node), ...node.outputs]))
      if ((lastUse.get(value) ?? index) === index && !kept.has(value) && !graph.constants.has(value))
        live -= bytesOf(value)
  })
  return peak
}

/** Memory this process may still take, in bytes: what the machine has free, or less inside a container. */
export function availableBytes(): number {
  const { availableMemory } = process as { availableMemory?: () => number }
  return availableMemory ? availableMemory() : freemem()
}

/**
 * Refuses a program that cannot fit, before anything is allocated, and says which batch size would.
 * @throws `compute/out-of-memory` with `batchThatFits` (0 when not even one sample fits)
 */
export function requireMemory(graph: Graph, batch: number, available: number = availableBytes()): void {
  const needed = estimatePeakBytes(graph)
  if (needed <= available) return
  const fits = Math.floor((batch * available) / needed)
  const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)
  const remedy =
    fits >= 1
      ? `A batch of ${fits} would fit.`
      : 'Not even one sample fits; use smaller frames, shorter sequences or fewer filters.'
  throw new AppError(
    'compute/out-of-memory',
    `A batch of ${batch} needs at least ${gigabytes(needed)} GiB of memory, and ${gigabytes(available)} GiB are free. ${remedy}`,
    { batch, needed, available, batchThatFits: fits },
  )
}
