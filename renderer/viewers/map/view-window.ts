import { type GeoTransform, mapToPixel, pixelToMap } from '../../../shared/domain/geo-grid.ts'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'

/** The grid a sequence lies on; for one without a place on Earth, pixels with the first row on top. */
export interface ViewGrid {
  readonly width: number
  readonly height: number
  readonly geoTransform: GeoTransform
}

/** [minX, minY, maxX, maxY] in map units. */
export type Extent = readonly [number, number, number, number]

/** What to read for a view: a window of the frame, and the size to read it at. */
export type ViewWindow = Pick<FrameRead, 'window' | 'outHeight' | 'outWidth'>

/** The transform of a picture that is not georeferenced: one map unit is one pixel, y goes up. */
export const pixelTransform: GeoTransform = [0, 1, 0, 0, 0, -1]

/** Frames up to this many pixels are read whole: panning and zooming then needs no further read. */
const wholeFramePixels = 1024 * 1024
/** Larger frames are read in windows whose edges are multiples of this many read pixels, so that small moves reuse a read. */
const snap = 256
const longestEdge = 4096

/** Longest edge of the coarse picture of a large frame. */
const coarseEdge = 1024
/** Frames larger than this are not read as a whole only to have something to show while moving. */
const mostForCoarse = 150_000_000

/** The whole of a frame that is too large to be read whole in full detail, coarse; null for small frames, and for immense ones. */
export function wholeWindow({ width, height }: ViewGrid): ViewWindow | null {
  const pixels = width * height
  if (pixels <= wholeFramePixels || pixels > mostForCoarse) return null
  const level = Math.ceil(Math.log2(Math.max(width, height) / coarseEdge))
  return {
    window: { row: 0, column: 0, height, width },
    outHeight: Math.ceil(height / 2 ** level),
    outWidth: Math.ceil(width / 2 ** level),
  }
}

/**
 * The part of a frame that a view shows, at no more detail than the view can show.
 * @param resolution  map units in one screen pixel
 * @returns null when the view does not touch the frame
 */
export function viewWindow(grid: ViewGrid, extent: Extent, resolution: number): ViewWindow | null {
  const { width, height, geoTransform } = grid
  if (width * height <= wholeFramePixels) {
    const isTouched = touches(grid, extent)
    return isTouched ? { window: { row: 0, column: 0, height, width }, outHeight: height, outWidth: width } : null
  }
  const bounds = pixelBounds(geoTransform, extent)
  // Detail halves in steps, so that zooming reuses reads as well.
  const pixelsPerScreen = Math.hypot(geoTransform[1], geoTransform[4]) / resolution
  const level = Math.max(0, Math.floor(Math.log2(1 / pixelsPerScreen)), levelFor(bounds))
  const edge = snap * 2 ** level
  const column = Math.max(0, Math.floor(bounds.column0 / edge) * edge)
  const row = Math.max(0, Math.floor(bounds.row0 / edge) * edge)
  const columnEnd = Math.min(width, Math.ceil(bounds.column1 / edge) * edge)
  const rowEnd = Math.min(height, Math.ceil(bounds.row1 / edge) * edge)
  if (columnEnd <= column || rowEnd <= row) return null
  const window = { row, column, height: rowEnd - row, width: columnEnd - column }
  return { window, outHeight: Math.ceil(window.height / 2 ** level), outWidth: Math.ceil(window.width / 2 ** level) }
}

/** The pixels of a frame that a view shows; null when it shows none. */
export function seenWindow(grid: ViewGrid, extent: Extent): FrameRead['window'] | null {
  const bounds = pixelBounds(grid.geoTransform, extent)
  const [column, row] = [Math.max(0, Math.floor(bounds.column0)), Math.max(0, Math.floor(bounds.row0))]
  const width = Math.min(grid.width, Math.ceil(bounds.column1)) - column
  const height = Math.min(grid.height, Math.ceil(bounds.row1)) - row
  return width > 0 && height > 0 ? { row, column, height, width } : null
}

/** A canvas transform [a, b, c, d, e, f] that draws the read pixels of a window where they belong in a view. */
export function drawTransform(
  grid: ViewGrid,
  read: ViewWindow,
  view: { readonly extent: Extent; readonly resolution: number },
): [number, number, number, number, number, number] {
  const toScreen = (column: number, row: number): [number, number] => {
    const [x, y] = pixelToMap(grid.geoTransform, column, row)
    return [(x - view.extent[0]) / view.resolution, (view.extent[3] - y) / view.resolution]
  }
  const { window, outHeight, outWidth } = read
  const [x0, y0] = toScreen(window.column, window.row)
  const [xRight, yRight] = toScreen(window.column + window.width, window.row)
  const [xDown, yDown] = toScreen(window.column, window.row + window.height)
  return [
    (xRight - x0) / outWidth,
    (yRight - y0) / outWidth,
    (xDown - x0) / outHeight,
    (yDown - y0) / outHeight,
    x0,
    y0,
  ]
}

/** The pixel of the frame that holds a map position; null outside. */
export function pixelAt(
  grid: ViewGrid,
  x: number,
  y: number,
): { readonly row: number; readonly column: number } | null {
  const [column, row] = mapToPixel(grid.geoTransform, x, y).map(Math.floor) as [number, number]
  return column >= 0 && row >= 0 && column < grid.width && row < grid.height ? { row, column } : null
}

function levelFor({ column0, column1, row0, row1 }: ReturnType<typeof pixelBounds>): number {
  const longest = Math.max(column1 - column0, row1 - row0)
  return Math.max(0, Math.ceil(Math.log2(longest / (longestEdge - 2 * snap))))
}

function pixelBounds(transform: GeoTransform, [minX, minY, maxX, maxY]: Extent) {
  const corners = [
    mapToPixel(transform, minX, minY),
    mapToPixel(transform, maxX, minY),
    mapToPixel(transform, minX, maxY),
    mapToPixel(transform, maxX, maxY),
  ]
  const columns = corners.map(([column]) => column)
  const rows = corners.map(([, row]) => row)
  return {
    column0: Math.min(...columns),
    column1: Math.max(...columns),
    row0: Math.min(...rows),
    row1: Math.max(...rows),
  }
}

function touches({ geoTransform, width, height }: ViewGrid, extent: Extent): boolean {
  const { column0, column1, row0, row1 } = pixelBounds(geoTransform, extent)
  return column1 > 0 && row1 > 0 && column0 < width && row0 < height
}
