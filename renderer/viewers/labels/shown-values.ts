import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { differencesFrom, growRegion, type GrownRegion } from '../../../shared/domain/label-fill.ts'
import { shownPlane } from '../../../shared/imaging/paint-frame.ts'
import type { FramePaint } from '../../../shared/imaging/paint-frame.ts'
import {
  type SlicePixels,
  type VoxelBlock,
  blockAround,
  ballOf,
  growThrough,
  onSlice,
  type SliceStack,
} from '../../../shared/domain/label-through.ts'
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
  /** The slices around it, where the region may grow through them; `differences` is then [slice, row, column]. */
  readonly block?: VoxelBlock & { readonly frame: number }
}

/** How far a region may grow through the slices of a series. */
export interface FillReach {
  readonly stack: SliceStack
  readonly mm: number
}

/** A region, and what of it lies on other slices. */
export interface FilledRegion extends GrownRegion {
  readonly slices: readonly SlicePixels[]
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

/**
 * Reads the voxels around one within a distance, as numbers of what is shown; those further away count as unlike.
 * @throws the data plane's codes
 */
export async function volumeSeed(
  cache: FrameCache,
  source: FillSource & { readonly paint: Extract<FramePaint, { kind: 'single' }> },
  column: number,
  row: number,
  { stack, mm }: FillReach,
): Promise<FillSeed> {
  const at = { frame: source.frame, column, row }
  const block = blockAround(stack, at, mm, source)
  const { frames, width, height } = block
  const window = { column: block.column, row: block.row, width, height }
  const area = width * height
  const planes = await Promise.all(
    frames.map(async (frame) => {
      const values = await cache.read(source.handle, {
        kind: 'frame',
        frame,
        bands: [...source.bands],
        window,
        outHeight: height,
        outWidth: width,
        resampling: 'nearest',
      })
      return shownPlane(values, area, source.paint)
    }),
  )
  const values = new Float32Array(frames.length * area)
  planes.forEach((plane, i) => values.set(plane, i * area))
  const index = (frames.indexOf(source.frame) * height + row - window.row) * width + column - window.column
  const span = Math.abs(source.paint.range.high - source.paint.range.low) || 1
  const differences = differencesFrom(values, values.length, index, [span])
  const inside = ballOf(stack, block, at, mm)
  for (let i = 0; i < differences.length; i++) if (inside[i] === 0) differences[i] = NaN
  return {
    column,
    row,
    window,
    differences,
    value: values[index] ?? null,
    span,
    block: { ...block, frame: source.frame },
  }
}

/** The region around a seed whose pixels differ from it by at most `tolerance`, a part of the shown range. */
export function fillRegion({ column, row, window, differences, block }: FillSeed, tolerance: number): FilledRegion {
  const isLike = (index: number): boolean => (differences[index] ?? NaN) <= tolerance
  if (block) {
    const { slices, isCutOff } = growThrough(block, { frame: block.frame, column, row }, isLike)
    return { pixels: onSlice(slices, block.frame), isCutOff, slices }
  }
  const start = { column: column - window.column, row: row - window.row }
  const grown = growRegion(window, start, isLike, fillPixels)
  return { ...grown, pixels: { ...grown.pixels, column: window.column, row: window.row }, slices: [] }
}
