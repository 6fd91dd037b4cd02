import type { BandStatistics } from '../../../shared/contracts/sequences.ts'
import type { PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'

const mostFrames = 8
/** Pixels of a frame that is looked at as a whole. */
const wholeFramePixels = 300 * 300
const tileEdge = 96
const tilesPerEdge = 3

/**
 * Ranges of all bands, from at most eight frames spread over the sequence, and of large frames from nine windows spread
 * over them, so that the cost does not grow with the data. The same data always give the same ranges.
 * @throws the reader's codes, `AbortError`
 */
export async function bandStatistics(reader: SequenceReader, signal?: AbortSignal): Promise<BandStatistics[]> {
  const { info } = reader
  const frames = spread(info.frames, mostFrames)
  const windows = sampleWindows(info.height, info.width)
  const bands = info.bands.map((_, band) => band)
  const found = bands.map((): number[] => [])
  let pixels = 0
  for (const frame of frames)
    for (const window of windows) {
      const { values } = await reader.read({ frames: [frame], bands, window }, signal)
      const area = window.height * window.width
      pixels += area
      for (const band of bands) collect(values.subarray(band * area, (band + 1) * area), found[band] ?? [])
    }
  return info.bands.map((band, index) => summarise(band, Float64Array.from(found[index] ?? []).sort(), pixels))
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
