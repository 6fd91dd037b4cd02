import type { StretchRange } from './paint-frame.ts'

/** How often values fall into equally wide bins from `low` to `high`; what lies beyond is counted apart. */
export interface Histogram {
  readonly low: number
  readonly high: number
  readonly counts: Uint32Array
  readonly below: number
  readonly above: number
  /** Values that are numbers. */
  readonly total: number
}

/** Counts finite values into `bins` equally wide bins; the last bin holds its upper edge as well. */
export function histogram(values: ArrayLike<number>, { low, high }: StretchRange, bins: number): Histogram {
  const counts = new Uint32Array(bins)
  let [below, above, total] = [0, 0, 0]
  const scale = bins / (high - low || 1)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    total++
    if (value < low) below++
    else if (value > high) above++
    else {
      const bin = Math.min(bins - 1, Math.floor((value - low) * scale))
      counts[bin] = (counts[bin] ?? 0) + 1
    }
  }
  return { low, high, counts, below, above, total }
}

/** Most values that are sorted for a percentile; of more, every n-th is taken. */
const mostSorted = 200_000

/**
 * The range that leaves out `percent` of the finite values at each end (0 gives least and largest).
 * Exact up to 200 000 values, else from as many taken evenly. A range without width is widened by one.
 * @returns null where there is no finite value
 */
export function percentileRange(values: ArrayLike<number>, percent: number): StretchRange | null {
  const stride = Math.max(1, Math.ceil(values.length / mostSorted))
  const taken = new Float64Array(Math.ceil(values.length / stride))
  let count = 0
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i] as number
    if (Number.isFinite(value)) taken[count++] = value
  }
  if (count === 0) return null
  const sorted = taken.subarray(0, count).sort()
  const at = (part: number): number => sorted[Math.round(part * (count - 1))] as number
  const [low, high] = [at(percent / 100), at(1 - percent / 100)]
  return low === high ? { low, high: low + 1 } : { low, high }
}
