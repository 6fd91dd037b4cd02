import { isAbortError } from '../../../shared/base/abort.ts'
import { type AppError, toAppError } from '../../../shared/base/app-error.ts'
import type { BandStatistics } from '../../../shared/contracts/sequences.ts'
import { isSceneReader } from '../../formats/scene-collection.ts'
import type { PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'

const mostFrames = 8
/** Pixels of a frame that is looked at as a whole. */
const wholeFramePixels = 300 * 300
const tileEdge = 96
const tilesPerEdge = 3

/** Frames up to this are read as a whole where reading a part costs as much. */
const mostWholeValues = 16 * 1024 * 1024

/**
 * Ranges of all bands, from at most eight frames spread over the sequence, and of large frames from nine windows spread
 * over them, so that the cost does not grow with the data. The same data always give the same ranges. Frames that cannot be
 * read are left out, as long as one can.
 * @throws the reader's codes, `AbortError`
 */
export async function bandStatistics(reader: SequenceReader, signal?: AbortSignal): Promise<BandStatistics[]> {
  const { info } = reader
  // What has colours of its own is shown in them; there is nothing to stretch.
  if (reader.readPicture && info.dtype === 'uint8') return info.bands.map(fullRange)
  const bands = info.bands.map((_, band) => band)
  const found = bands.map((): number[] => [])
  let pixels = 0
  let isAnyRead = false
  let failure: AppError | undefined
  for (const frame of spread(info.frames, mostFrames))
    try {
      for await (const { values, area } of samplesOf(reader, frame, bands, signal)) {
        pixels += area
        for (const band of bands) collect(values.subarray(band * area, (band + 1) * area), found[band] ?? [])
      }
      isAnyRead = true
    } catch (error) {
      if (isAbortError(error)) throw error
      failure ??= toAppError(error)
    }
  if (!isAnyRead && failure) throw failure
  return info.bands.map((band, index) => summarise(band, Float64Array.from(found[index] ?? []).sort(), pixels))
}

/** What is known of bands of which nothing was read. */
export function unknownStatistics({ info }: SequenceReader): BandStatistics[] {
  return info.bands.map((band) => ({ band, minimum: null, maximum: null, low: null, high: null, valid: 0 }))
}

interface Sample {
  /** [band, pixel] */
  readonly values: Float32Array
  readonly area: number
}

async function* samplesOf(
  reader: SequenceReader,
  frame: number,
  bands: readonly number[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Sample> {
  const { height, width } = reader.info
  const windows = sampleWindows(height, width)
  // Only rasters are stored in tiles; of everything else a part costs as much as the frame.
  const isWhole = !isTiled(reader) && windows.length > 1 && bands.length * height * width <= mostWholeValues
  if (!isWhole) {
    for (const window of windows) {
      const { values } = await reader.read({ frames: [frame], bands, window }, signal)
      yield { values, area: window.height * window.width }
    }
    return
  }
  const whole = { row: 0, column: 0, height, width }
  const { values } = await reader.read({ frames: [frame], bands, window: whole }, signal)
  for (const window of windows) {
    const area = window.height * window.width
    const part = new Float32Array(bands.length * area)
    for (let b = 0; b < bands.length; b++)
      for (let r = 0; r < window.height; r++) {
        const start = (b * height + window.row + r) * width + window.column
        part.set(values.subarray(start, start + window.width), b * area + r * window.width)
      }
    yield { values: part, area }
  }
}

function isTiled(reader: SequenceReader): boolean {
  return isSceneReader(reader) || 'isOnCommonGrid' in reader
}

function fullRange(band: string): BandStatistics {
  return { band, minimum: 0, maximum: 255, low: 0, high: 255, valid: 1 }
}

function summarise(band: string, sorted: Float64Array, pixels: number): BandStatistics {
  const at = (part: number): number | null => sorted[Math.round(part * (sorted.length - 1))] ?? null
  return {
    band,
    minimum: at(0),
    maximum: at(1),
    low: at(0.02),
    high: at(0.98),
    valid: pixels === 0 ? 0 : sorted.length / pixels,
  }
}

function collect(values: Float32Array, into: number[]): void {
  for (const value of values) if (Number.isFinite(value)) into.push(value)
}

/** Indices spread evenly over `count`, first and last included. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i)
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)))
}

function sampleWindows(height: number, width: number): PixelWindow[] {
  if (height === 0 || width === 0) return []
  if (height * width <= wholeFramePixels) return [{ row: 0, column: 0, height, width }]
  const parts = (size: number): { start: number; length: number }[] => {
    const length = Math.min(tileEdge, size)
    const count = size < tileEdge * tilesPerEdge ? 1 : tilesPerEdge
    return Array.from({ length: count }, (_, i) => ({
      start: count === 1 ? Math.floor((size - length) / 2) : Math.round((i * (size - length)) / (count - 1)),
      length,
    }))
  }
  return parts(height).flatMap((rows) =>
    parts(width).map((columns) => ({
      row: rows.start,
      column: columns.start,
      height: rows.length,
      width: columns.length,
    })),
  )
}
