/** A convex or simple four-sided area as x and y of its corners in order around it, in source pixels. */
export type Quadrilateral = readonly [number, number, number, number, number, number, number, number]

/** A polygon in reused memory: x, y pairs, of which the first `length` numbers count. */
interface Polygon {
  readonly points: Float64Array
  length: number
}

// a four-sided polygon cut by four lines has at most eight corners; a cut of a concave one may add a few
const room = 32

/**
 * Measures which share of each source pixel an area covers. One instance serves many areas one after another, since
 * making memory for every target pixel would cost more than the geometry.
 * Source: Sutherland and Hodgman 1974 (polygon clipping); shoelace formula for the area.
 */
export class PixelCoverage {
  private readonly below: Polygon = { points: new Float64Array(room), length: 0 }
  private readonly strip: Polygon = { points: new Float64Array(room), length: 0 }
  private readonly left: Polygon = { points: new Float64Array(room), length: 0 }
  private readonly area: Polygon = { points: new Float64Array(room), length: 0 }

  /**
   * Visits every pixel within `limits` that the area overlaps, with the share of the pixel that is covered (0 to 1);
   * exact up to rounding, whatever the area's rotation or shear.
   */
  visit(
    area: Quadrilateral,
    limits: { readonly row: number; readonly column: number; readonly height: number; readonly width: number },
    receive: (row: number, column: number, share: number) => void,
  ): void {
    this.area.points.set(area)
    this.area.length = area.length
    const firstRow = Math.max(limits.row, Math.floor(least(this.area, 1)))
    const lastRow = Math.min(limits.row + limits.height, Math.ceil(greatest(this.area, 1))) - 1
    for (let row = firstRow; row <= lastRow; row++) {
      clip(this.area, 1, row, true, this.below)
      clip(this.below, 1, row + 1, false, this.strip)
      if (this.strip.length < 6) continue
      const firstColumn = Math.max(limits.column, Math.floor(least(this.strip, 0)))
      const lastColumn = Math.min(limits.column + limits.width, Math.ceil(greatest(this.strip, 0))) - 1
      // the area left of each pixel edge; a pixel's share is what its two edges differ by
      let before = this.areaLeftOf(firstColumn)
      for (let column = firstColumn; column <= lastColumn; column++) {
        const upTo = this.areaLeftOf(column + 1)
        if (upTo - before > 1e-10) receive(row, column, upTo - before)
        before = upTo
      }
    }
  }

  private areaLeftOf(x: number): number {
    clip(this.strip, 0, x, false, this.left)
    return polygonArea(this.left)
  }
}

/** Writes the part of a polygon on one side of an axis-parallel line into `result`. */
function clip(polygon: Polygon, axis: 0 | 1, line: number, keepsAbove: boolean, result: Polygon): void {
  const { points, length } = polygon
  const sign = keepsAbove ? 1 : -1
  let end = 0
  for (let i = 0; i < length; i += 2) {
    const j = i + 2 === length ? 0 : i + 2
    const from = points[i + axis] as number
    const to = points[j + axis] as number
    const isFromInside = (from - line) * sign >= 0
    if (isFromInside) {
      result.points[end++] = points[i] as number
      result.points[end++] = points[i + 1] as number
    }
    if (isFromInside === (to - line) * sign >= 0) continue
    const share = (line - from) / (to - from)
    const otherFrom = points[i + 1 - axis] as number
    result.points[end + axis] = line
    result.points[end + 1 - axis] = otherFrom + share * ((points[j + 1 - axis] as number) - otherFrom)
    end += 2
  }
  result.length = end
}

function polygonArea({ points, length }: Polygon): number {
  let sum = 0
  for (let i = 0; i < length; i += 2) {
    const j = i + 2 === length ? 0 : i + 2
    sum += (points[i] as number) * (points[j + 1] as number) - (points[j] as number) * (points[i + 1] as number)
  }
  return Math.abs(sum) / 2
}

function least({ points, length }: Polygon, axis: 0 | 1): number {
  let value = Infinity
  for (let i = axis; i < length; i += 2) value = Math.min(value, points[i] as number)
  return value
}

function greatest({ points, length }: Polygon, axis: 0 | 1): number {
  let value = -Infinity
  for (let i = axis; i < length; i += 2) value = Math.max(value, points[i] as number)
  return value
}
