import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { VolumeSize } from '../../../shared/base/volume.ts'
import { ApplyProgram, type TrainedNumbers } from '../../engine/apply-program.ts'
import type { Executor } from '../../engine/executors/executor.ts'
import type { ModelFunction } from '../../engine/model-function.ts'
import { segmenterChannels } from '../../models/conv-lstm-unet.ts'
import type { JobContext } from '../task.ts'
import { type ModelSlices, resizeSlice, seenPlanes } from './model-slices.ts'
import { segmenterFeatures, withLesionProbabilities, type WindowShape } from './segmenter-program.ts'

/** Pictures up to this edge are looked at whole; larger ones in overlapping squares. */
const wholeEdge = 384
const squareEdge = 320
/** Overlap of neighbouring squares in pixels; a network of two levels and ConvLSTMs sees about as far. */
const overlap = 32

/** Compiles a segmenter for windows of any size, each once. Close it when done. */
export class WindowPrograms {
  private readonly programs = new Map<string, Promise<ApplyProgram>>()
  private readonly model: ModelFunction
  private readonly executor: Executor
  /** What height and width of a window must be divisible by. */
  readonly edgeMultiple: number

  constructor(model: ModelFunction, edgeMultiple: number, executor: Executor) {
    this.model = withLesionProbabilities(model)
    this.edgeMultiple = edgeMultiple
    this.executor = executor
  }

  async for(shape: WindowShape): Promise<ApplyProgram> {
    const key = `${shape.slices} ${shape.height} ${shape.width}`
    const program =
      this.programs.get(key) ?? ApplyProgram.create(this.model, segmenterFeatures(shape), 1, this.executor)
    this.programs.set(key, program)
    return program
  }

  async close(): Promise<void> {
    for (const program of this.programs.values()) await (await program).dispose()
    this.programs.clear()
  }
}

/** What `segmentSlices` needs beside the slices. */
export interface SegmentOptions {
  readonly programs: WindowPrograms
  readonly numbers: TrainedNumbers
  /** Slices that the network looks at together. */
  readonly window: number
  /** Rows and columns of the result. */
  readonly size: VolumeSize
  readonly context: JobContext
}

/**
 * Probability of a lesion at every voxel, by windows of slices that share their outermost ones, which either window sees from one
 * side: what several windows say is mixed, and the middle of a window counts more than its ends. Memory: the result, and as many slices as a window has.
 * @returns [slice, row, column] on the grid of the result, 0 to 255
 * @throws `AbortError`
 */
export async function segmentSlices(source: ModelSlices, options: SegmentOptions): Promise<Uint8Array> {
  const { size, context } = options
  const count = options.window
  const area = source.rows * source.columns
  const result = new Uint8Array(size.slices * size.rows * size.columns)
  const squares = squaresOf(source, options.programs.edgeMultiple)
  const sums = new Map<number, { readonly values: Float32Array; readonly weights: Float32Array }>()
  const planes = new SliceCache(source, count)
  const finish = (slice: number): void => {
    const { values, weights } = defined(sums.get(slice), 'every slice lies in a window')
    for (let i = 0; i < area; i++) values[i] = (values[i] ?? 0) / (weights[i] ?? 1)
    const own = resizeSlice(values, [source.rows, source.columns], [size.rows, size.columns])
    const start = slice * size.rows * size.columns
    for (let i = 0; i < own.length; i++) result[start + i] = Math.round(255 * (own[i] ?? 0))
    sums.delete(slice)
  }
  const starts = windowStarts(source.slices, count)
  for (const [i, first] of starts.entries()) {
    for (const square of squares) {
      throwIfAborted(context.signal)
      const { program, probabilities } = await applyWindow(planes, first, square, options)
      for (let k = 0; k < Math.min(count, source.slices); k++) {
        const slice = first + k
        const sum = sums.get(slice) ?? { values: new Float32Array(area), weights: new Float32Array(area) }
        sums.set(slice, sum)
        addSquare(sum, probabilities.subarray(k * program, (k + 1) * program), square, source, depthWeight(k, count))
      }
      await setImmediate()
    }
    const next = starts[i + 1] ?? source.slices
    for (let slice = first; slice < next; slice++) if (sums.has(slice)) finish(slice)
    context.report({ stage: 'Segmenting', done: Math.min(next, source.slices), total: source.slices })
  }
  return result
}

