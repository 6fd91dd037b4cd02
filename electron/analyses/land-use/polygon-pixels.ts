/** A closed ring of [column, row] positions on the pixel grid; whole numbers are pixel corners. */
export type PixelRing = readonly (readonly [number, number])[]

/**
 * The pixels whose centre lies inside a polygon, by the even-odd rule over all its rings, so that inner rings are holes.
 * Edges are half open: of two polygons with a common edge exactly one gets a centre that lies on it.
 * @param rings  outer ring first, then holes; vertices that are not finite make the polygon empty
 * @param size   of the raster; pixels outside it are left out
 * @returns      [column, row], row by row
 */
export function pixelsInside(
  rings: readonly PixelRing[],
  size: { readonly width: number; readonly height: number },
): [number, number][] {
  const vertices = rings.flat()
  if (vertices.length === 0 || vertices.some(([x, y]) => !Number.isFinite(x) || !Number.isFinite(y))) return []
  const top = vertices.reduce((least, [, y]) => Math.min(least, y), Infinity)
  const bottom = vertices.reduce((most, [, y]) => Math.max(most, y), -Infinity)
  const pixels: [number, number][] = []
  const lastRow = Math.min(size.height - 1, Math.ceil(bottom - 0.5))
  for (let row = Math.max(0, Math.floor(top - 0.5)); row <= lastRow; row++) {
    const crossings = crossingsAt(rings, row + 0.5)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const first = Math.max(0, Math.ceil((crossings[i] ?? NaN) - 0.5))
      const end = Math.min(size.width, Math.ceil((crossings[i + 1] ?? NaN) - 0.5))
      for (let column = first; column < end; column++) pixels.push([column, row])
    }
  }
  return pixels
}

/** Where the horizontal line through `y` meets the rings, ascending. */
function crossingsAt(rings: readonly PixelRing[], y: number): number[] {
  const crossings: number[] = []
  for (const ring of rings)
    for (let i = 0; i < ring.length; i++) {
      const [x1, y1] = ring[i] as readonly [number, number]
      const [x2, y2] = ring[(i + 1) % ring.length] as readonly [number, number]
      if (y1 <= y !== y2 <= y) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1))
    }
  return crossings.sort((a, b) => a - b)
}
