import { PixelCoverage, type Quadrilateral } from './resample-coverage.ts'
import type { SourcePlaces } from './resample-mapping.ts'

/**
 * How a target pixel is made from source pixels: `nearest` for classes and flags, `bilinear` for measured values,
 * `average` (weighted by covered area) where the target is coarser than the source.
 */
export type ResampleMethod = 'nearest' | 'bilinear' | 'average'

/** A rectangle of a source raster held in memory, and the size of the whole raster it was cut from. */
export interface SourcePatch {
  /** [height, width], NaN where there is no value. */
  readonly values: Float32Array
  /** Place of the patch on the raster. */
  readonly row: number
  readonly column: number
  readonly height: number
  readonly width: number
  readonly rasterHeight: number
  readonly rasterWidth: number
}

/** A rectangle of source pixels, rows and columns from 0. */
export interface SourceWindow {
  readonly row: number
  readonly column: number
  readonly height: number
  readonly width: number
}

/** Source pixels per target pixel, as `GridMapping.sourcePerTarget`. */
export interface SamplingScale {
  readonly x: number
  readonly y: number
}

/** Below this share of the kernel's weight a target pixel has no value; GDAL's threshold. */
const smallestWeight = 1e-4

/**
 * The source pixels that are needed for the given places; null when none of them lies on the raster.
 * @param places pixel centres for `nearest` and `bilinear`, pixel corners ([height + 1, width + 1]) for `average`
 */
export function neededSourceWindow(
  places: SourcePlaces,
  method: ResampleMethod,
  scale: SamplingScale,
  raster: { readonly height: number; readonly width: number },
): SourceWindow | null {
  let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = 0; i < places.columns.length; i++) {
    const x = places.columns[i] as number
    const y = places.rows[i] as number
    if (x < minX) minX = x
    if (x > maxX) maxX = x
    if (y < minY) minY = y
    if (y > maxY) maxY = y
  }
  const marginX = method === 'bilinear' ? kernelRadius(scale.x) : 0
  const marginY = method === 'bilinear' ? kernelRadius(scale.y) : 0
  const fromX = Math.max(0, Math.floor(minX - marginX))
  const toX = Math.min(raster.width, Math.floor(maxX + marginX) + 1)
  const fromY = Math.max(0, Math.floor(minY - marginY))
  const toY = Math.min(raster.height, Math.floor(maxY + marginY) + 1)
  if (!(fromX < toX) || !(fromY < toY)) return null
  return { row: fromY, column: fromX, height: toY - fromY, width: toX - fromX }
}

/**
 * Makes target pixels from a source patch. Pixels without a value take no part and the rest is weighted up, as GDAL's
 * warper does. `nearest` and `bilinear` give NaN where the source pixel under the target's centre has no value;
 * `average` gives NaN where no valued source pixel is covered.
 * @param places as for `neededSourceWindow`
 * @returns new array [height, width] of target pixels
 * Source: GDAL warp kernel (nearest, bilinear widened when shrinking, area-weighted average).
 */
export function resamplePatch(
  patch: SourcePatch,
  places: SourcePlaces,
  method: ResampleMethod,
  scale: SamplingScale,
): Float32Array {
  switch (method) {
    case 'nearest':
      return nearest(patch, places)
    case 'bilinear':
      return bilinear(patch, places, kernelRadius(scale.x), kernelRadius(scale.y))
    case 'average':
      return average(patch, places)
    default:
      return method satisfies never
  }
}

function nearest(patch: SourcePatch, places: SourcePlaces): Float32Array {
  const result = new Float32Array(places.columns.length)
  for (let i = 0; i < result.length; i++)
    result[i] = pixelAt(patch, places.columns[i] as number, places.rows[i] as number)
  return result
}

/** The value of the pixel that contains a place; NaN outside the patch. */
function pixelAt(patch: SourcePatch, x: number, y: number): number {
  // 1e-10 as in GDAL: a centre on the edge of a pixel must not fall to either side by rounding
  const column = Math.floor(x + 1e-10) - patch.column
  const row = Math.floor(y + 1e-10) - patch.row
  const isInside = column >= 0 && column < patch.width && row >= 0 && row < patch.height
  return isInside ? (patch.values[row * patch.width + column] as number) : NaN
}

/** Half width of the triangle kernel in source pixels; scales within 5 % of 1 count as 1, as in GDAL. */
function kernelRadius(sourcePerTarget: number): number {
  const rounded = Math.round(sourcePerTarget)
  const snapped = Math.abs(sourcePerTarget - rounded) < 0.05 ? rounded : sourcePerTarget
  return Math.max(1, snapped)
}

function bilinear(patch: SourcePatch, places: SourcePlaces, radiusX: number, radiusY: number): Float32Array {
  const result = new Float32Array(places.columns.length)
  const isPlain = radiusX === 1 && radiusY === 1
  for (let i = 0; i < result.length; i++) {
    const x = places.columns[i] as number
    const y = places.rows[i] as number
    // a place inside a pixel without a value has none either, so a cloud does not shrink by interpolation
    if (Number.isNaN(pixelAt(patch, x, y))) result[i] = NaN
    else result[i] = isPlain ? betweenFour(patch, x, y) : triangle(patch, x, y, radiusX, radiusY)
  }
  return result
}

