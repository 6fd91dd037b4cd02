import type { PixelPolygon } from './label-frame.ts'
import { noPixels, type PixelSet, type PixelSize } from './label-pixels.ts'

/** Steps of the four directions: right, down, left, up. */
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const
/** Pixels ahead of a corner on the right and on the left hand, by direction, as offsets from the corner. */
const ahead = [
  { right: [0, 0], left: [0, -1] },
  { right: [-1, 0], left: [0, 0] },
  { right: [-1, -1], left: [-1, 0] },
  { right: [0, -1], left: [-1, -1] },
] as const

/**
 * The outlines of chosen pixels, exactly along their edges: one polygon for every group of pixels that share edges, with its
 * holes. Pixels that only touch at a corner are apart. `pixelsInside` gives the same pixels back.
 * @returns positions on the grid, whole numbers; outlines turn right on the screen (rows grow downwards), holes left; not closed
 * Source: own (boundary following with the set pixels on the right hand; rings are cut where they touch themselves)
 */
export function outlinePixels(set: PixelSet): PixelPolygon[] {
  const { width, height } = set
  const { groups, count } = groupPixels(set)
  const isSet = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && set.bits[y * width + x] === 1
  const seenTops = new Uint8Array(width * height)
  const outlines = new Array<[number, number][] | undefined>(count)
  const holes: { group: number; ring: [number, number][] }[] = []
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!isSet(x, y) || isSet(x, y - 1) || seenTops[y * width + x] === 1) continue
      const group = (groups[y * width + x] ?? 1) - 1
      for (const ring of cutAtRepeats(follow(x, y, isSet, seenTops, width))) {
        const moved = ring.map(([column, row]): [number, number] => [column + set.column, row + set.row])
        if (turnsRight(ring)) outlines[group] = moved
        else holes.push({ group, ring: moved })
      }
    }
  const polygons = outlines.map((ring): PixelPolygon => (ring ? [ring] : []))
  for (const { group, ring } of holes) polygons[group]?.push(ring)
  return polygons.filter((polygon) => polygon.length > 0)
}

/**
 * Pixels whose centre lies inside polygons; a centre on an edge belongs to the side with the greater column, or row.
 * @param polygons  positions on the grid; rings may be closed or not, and turn either way
 */
export function pixelsInside(grid: PixelSize, polygons: readonly PixelPolygon[]): PixelSet {
  const window = windowOf(grid, polygons)
  if (window.width <= 0 || window.height <= 0) return noPixels
  const { column, row, width, height } = window
  const bits = new Uint8Array(width * height)
  for (const rings of polygons)
    for (let y = 0; y < height; y++) {
      const crossings = crossingsAt(rings, row + y + 0.5)
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const first = Math.max(0, Math.ceil((crossings[i] ?? 0) - 0.5) - column)
        const end = Math.min(width, Math.ceil((crossings[i + 1] ?? 0) - 0.5) - column)
        if (end > first) bits.fill(1, y * width + first, y * width + end)
      }
    }
  return { ...window, bits }
}

/** Numbers groups of pixels that share edges from 1 on; 0 is unset. */
function groupPixels({ bits, width, height }: PixelSet): { groups: Int32Array; count: number } {
  const groups = new Int32Array(bits.length)
  const open: number[] = []
  let count = 0
  for (let start = 0; start < bits.length; start++) {
    if (bits[start] !== 1 || groups[start] !== 0) continue
    groups[start] = ++count
    open.push(start)
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)]
      for (const [dx, dy] of steps) {
        if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue
        const next = at + dy * width + dx
        if (bits[next] !== 1 || groups[next] !== 0) continue
        groups[next] = count
        open.push(next)
      }
    }
  }
  return { groups, count }
}

/** Follows one boundary from the top edge of a pixel until it closes; only corners at which it turns. */
function follow(
  startX: number,
  startY: number,
  isSet: (x: number, y: number) => boolean,
  seenTops: Uint8Array,
  width: number,
): [number, number][] {
  const ring: [number, number][] = []
  let [x, y, direction] = [startX, startY, 0]
  do {
    if (direction === 0) seenTops[y * width + x] = 1
    const [dx, dy] = steps[direction] ?? steps[0]
    x += dx
    y += dy
    const { right, left } = ahead[direction] ?? ahead[0]
    const turn = !isSet(x + right[0], y + right[1]) ? 1 : isSet(x + left[0], y + left[1]) ? 3 : 0
    if (turn !== 0) ring.push([x, y])
    direction = (direction + turn) % 4
  } while (x !== startX || y !== startY || direction !== 0)
  return ring
}

/** Parts of a ring that do not touch themselves: a valid polygon may touch its hole in a point, but not itself. */
function cutAtRepeats(ring: readonly [number, number][]): [number, number][][] {
  const parts: [number, number][][] = []
  const kept: [number, number][] = []
  const places = new Map<string, number>()
  for (const corner of ring) {
    const key = corner.join()
    const before = places.get(key)
    if (before !== undefined) {
      const part = kept.splice(before)
      for (const gone of part) places.delete(gone.join())
      parts.push(part)
    }
    places.set(key, kept.length)
    kept.push(corner)
  }
  return [...parts, kept].filter((part) => part.length >= 4)
}

function turnsRight(ring: readonly (readonly [number, number])[]): boolean {
  let twice = 0
  ring.forEach(([x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [x, y]
    twice += x * nextY - nextX * y
  })
  return twice > 0
}

function windowOf(grid: PixelSize, polygons: readonly PixelPolygon[]): Omit<PixelSet, 'bits'> {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const ring of polygons.flat())
    for (const [x, y] of ring) {
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  const [column, row] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))]
  const width = Math.min(grid.width, Math.ceil(right)) - column
  return { column, row, width, height: Math.min(grid.height, Math.ceil(bottom)) - row }
}

/** Where rings cross a line of constant row, ascending; even-odd. */
function crossingsAt(rings: PixelPolygon, y: number): number[] {
  const found: number[] = []
  for (const ring of rings)
    for (let i = 0; i < ring.length; i++) {
      const [x0, y0] = ring[i] ?? [0, 0]
      const [x1, y1] = ring[(i + 1) % ring.length] ?? [0, 0]
      if (y0 <= y === y1 <= y) continue
      found.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0))
    }
  return found.sort((a, b) => a - b)
}