/** First slices of the windows, which share their outermost slices; the last one ends with the last slice. */
export function windowStarts(slices: number, window: number): number[] {
  const last = Math.max(0, slices - window)
  const step = Math.max(1, window - 1)
  const starts: number[] = []
  for (let first = 0; first < last; first += step) starts.push(first)
  return [...starts, last]
}

/** The middle slices of a window see most of what is around them. */
function depthWeight(k: number, window: number): number {
  return Math.min(k + 1, window - k)
}

/** A part of a slice that goes through the network; where it is larger than the slice the edge is repeated. */
interface Square {
  readonly row: number
  readonly column: number
  readonly height: number
  readonly width: number
}

function squaresOf({ rows, columns }: ModelSlices, multiple: number): Square[] {
  const along = (count: number): { starts: number[]; edge: number } => {
    const up = (edge: number): number => Math.ceil(edge / multiple) * multiple
    if (count <= wholeEdge) return { starts: [0], edge: up(count) }
    const edge = up(squareEdge)
    const parts = Math.ceil((count - overlap) / (edge - overlap))
    return { edge, starts: Array.from({ length: parts }, (_, i) => Math.round((i * (count - edge)) / (parts - 1))) }
  }
  const [down, right] = [along(rows), along(columns)]
  return down.starts.flatMap((row) =>
    right.starts.map((column) => ({ row, column, height: down.edge, width: right.edge })),
  )
}

async function applyWindow(
  planes: SliceCache,
  first: number,
  { row, column, height, width }: Square,
  { programs, numbers, window }: SegmentOptions,
): Promise<{ program: number; probabilities: Float32Array }> {
  const { slices, rows, columns, hasEarlier } = planes.source
  const area = rows * columns
  const x = new Float32Array(window * height * width * segmenterChannels)
  for (let k = 0, to = 0; k < window; k++) {
    const values = planes.get(Math.min(slices - 1, first + k))
    for (let r = 0; r < height; r++) {
      const start = Math.min(rows - 1, row + r) * columns
      for (let c = 0; c < width; c++, to += segmenterChannels) {
        const at = start + Math.min(columns - 1, column + c)
        x[to] = values[at] ?? 0
        if (!hasEarlier) continue
        x[to + 1] = values[area + at] ?? 0
        x[to + 2] = values[2 * area + at] ?? 0
        x[to + 3] = 1
      }
    }
  }
  const program = await programs.for({ slices: window, height, width })
  const { probabilities } = await program.run(numbers, { x }, 1)
  return { program: height * width, probabilities: defined(probabilities, 'a segmenter yields probabilities') }
}

function addSquare(
  { values, weights }: { readonly values: Float32Array; readonly weights: Float32Array },
  found: Float32Array,
  { row, column, height, width }: Square,
  { rows, columns }: ModelSlices,
  weight: number,
): void {
  const ramp = (i: number, start: number, edge: number, count: number): number =>
    Math.min(1, start === 0 ? 1 : (i + 1) / overlap, start + edge >= count ? 1 : (edge - i) / overlap)
  for (let r = 0; r < height && row + r < rows; r++) {
    const down = weight * ramp(r, row, height, rows)
    for (let c = 0; c < width && column + c < columns; c++) {
      const share = down * ramp(c, column, width, columns)
      const at = (row + r) * columns + column + c
      values[at] = (values[at] ?? 0) + share * (found[r * width + c] ?? 0)
      weights[at] = (weights[at] ?? 0) + share
    }
  }
}

/** Slices that were read last. */
class SliceCache {
  readonly source: ModelSlices
  private readonly kept = new Map<number, Float32Array>()
  private readonly most: number

  constructor(source: ModelSlices, most: number) {
    this.source = source
    this.most = most
  }

  get(slice: number): Float32Array {
    const found = this.kept.get(slice)
    if (found) return found
    const oldest = this.kept.size >= this.most ? this.kept.keys().next().value : undefined
    const values =
      (oldest === undefined ? undefined : this.kept.get(oldest)) ??
      new Float32Array(seenPlanes * this.source.rows * this.source.columns)
    if (oldest !== undefined) this.kept.delete(oldest)
    this.source.read(slice, values)
    this.kept.set(slice, values)
    return values
  }
}
