/** How the search for a minimum is done. */
export interface PowellOptions {
  /** First step along each parameter. */
  readonly steps: readonly number[]
  /** Stops when a round lowers the value by less than this share. */
  readonly tolerance: number
  /** Precision of a line search, as a share of the step. */
  readonly lineTolerance: number
  readonly maximumRounds: number
  /** Called between line searches; may throw to stop. */
  readonly onLine?: () => Promise<void> | void
}

/**
 * Lowers a function of several parameters by line searches along directions that adapt; needs no derivative.
 * @returns the parameters and the value there; never worse than the start
 * Source: Powell, Computer Journal 7 (1964) 155-162; line search by Brent, Algorithms for Minimization without Derivatives
 *   (1973), chapter 5.
 */
export async function minimisePowell(
  costOf: (parameters: Float64Array) => number,
  start: ArrayLike<number>,
  { steps, tolerance, lineTolerance, maximumRounds, onLine }: PowellOptions,
): Promise<{ parameters: Float64Array; cost: number }> {
  let point = Float64Array.from(start)
  let cost = costOf(point)
  const directions = steps.map((step, i) => Float64Array.from(steps, (_, j) => (i === j ? step : 0)))
  for (let round = 0; round < maximumRounds; round++) {
    const [startPoint, startCost] = [point, cost]
    let [largest, largestDrop] = [0, 0]
    for (const [i, direction] of directions.entries()) {
      await onLine?.()
      const found = alongLine(costOf, point, cost, direction, lineTolerance)
      if (cost - found.cost > largestDrop) [largest, largestDrop] = [i, cost - found.cost]
      ;[point, cost] = [found.point, found.cost]
    }
    const way = point.map((value, i) => value - (startPoint[i] ?? 0))
    if (way.some((value) => value !== 0)) {
      const beyond = costOf(point.map((value, i) => value + (way[i] ?? 0)))
      const curvature = 2 * (startCost - 2 * cost + beyond) * (startCost - cost - largestDrop) ** 2
      if (beyond < startCost && curvature < largestDrop * (startCost - beyond) ** 2) {
        const found = alongLine(costOf, point, cost, way, lineTolerance)
        ;[point, cost] = [found.point, found.cost]
        directions.splice(largest, 1)
        directions.push(way)
      }
    }
    if (startCost - cost <= tolerance * (Math.abs(startCost) + 1e-12)) break
  }
  return { parameters: point, cost }
}

const golden = 0.381966

/** Brackets a minimum around the start (factor 0 of the direction), then narrows it down. */
function alongLine(
  costOf: (parameters: Float64Array) => number,
  point: Float64Array<ArrayBuffer>,
  cost: number,
  direction: Float64Array,
  tolerance: number,
): { point: Float64Array<ArrayBuffer>; cost: number } {
  const pointAt = (factor: number): Float64Array<ArrayBuffer> =>
    point.map((value, i) => value + factor * (direction[i] ?? 0))
  const at = (factor: number): number => costOf(pointAt(factor))
  const bracket = bracketOf(at, cost)
  let { low, high } = bracket
  let [x, fx] = [bracket.middle, bracket.cost]
  let [w, fw, v, fv] = [x, fx, x, fx]
  let [step, before] = [0, 0]
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    const small = tolerance * Math.max(0.1, Math.abs(x)) + 1e-9
    if (Math.abs(x - middle) <= 2 * small - (high - low) / 2) break
    let isParabola = false
    if (Math.abs(before) > small) {
      const r = (x - w) * (fx - fv)
      let q = (x - v) * (fx - fw)
      let p = (x - v) * q - (x - w) * r
      q = 2 * (q - r)
      if (q > 0) p = -p
      q = Math.abs(q)
      const last = before
      before = step
      isParabola = Math.abs(p) < Math.abs((q * last) / 2) && p > q * (low - x) && p < q * (high - x)
      if (isParabola) {
        step = p / q
        if (x + step - low < 2 * small || high - (x + step) < 2 * small) step = x < middle ? small : -small
      }
    }
    if (!isParabola) {
      before = x >= middle ? low - x : high - x
      step = golden * before
    }
    const u = x + (Math.abs(step) >= small ? step : step > 0 ? small : -small)
    const fu = at(u)
    if (fu <= fx) {
      if (u >= x) low = x
      else high = x
      ;[v, fv, w, fw, x, fx] = [w, fw, x, fx, u, fu]
    } else {
      if (u < x) low = u
      else high = u
      if (fu <= fw || w === x) [v, fv, w, fw] = [w, fw, u, fu]
      else if (fu <= fv || v === x || v === w) [v, fv] = [u, fu]
    }
  }
  return fx < cost ? { point: pointAt(x), cost: fx } : { point, cost }
}

/** Two ends and a factor between them that is not worse than either, as far as 16 steps away. */
function bracketOf(
  at: (factor: number) => number,
  cost: number,
): { low: number; middle: number; high: number; cost: number } {
  const [up, down] = [at(1), at(-1)]
  if (up >= cost && down >= cost) return { low: -1, middle: 0, high: 1, cost }
  const sign = up < down ? 1 : -1
  let [before, here, hereCost] = [0, 1, Math.min(up, down)]
  for (let next = 2.618; next <= 16; next = here + 1.618 * (here - before)) {
    const nextCost = at(sign * next)
    if (nextCost >= hereCost) return ordered(sign, before, here, next, hereCost)
    ;[before, here, hereCost] = [here, next, nextCost]
  }
  return ordered(sign, before, here, here + (here - before), hereCost)
}

function ordered(sign: number, before: number, here: number, next: number, cost: number): ReturnType<typeof bracketOf> {
  const [a, b] = [sign * before, sign * next]
  return { low: Math.min(a, b), middle: sign * here, high: Math.max(a, b), cost }
}
