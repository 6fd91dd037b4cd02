import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { openFileSource, type FileSource } from '../file-source.ts'
import { fromHalf } from '../geotiff/decode-block.ts'
import { swapBytes } from '../geotiff/predictor.ts'
import { readNpyHeader, type NpyHeader } from './npy-header.ts'

/** An opened .npy file; parts of it are read without the rest. */
export interface NpyArray {
  readonly path: string
  readonly header: NpyHeader
  /**
   * The numbers of a box, in C order (last axis fastest) whatever the file's order is; booleans as 0 and 1.
   * @param starts first index by axis
   * @param sizes  count by axis
   * @throws `npy/outside`, `AbortError`
   */
  readBox(starts: readonly number[], sizes: readonly number[], signal?: AbortSignal): Promise<Float64Array>
  /** Lets go of the file until the next read. */
  rest(): Promise<void>
  close(): Promise<void>
}

/** Opens an .npy file; only its header is read. @throws `npy/not-npy`, `npy/truncated`, `npy/unsupported`, `formats/not-found` */
export async function openNpy(path: string): Promise<NpyArray> {
  const source = await openFileSource(path)
  try {
    return new OpenedNpy(source, await readNpyHeader(source))
  } catch (error) {
    await source.close()
    throw error
  }
}

// Reading a little more than needed beats many small reads, up to this many bytes at once.
const readAtOnceBytes = 8 * 1024 * 1024

class OpenedNpy implements NpyArray {
  readonly path: string
  readonly header: NpyHeader
  private readonly source: FileSource

  constructor(source: FileSource, header: NpyHeader) {
    this.path = source.path
    this.header = header
    this.source = source
  }

  async readBox(starts: readonly number[], sizes: readonly number[], signal?: AbortSignal): Promise<Float64Array> {
    const { shape } = this.header
    const isInside =
      starts.length === shape.length &&
      sizes.length === shape.length &&
      shape.every((side, axis) => {
        const [start = -1, size = -1] = [starts[axis], sizes[axis]]
        return Number.isInteger(start) && Number.isInteger(size) && start >= 0 && size >= 0 && start + size <= side
      })
    if (!isInside)
      throw new AppError(
        'npy/outside',
        `A part of ${sizes.join(' × ')} at ${starts.join(', ')} does not lie in "${this.path}", which is ${shape.join(' × ')}.`,
        { path: this.path, starts: [...starts], sizes: [...sizes] },
      )
    const result = new Float64Array(sizes.reduce((product, size) => product * size, 1))
    if (result.length > 0) await this.readInto(result, starts, sizes, signal)
    return result
  }

  async rest(): Promise<void> {
    await this.source.rest()
  }

  async close(): Promise<void> {
    await this.source.close()
  }

  /** Walks the axes from the slowest in the file; the wanted part of the fastest ones is read in one piece. */
  private async readInto(
    result: Float64Array,
    starts: readonly number[],
    sizes: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { shape, fortranOrder } = this.header
    const axes = shape.map((_, axis) => axis)
    const slowestFirst = fortranOrder ? axes.reverse() : axes
    const fileSteps = stepsOf(shape, slowestFirst)
    const resultSteps = stepsOf(
      sizes,
      sizes.map((_, axis) => axis),
    )
    const walk = async (depth: number, from: number, to: number): Promise<void> => {
      throwIfAborted(signal)
      const axis = slowestFirst[depth]
      const span = this.spanOf(depth, slowestFirst, sizes, fileSteps)
      if (axis === undefined || span <= readAtOnceBytes / this.header.sampleBytes) {
        const piece = await this.readRun(from + this.firstOf(depth, slowestFirst, starts, fileSteps), span)
        scatter(piece, result, slowestFirst.slice(depth), sizes, fileSteps, resultSteps, to)
        return
      }
      const [start = 0, size = 0] = [starts[axis], sizes[axis]]
      for (let i = 0; i < size; i++)
        await walk(depth + 1, from + (start + i) * (fileSteps[axis] ?? 0), to + i * (resultSteps[axis] ?? 0))
    }
    await walk(0, 0, 0)
  }

  /** Distance in samples from the first to behind the last wanted one, over the axes from `depth` on. */
  private spanOf(depth: number, order: readonly number[], sizes: readonly number[], steps: readonly number[]): number {
    return order.slice(depth).reduce((span, axis) => span + ((sizes[axis] ?? 1) - 1) * (steps[axis] ?? 0), 1)
  }

  private firstOf(
    depth: number,
    order: readonly number[],
    starts: readonly number[],
    steps: readonly number[],
  ): number {
    return order.slice(depth).reduce((sum, axis) => sum + (starts[axis] ?? 0) * (steps[axis] ?? 0), 0)
  }

  private async readRun(first: number, count: number): Promise<ArrayLike<number>> {
    const { sampleBytes, dataOffset, littleEndian } = this.header
    const bytes = await this.source.read(dataOffset + first * sampleBytes, count * sampleBytes)
    if (!littleEndian) swapBytes(bytes, sampleBytes)
    return numbersOf(bytes, this.header)
  }
}

/** Distance between neighbours along each axis, in samples, when the axes are laid out slowest first. */
function stepsOf(shape: readonly number[], slowestFirst: readonly number[]): number[] {
  const steps = shape.map(() => 0)
  let step = 1
  for (const axis of [...slowestFirst].reverse()) {
    steps[axis] = step
    step *= shape[axis] ?? 1
  }
  return steps
}

function scatter(
  piece: ArrayLike<number>,
  result: Float64Array,
  axes: readonly number[],
  sizes: readonly number[],
  fileSteps: readonly number[],
  resultSteps: readonly number[],
  base: number,
): void {
  const copy = (depth: number, from: number, to: number): void => {
    const axis = axes[depth]
    if (axis === undefined) {
      result[to] = piece[from] as number
      return
    }
    const [size = 0, fileStep = 0, resultStep = 0] = [sizes[axis], fileSteps[axis], resultSteps[axis]]
    if (depth === axes.length - 1)
      for (let i = 0; i < size; i++) result[to + i * resultStep] = piece[from + i * fileStep] as number
    else for (let i = 0; i < size; i++) copy(depth + 1, from + i * fileStep, to + i * resultStep)
  }
  copy(0, 0, base)
}

function numbersOf(bytes: Buffer, header: NpyHeader): ArrayLike<number> {
  const { buffer, byteOffset, length } = bytes
  switch (header.dtype) {
    case 'uint1':
    case 'uint8':
      return bytes
    case 'int8':
      return new Int8Array(buffer, byteOffset, length)
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, length / 2)
    case 'int16':
      return new Int16Array(buffer, byteOffset, length / 2)
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, length / 2), fromHalf)
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length / 4)
    case 'int32':
      return new Int32Array(buffer, byteOffset, length / 4)
    case 'float32':
      return new Float32Array(buffer, byteOffset, length / 4)
    case 'float64':
      return new Float64Array(buffer, byteOffset, length / 8)
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, length / 8), Number)
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, length / 8), Number)
  }
}
