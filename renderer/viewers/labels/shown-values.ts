import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { differencesFrom, growRegion, type GrownRegion } from '../../../shared/domain/label-fill.ts'
import { shownPlane } from '../../../shared/imaging/paint-frame.ts'
import type { FramePaint } from '../../../shared/imaging/paint-frame.ts'
import type { FrameCache } from '../map/frame-cache.ts'

/** Longest edge of the part of a frame in which a region may grow, in pixels. */
export const fillEdge = 1024
/** Most pixels of a region. */
export const fillPixels = 250_000

/** What a fill looks at: a frame in bands, and which differences a person sees. */
export interface FillSource {
  readonly handle: string
  readonly frame: number
  readonly bands: readonly number[]
  readonly paint: FramePaint
  readonly width: number
  readonly height: number
}

/** A pixel to fill from, and how much every pixel around it differs from it. */
export interface FillSeed {
  readonly column: number
  readonly row: number
  /** The window of the frame that was looked at. */
  readonly window: FrameRead['window']
  /** Parts of the range that is shown, [height × width]. */
  readonly differences: Float32Array
  /** The value at the pixel and how much the picture spans, where one number is shown; else null. */
  readonly value: number | null
  readonly span: number
}

/** Reads the pixels around one at full resolution, as numbers of what is shown. @throws the data plane's codes */
export async function fillSeed(cache: FrameCache, source: FillSource, column: number, row: number): Promise<FillSeed> {
  const start = (at: number, size: number): number => Math.max(0, Math.min(at - fillEdge / 2, size - fillEdge))
  const window = {
    column: start(column, source.width),
    row: start(row, source.height),
    width: Math.min(fillEdge, source.width),
    height: Math.min(fillEdge, source.height),
  }
  const values = await cache.read(source.handle, {
    kind: 'frame',
    frame: source.frame,
    bands: [...source.bands],
    window,
    outHeight: window.height,
    outWidth: window.width,
    resampling: 'nearest',
  })
  const pixels = window.width * window.height
  const index = (row - window.row) * window.width + column - window.column
  const { paint } = source
  if (paint.kind === 'composite') {
    const spans = paint.ranges.map(({ low, high }) => Math.abs(high - low) || 1)
    const differences = differencesFrom(values, pixels, index, spans)
    return { column, row, window, differences, value: null, span: 1 }
  }
  const plane = paint.kind === 'classes' ? values : shownPlane(values, pixels, paint)
  const span = paint.kind === 'classes' ? 1 : Math.abs(paint.range.high - paint.range.low) || 1
  const differences = differencesFrom(plane, pixels, index, [span])
  return { column, row, window, differences, value: plane[index] ?? null, span }
}

/** The region around a seed whose pixels differ from it by at most `tolerance`, a part of the shown range. */
export function fillRegion({ column, row, window, differences }: FillSeed, tolerance: number): GrownRegion {
  const start = { column: column - window.column, row: row - window.row }
  const grown = growRegion(window, start, (index) => (differences[index] ?? NaN) <= tolerance, fillPixels)
  return { ...grown, pixels: { ...grown.pixels, column: window.column, row: window.row } }
}
