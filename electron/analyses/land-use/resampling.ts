/** Which frames to read for one interval, and how to come from their dates to the dates that a model expects. */
export interface ResamplingPlan {
  /** Frame indices to read, ascending. */
  readonly frames: readonly number[]
  /** Acquisition days of these frames. */
  readonly days: Float64Array
  /** Days to interpolate at, ascending, one for each frame of the sample. */
  readonly targets: Float64Array
  /** For a series without gaps: value = series[left] + weight · (series[right] - series[left]). */
  readonly left: Int32Array
  readonly right: Int32Array
  readonly weight: Float64Array
}

/**
 * Plans the resampling of every pixel's series to `frames` dates, `stepDays` apart, the first on the first day of the
 * interval. Besides the frames within the interval, those up to one step before its first and after its last date take
 * part, so that the ends are interpolated too where the data allow it.
 * @param allDays  acquisition days of the whole sequence, ascending
 * @returns        a plan without frames when none lies near the interval
 */
export function planResampling(allDays: Float64Array, from: number, frames: number, stepDays: number): ResamplingPlan {
  const targets = Float64Array.from({ length: frames }, (_, i) => from + i * stepDays)
  const last = from + (frames - 1) * stepDays
  const chosen = [...allDays.keys()].filter((i) => {
    const day = allDays[i] ?? NaN
    return day >= from - stepDays && day <= last + stepDays
  })
  const days = Float64Array.from(chosen, (i) => allDays[i] ?? NaN)
  const left = new Int32Array(frames)
  const right = new Int32Array(frames)
  const weight = new Float64Array(frames)
  for (let i = 0; i < frames; i++) {
    const target = targets[i] ?? NaN
    let after = 0
    while (after < days.length && (days[after] ?? NaN) < target) after++
    right[i] = Math.min(after, days.length - 1)
    left[i] = after < days.length && days[after] === target ? after : Math.max(0, after - 1)
    weight[i] = weightBetween(days[left[i] ?? 0] ?? NaN, days[right[i] ?? 0] ?? NaN, target)
  }
  return { frames: chosen, days, targets, left, right, weight }
}

/** 0 at or before the left day, 1 at or after the right one: beyond the ends the last value is held. */
function weightBetween(left: number, right: number, target: number): number {
  return right > left ? Math.min(1, Math.max(0, (target - left) / (right - left))) : 0
}

/**
 * Resamples one band of one pixel: linear interpolation on the real dates. A NaN is a gap and is bridged from the
 * nearest valid dates on both sides; before the first and after the last valid date that value is held.
 * @param series      values [frames of the plan] at `offset + frame · stride`
 * @param out         receives `plan.targets.length` values at `outOffset + frame · outStride`
 * @returns           false, with nothing written, when every value is NaN
 */
export function resampleInto(
  plan: ResamplingPlan,
  series: Float32Array,
  offset: number,
  stride: number,
  out: Float32Array,
  outOffset: number,
  outStride: number,
): boolean {
  const { left, right, weight, days } = plan
  let valid = 0
  for (let f = 0; f < days.length; f++) if (!Number.isNaN(series[offset + f * stride] ?? NaN)) valid++
  if (valid === 0) return false
  if (valid < days.length) return resampleWithGaps(plan, series, offset, stride, out, outOffset, outStride)
  for (let t = 0; t < left.length; t++) {
    const a = series[offset + (left[t] ?? 0) * stride] ?? NaN
    const b = series[offset + (right[t] ?? 0) * stride] ?? NaN
    out[outOffset + t * outStride] = a + (weight[t] ?? 0) * (b - a)
  }
  return true
}

function resampleWithGaps(
  plan: ResamplingPlan,
  series: Float32Array,
  offset: number,
  stride: number,
  out: Float32Array,
  outOffset: number,
  outStride: number,
): boolean {
  const { days, targets } = plan
  const valueAt = (frame: number): number => series[offset + frame * stride] ?? NaN
  const nextValid = (frame: number): number => {
    let next = frame
    while (next < days.length && Number.isNaN(valueAt(next))) next++
    return next
  }
  let after = nextValid(0)
  let before = after
  for (let t = 0; t < targets.length; t++) {
    const target = targets[t] ?? NaN
    while (after < days.length && (days[after] ?? NaN) < target) {
      before = after
      after = nextValid(after + 1)
    }
    const right = after < days.length ? after : before
    const weight = weightBetween(days[before] ?? NaN, days[right] ?? NaN, target)
    const a = valueAt(before)
    out[outOffset + t * outStride] = a + weight * (valueAt(right) - a)
  }
  return true
}

/**
 * Resamples pixels of a block that was read with the plan's frames.
 * @param values  [frames of the plan, bands, pixels of the block]
 * @param pixels  indices within the block
 * @param out     receives [pixels, frames, bands] from sample `first` on
 * @returns       for each pixel 1 where every band had a valid value; the values of others are 0
 */
export function resamplePixels(
  plan: ResamplingPlan,
  values: Float32Array,
  bands: number,
  blockPixels: number,
  pixels: ArrayLike<number>,
  out: Float32Array,
  first: number,
): Uint8Array {
  const frames = plan.targets.length
  const rowLength = frames * bands
  const count = pixels.length
  const start = first * rowLength
  const hasData = new Uint8Array(count).fill(plan.frames.length > 0 ? 1 : 0)
  for (let band = 0; band < bands && plan.frames.length > 0; band++) {
    const gaps = countGaps(plan.frames.length, values, band * blockPixels, bands * blockPixels, pixels)
    // Pixels in the inner loop: neighbours lie side by side in the block, a pixel's dates far apart.
    for (let t = 0; t < frames; t++) {
      const left = ((plan.left[t] ?? 0) * bands + band) * blockPixels
      const right = ((plan.right[t] ?? 0) * bands + band) * blockPixels
      const weight = plan.weight[t] ?? 0
      for (let i = 0, to = start + t * bands + band; i < count; i++, to += rowLength) {
        const pixel = pixels[i] as number
        const a = values[left + pixel] as number
        out[to] = a + weight * ((values[right + pixel] as number) - a)
      }
    }
    for (let i = 0; i < count; i++) {
      if (gaps[i] === 0) continue
      const offset = band * blockPixels + (pixels[i] ?? 0)
      const to = start + i * rowLength + band
      if (!resampleInto(plan, values, offset, bands * blockPixels, out, to, bands)) hasData[i] = 0
    }
  }
  for (let i = 0; i < count; i++) if (hasData[i] === 0) out.fill(0, start + i * rowLength, start + (i + 1) * rowLength)
  return hasData
}

/** Number of NaN in each pixel's series of one band. */
function countGaps(
  frames: number,
  values: Float32Array,
  offset: number,
  stride: number,
  pixels: ArrayLike<number>,
): Uint16Array {
  const gaps = new Uint16Array(pixels.length)
  for (let f = 0; f < frames; f++)
    for (let i = 0; i < pixels.length; i++) {
      const value = values[offset + f * stride + (pixels[i] as number)] as number
      // NaN is the only number that differs from itself; Number.isNaN is not inlined here.
      if (value !== value) gaps[i] = (gaps[i] ?? 0) + 1
    }
  return gaps
}