/** Between the four pixels around a place, which holds for all scales that do not shrink. */
function betweenFour(patch: SourcePatch, x: number, y: number): number {
  const column = Math.floor(x - 0.5) - patch.column
  const row = Math.floor(y - 0.5) - patch.row
  const right = x - 0.5 - patch.column - column
  const below = y - 0.5 - patch.row - row
  let sum = 0
  let weightSum = 0
  for (let r = 0; r < 2; r++) {
    if (row + r < 0 || row + r >= patch.height) continue
    const weightY = r === 0 ? 1 - below : below
    const line = (row + r) * patch.width + column
    for (let c = 0; c < 2; c++) {
      if (column + c < 0 || column + c >= patch.width) continue
      const value = patch.values[line + c] as number
      const weight = weightY * (c === 0 ? 1 - right : right)
      if (Number.isNaN(value) || weight <= 0) continue
      sum += weight * value
      weightSum += weight
    }
  }
  return weightSum > smallestWeight ? sum / weightSum : NaN
}

/** A triangle of weights, wide enough to take in every source pixel when the target is coarser. */
function triangle(patch: SourcePatch, x: number, y: number, radiusX: number, radiusY: number): number {
  const [fromX, toX] = kernelSpan(x, radiusX, patch.column, patch.width)
  const [fromY, toY] = kernelSpan(y, radiusY, patch.row, patch.height)
  let sum = 0
  let weightSum = 0
  for (let row = fromY; row <= toY; row++) {
    const weightY = 1 - Math.abs(row + 0.5 - y) / radiusY
    if (weightY <= 0) continue
    const line = (row - patch.row) * patch.width - patch.column
    for (let column = fromX; column <= toX; column++) {
      const weight = weightY * (1 - Math.abs(column + 0.5 - x) / radiusX)
      const value = patch.values[line + column] as number
      if (weight <= 0 || Number.isNaN(value)) continue
      sum += weight * value
      weightSum += weight
    }
  }
  return weightSum > smallestWeight * radiusX * radiusY ? sum / weightSum : NaN
}

function kernelSpan(place: number, radius: number, start: number, length: number): [number, number] {
  return [
    Math.max(start, Math.ceil(place - 0.5 - radius)),
    Math.min(start + length - 1, Math.floor(place - 0.5 + radius)),
  ]
}

/** `places` are the corners of the target pixels; source pixels count by the share that a target pixel covers. */
function average(patch: SourcePatch, places: SourcePlaces): Float32Array {
  const width = places.width - 1
  const height = places.height - 1
  const result = new Float32Array(width * height).fill(NaN)
  const coverage = new PixelCoverage()
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const area = pixelArea(places, r * places.width + c)
      if (area.some(Number.isNaN)) continue
      result[r * width + c] = isUpright(area) ? averageBox(patch, area) : averageArea(patch, area, coverage)
    }
  return result
}

/** The four corners of a target pixel on the source, in order around it. */
function pixelArea({ columns, rows, width }: SourcePlaces, corner: number): Quadrilateral {
  const [a, b, c, d] = [corner, corner + 1, corner + width + 1, corner + width]
  return [
    columns[a] as number,
    rows[a] as number,
    columns[b] as number,
    rows[b] as number,
    columns[c] as number,
    rows[c] as number,
    columns[d] as number,
    rows[d] as number,
  ]
}

/** Whether the sides run along rows and columns, to a thousandth of a pixel. */
function isUpright([ax, ay, bx, by, cx, cy, dx, dy]: Quadrilateral): boolean {
  const skew = Math.max(Math.abs(ay - by), Math.abs(cy - dy), Math.abs(ax - dx), Math.abs(bx - cx))
  return skew < 1e-3
}

function averageArea(patch: SourcePatch, area: Quadrilateral, coverage: PixelCoverage): number {
  let sum = 0
  let weightSum = 0
  coverage.visit(area, patch, (row, column, share) => {
    const value = patch.values[(row - patch.row) * patch.width + column - patch.column] as number
    if (Number.isNaN(value)) return
    sum += share * value
    weightSum += share
  })
  return weightSum > 0 ? sum / weightSum : NaN
}

function averageBox(patch: SourcePatch, [ax, ay, , , cx, cy]: Quadrilateral): number {
  const [fromX, toX] = ax < cx ? [ax, cx] : [cx, ax]
  const [fromY, toY] = ay < cy ? [ay, cy] : [cy, ay]
  // 1e-10 keeps a neighbour from counting because of rounding when the edges of both grids coincide
  const firstColumn = Math.max(patch.column, Math.floor(fromX + 1e-10))
  const lastColumn = Math.min(patch.column + patch.width, Math.ceil(toX - 1e-10)) - 1
  const firstRow = Math.max(patch.row, Math.floor(fromY + 1e-10))
  const lastRow = Math.min(patch.row + patch.height, Math.ceil(toY - 1e-10)) - 1
  let sum = 0
  let weightSum = 0
  for (let row = firstRow; row <= lastRow; row++) {
    const weightY = Math.min(row + 1, toY) - Math.max(row, fromY)
    const line = (row - patch.row) * patch.width - patch.column
    for (let column = firstColumn; column <= lastColumn; column++) {
      const value = patch.values[line + column] as number
      if (Number.isNaN(value)) continue
      const weight = weightY * (Math.min(column + 1, toX) - Math.max(column, fromX))
      sum += weight * value
      weightSum += weight
    }
  }
  return weightSum > 0 ? sum / weightSum : NaN
}
