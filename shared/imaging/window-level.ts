import type { StretchRange } from './paint-frame.ts'

/** A window to look through: the middle and the width of the values that are told apart. */
export interface WindowLevel {
  readonly centre: number
  readonly width: number
}

/**
 * Values shown as darkest and brightest through a window.
 * @param isWhole  whether the values are whole numbers: the linear function of the standard then takes the width as a count of values,
 *   so that its ends lie one apart less; else its exact form
 * Source: DICOM PS3.3 C.11.2.1.2.1 (LINEAR) and C.11.2.1.3.2 (LINEAR_EXACT)
 */
export function windowRange({ centre, width }: WindowLevel, isWhole: boolean): StretchRange {
  if (!isWhole) return { low: centre - width / 2, high: centre + width / 2 }
  return { low: centre - 0.5 - (width - 1) / 2, high: centre - 0.5 + (width - 1) / 2 }
}

/** The window of a range; what `windowRange` made comes back. */
export function rangeWindow({ low, high }: StretchRange, isWhole: boolean): WindowLevel {
  const spread = Math.abs(high - low)
  const middle = (low + high) / 2
  return isWhole ? { centre: middle + 0.5, width: spread + 1 } : { centre: middle, width: spread }
}

/** Values looked at for percentiles; more would not change what is seen. */
const sampleSize = 65_536

/**
 * The range between two percentiles of the finite values, for a first look where no window is stated; of a sample of at most 65 536
 * values at even distances. Never without width; 0 to 1 where there is no value at all.
 * @param lower, upper  in percent
 */
export function percentileRange(values: ArrayLike<number>, lower = 1, upper = 99): StretchRange {
  const step = Math.max(1, Math.floor(values.length / sampleSize))
  const sample: number[] = []
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] ?? NaN
    if (Number.isFinite(value)) sample.push(value)
  }
  if (sample.length === 0) return { low: 0, high: 1 }
  sample.sort((a, b) => a - b)
  const at = (percent: number): number => sample[Math.round((percent / 100) * (sample.length - 1))] ?? 0
  const [low, high] = [at(lower), at(upper)]
  if (high > low) return { low, high }
  const [first, last] = [sample[0] ?? 0, sample.at(-1) ?? 1]
  return last > first ? { low: first, high: last } : { low: first, high: first + 1 }
}
