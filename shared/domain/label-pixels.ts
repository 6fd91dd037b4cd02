/** Chosen pixels of a grid, kept as a window of it: `bits` is [height × width] from `column`, `row` on, 0 or 1. */
export interface PixelSet {
  readonly column: number
  readonly row: number
  readonly width: number
  readonly height: number
  readonly bits: Uint8Array
}

/** A grid of pixels. */
export interface PixelSize {
  readonly width: number
  readonly height: number
}

/** No pixels. */
export const noPixels: PixelSet = { column: 0, row: 0, width: 0, height: 0, bits: new Uint8Array(0) }

/** Whether a pixel of the grid is chosen. */
export function hasPixel(set: PixelSet, column: number, row: number): boolean {
  const [x, y] = [column - set.column, row - set.row]
  return x >= 0 && y >= 0 && x < set.width && y < set.height && set.bits[y * set.width + x] === 1
}

/** How many pixels are chosen. */
export function countPixels({ bits }: PixelSet): number {
  let count = 0
  for (const bit of bits) count += bit
  return count
}

/** Pixels that are in either. */
export function unitePixels(a: PixelSet, b: PixelSet): PixelSet {
  if (a.bits.length === 0) return b
  if (b.bits.length === 0) return a
  const [column, row] = [Math.min(a.column, b.column), Math.min(a.row, b.row)]
  const width = Math.max(a.column + a.width, b.column + b.width) - column
  const height = Math.max(a.row + a.height, b.row + b.height) - row
  const bits = new Uint8Array(width * height)
  for (const set of [a, b])
    for (let y = 0; y < set.height; y++)
      for (let x = 0; x < set.width; x++)
        if (set.bits[y * set.width + x] === 1) bits[(y + set.row - row) * width + x + set.column - column] = 1
  return { column, row, width, height, bits }
}

/** Pixels of the first that are not in the second. */
export function subtractPixels(a: PixelSet, b: PixelSet): PixelSet {
  const bits = a.bits.map((bit, i) =>
    bit === 1 && !hasPixel(b, a.column + (i % a.width), a.row + Math.floor(i / a.width)) ? 1 : 0,
  )
  return { ...a, bits }
}

/** Whether two sets hold the same pixels, whatever their windows. */
export function isSamePixels(a: PixelSet, b: PixelSet): boolean {
  return countPixels(a) === countPixels(b) && countPixels(subtractPixels(a, b)) === 0
}

/**
 * Pixels that a round brush covers on its way in a straight line: those whose centre is at most `size / 2` away, and those
 * the line runs through, so that the thinnest brush draws too.
 * @param from, to  positions on the grid, fractional; whole numbers are pixel corners
 * @param size      diameter in pixels, at least 1
 */
export function brushPixels(
  grid: PixelSize,
  from: readonly [number, number],
  to: readonly [number, number],
  size: number,
): PixelSet {
  const radius = size / 2
  const clamp = (value: number, limit: number): number => Math.min(Math.max(0, value), limit)
  const column = clamp(Math.floor(Math.min(from[0], to[0]) - radius), grid.width)
  const row = clamp(Math.floor(Math.min(from[1], to[1]) - radius), grid.height)
  const width = clamp(Math.ceil(Math.max(from[0], to[0]) + radius) + 1, grid.width) - column
  const height = clamp(Math.ceil(Math.max(from[1], to[1]) + radius) + 1, grid.height) - row
  if (width <= 0 || height <= 0) return noPixels
  const bits = new Uint8Array(width * height)
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const lengthSquared = dx * dx + dy * dy
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [px, py] = [column + x + 0.5 - from[0], row + y + 0.5 - from[1]]
      const along = lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared))
      if (Math.hypot(px - along * dx, py - along * dy) <= radius) bits[y * width + x] = 1
    }
  const steps = Math.max(1, Math.ceil(2 * Math.max(Math.abs(dx), Math.abs(dy))))
  for (let step = 0; step <= steps; step++) {
    const [x, y] = [Math.floor(from[0] + (dx * step) / steps) - column, Math.floor(from[1] + (dy * step) / steps) - row]
    if (x >= 0 && y >= 0 && x < width && y < height) bits[y * width + x] = 1
  }
  return { column, row, width, height, bits }
}
