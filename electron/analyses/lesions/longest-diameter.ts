/** A point of a slice in mm along its rows and columns. */
export type PlanePoint = readonly [alongColumns: number, alongRows: number]

/** The longest line across an outline and the longest one at right angles to it. */
export interface Diameters {
  readonly long: readonly [PlanePoint, PlanePoint]
  readonly short: readonly [PlanePoint, PlanePoint]
  readonly longMm: number
  readonly shortMm: number
}

/** The convex hull, counter-clockwise, without points on its edges. Source: Andrew, Information Processing Letters 9 (1979) 216. */
export function convexHull(points: readonly PlanePoint[]): PlanePoint[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  const turn = (o: PlanePoint, a: PlanePoint, b: PlanePoint): number =>
    (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
  const half = (source: readonly PlanePoint[]): PlanePoint[] => {
    const chain: PlanePoint[] = []
    for (const point of source) {
      for (let last = chain.at(-1), before = chain.at(-2); last && before; last = chain.at(-1), before = chain.at(-2)) {
        if (turn(before, last, point) > 0) break
        chain.pop()
      }
      chain.push(point)
    }
    chain.pop()
    return chain
  }
  if (sorted.length < 3) return sorted
  return [...half(sorted), ...half(sorted.toReversed())]
}

/**
 * The longest diameter of a shape and the longest chord of its convex hull at right angles to it, as RECIST and WHO measure.
 * @param outline  points of its border, at least one; in mm
 */
export function diametersOf(outline: readonly PlanePoint[]): Diameters {
  const hull = convexHull(outline)
  const origin: PlanePoint = hull[0] ?? [0, 0]
  let long: [PlanePoint, PlanePoint] = [origin, origin]
  let longMm = 0
  for (const [i, a] of hull.entries())
    for (const b of hull.slice(i + 1)) {
      const length = Math.hypot(b[0] - a[0], b[1] - a[1])
      if (length > longMm) [long, longMm] = [[a, b], length]
    }
  if (longMm === 0) return { long, short: long, longMm, shortMm: 0 }
  const [from, to] = long
  const along: PlanePoint = [(to[0] - from[0]) / longMm, (to[1] - from[1]) / longMm]
  // In the frame of the long line: how far along it, how far to its side.
  const turned = hull.map(([x, y]): PlanePoint => {
    const [dx, dy] = [x - from[0], y - from[1]]
    return [dx * along[0] + dy * along[1], dy * along[0] - dx * along[1]]
  })
  let short = { at: 0, low: 0, high: 0 }
  // A chord of a convex shape is longest at one of its corners.
  for (const [at] of turned) {
    const [low, high] = chordAt(turned, at)
    if (high - low > short.high - short.low) short = { at, low, high }
  }
  const back = (s: number, t: number): PlanePoint => [
    from[0] + s * along[0] - t * along[1],
    from[1] + s * along[1] + t * along[0],
  ]
  return {
    long,
    longMm,
    short: [back(short.at, short.low), back(short.at, short.high)],
    shortMm: short.high - short.low,
  }
}

/** Where the line at `s` along the first axis leaves a convex polygon. */
function chordAt(polygon: readonly PlanePoint[], s: number): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity]
  const take = (t: number): void => {
    low = Math.min(low, t)
    high = Math.max(high, t)
  }
  for (const [i, a] of polygon.entries()) {
    const b = polygon[(i + 1) % polygon.length] ?? a
    if (a[0] === s) take(a[1])
    if ((a[0] - s) * (b[0] - s) < 0) take(a[1] + ((s - a[0]) / (b[0] - a[0])) * (b[1] - a[1]))
  }
  return [low, high]
}
