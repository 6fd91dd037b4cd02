import { z } from 'zod'
import { unreachable } from '../../../shared/base/assert.ts'

/**
 * How several observations of a pixel become one: `median`, `mean`; `max-ndvi` takes all bands of the greenest date;
 * `nearest` the valid date closest to the middle of the window; `first` the first valid date; `count` how many are valid.
 */
export const compositeMethodSchema = z.enum(['median', 'mean', 'max-ndvi', 'nearest', 'first', 'count'])
/** How several observations of a pixel become one; see `compositeMethodSchema`. */
export type CompositeMethod = z.infer<typeof compositeMethodSchema>

/**
 * Reduces the planes of one band along time, pixel by pixel; NaN observations do not count.
 * @param planes the band's values at each date, [pixels] each
 * @param order dates in order of preference, for `nearest` and `first`
 * @param result one value per pixel; NaN where nothing is valid, except that `count` gives 0
 */
export function reducePlanes(
  planes: readonly Float32Array[],
  method: Exclude<CompositeMethod, 'max-ndvi'>,
  order: readonly number[],
  result: Float32Array,
): void {
  switch (method) {
    case 'median':
      return median(planes, result)
    case 'mean':
      return mean(planes, result)
    case 'count':
      return count(planes, result)
    case 'nearest':
    case 'first':
      return firstValid(
        order.map((date) => planes[date] as Float32Array),
        result,
      )
    default:
      return unreachable(method)
  }
}

/**
 * The date with the highest index of each pixel; -1 where the index is never valid. The earlier date wins a tie.
 * @param index values of the index at each date, [pixels] each
 */
export function greatestDates(index: readonly Float32Array[], pixels: number): Int32Array {
  const dates = new Int32Array(pixels).fill(-1)
  const best = new Float32Array(pixels).fill(-Infinity)
  index.forEach((plane, date) => {
    for (let i = 0; i < pixels; i++) {
      const value = plane[i] as number
      if (!(value > (best[i] as number))) continue
      best[i] = value
      dates[i] = date
    }
  })
  return dates
}

/** Takes each pixel from the plane of its date; -1 gives NaN. */
export function pickDates(planes: readonly Float32Array[], dates: Int32Array, result: Float32Array): void {
  for (let i = 0; i < result.length; i++) {
    const date = dates[i] as number
    result[i] = date < 0 ? NaN : ((planes[date] as Float32Array)[i] as number)
  }
}

/** Of an even number of values, the mean of the middle two. */
function median(planes: readonly Float32Array[], result: Float32Array): void {
  const sorted = new Float64Array(planes.length)
  for (let i = 0; i < result.length; i++) {
    let valid = 0
    for (const plane of planes) {
      const value = plane[i] as number
      if (Number.isNaN(value)) continue
      // windows hold few dates, and insertion beats the general sort there
      let place = valid++
      for (; place > 0 && (sorted[place - 1] as number) > value; place--) sorted[place] = sorted[place - 1] as number
      sorted[place] = value
    }
    const upper = sorted[valid >> 1] as number
    result[i] = valid === 0 ? NaN : valid % 2 === 1 ? upper : ((sorted[(valid >> 1) - 1] as number) + upper) / 2
  }
}

function mean(planes: readonly Float32Array[], result: Float32Array): void {
  for (let i = 0; i < result.length; i++) {
    let sum = 0
    let valid = 0
    for (const plane of planes) {
      const value = plane[i] as number
      if (Number.isNaN(value)) continue
      sum += value
      valid++
    }
    result[i] = valid === 0 ? NaN : sum / valid
  }
}

function count(planes: readonly Float32Array[], result: Float32Array): void {
  for (let i = 0; i < result.length; i++) {
    let valid = 0
    for (const plane of planes) if (!Number.isNaN(plane[i])) valid++
    result[i] = valid
  }
}

function firstValid(planes: readonly Float32Array[], result: Float32Array): void {
  for (let i = 0; i < result.length; i++) {
    let value = NaN
    for (const plane of planes) {
      value = plane[i] as number
      if (!Number.isNaN(value)) break
    }
    result[i] = value
  }
}
