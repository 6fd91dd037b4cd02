/** A convex or simple four-sided area as x and y of its corners in order around it, in source pixels. */
export type Quadrilateral = readonly [number, number, number, number, number, number, number, number]

/**
 * Visits every source pixel that an area overlaps, with the share of the pixel that is covered (0 to 1).
 * Exact up to rounding, whatever the area's rotation or shear.
 * Source: Sutherland and Hodgman 1974 (polygon clipping); shoelace formula for the area.
 */
export function visitCoverage(
  area: Quadrilateral,
  limits: { readonly row: number; readonly column: number; readonly height: number; readonly width: number },
  visit: (row: number, column: number, share: number) => void,
): void {
  const [minY, maxY] = span(area, 1)
  const firstRow = Math.max(limits.row, Math.floor(minY))
  const lastRow = Math.min(limits.row + limits.height - 1, Math.ceil(maxY) - 1)
  for (let row = firstRow; row <= lastRow; row++) {
    const strip = clip(clip(area, 1, row, true), 1, row + 1, false)
    if (strip.length < 6) continue
    const [minX, maxX] = span(strip, 0)
    const firstColumn = Math.max(limits.column, Math.floor(minX))
    const lastColumn = Math.min(limits.column + limits.width - 1, Math.ceil(maxX) - 1)
    for (let column = firstColumn; column <= lastColumn; column++) {
      const share = polygonArea(clip(clip(strip, 0, column, true), 0, column + 1, false))
      if (share > 1e-10) visit(row, column, share)
    }
  }
}

/** The part of a polygon (x, y pairs) on one side of an axis-parallel line. */
function clip(polygon: readonly number[], axis: 0 | 1, line: number, keepsAbove: boolean): number[] {
  const result: number[] = []
  const count = polygon.length / 2
  for (let i = 0; i < count; i++) {
    const j = (i + 1) % count
    const from = polygon[2 * i + axis] as number
    const to = polygon[2 * j + axis] as number
    const isFromInside = keepsAbove ? from >= line : from <= line
    const isToInside = keepsAbove ? to >= line : to <= line
    if (isFromInside) result.push(polygon[2 * i] as number, polygon[2 * i + 1] as number)
    if (isFromInside === isToInside) continue
    const share = (line - from) / (to - from)
    const otherFrom = polygon[2 * i + 1 - axis] as number
    const other = otherFrom + share * ((polygon[2 * j + 1 - axis] as number) - otherFrom)
    if (axis === 0) result.push(line, other)
    else result.push(other, line)
  }
  return result
}

function polygonArea(polygon: readonly number[]): number {
  let sum = 0
  const count = polygon.length / 2
  for (let i = 0; i < count; i++) {
    const j = (i + 1) % count
    sum +=
      (polygon[2 * i] as number) * (polygon[2 * j + 1] as number) -
      (polygon[2 * j] as number) * (polygon[2 * i + 1] as number)
  }
  return Math.abs(sum) / 2
}

function span(polygon: readonly number[], axis: 0 | 1): [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (let i = axis; i < polygon.length; i += 2) {
    low = Math.min(low, polygon[i] as number)
    high = Math.max(high, polygon[i] as number)
  }
  return [low, high]
}
