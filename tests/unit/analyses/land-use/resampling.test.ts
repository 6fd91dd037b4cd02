import { describe, expect, it } from 'vitest'
import { planResampling, resampleInto, resamplePixels } from '../../../../electron/analyses/land-use/resampling.ts'

const days = Float64Array.from([90, 101, 107, 120, 131, 150])

/** Resamples one series to the dates of a plan. */
function resample(plan: ReturnType<typeof planResampling>, series: number[]): number[] | null {
  const out = new Float32Array(plan.targets.length)
  const hasData = resampleInto(plan, Float32Array.from(series), 0, 1, out, 0, 1)
  return hasData ? [...out] : null
}

describe('planResampling', () => {
  it('reads the frames of the interval and those up to one step around it', () => {
    const plan = planResampling(days, 100, 4, 10) // targets 100, 110, 120, 130; frames within 90..140
    expect(plan.frames).toEqual([0, 1, 2, 3, 4])
    expect([...plan.targets]).toEqual([100, 110, 120, 130])
  })

  it('has no frame when none lies near', () => {
    expect(planResampling(days, 500, 3, 10).frames).toEqual([])
  })
})

describe('resampleInto', () => {
  const plan = planResampling(days, 100, 4, 10)

  it('interpolates on the real dates, not on frame numbers', () => {
    const line = [...days].slice(0, 5).map((day) => 3 * day - 7)
    expect(resample(plan, line)).toEqual([293, 323, 353, 383])
  })

  it('bridges gaps between the nearest valid dates', () => {
    // Valid at 90 (value 1) and 131 (value 42): slope 1 per day.
    expect(resample(plan, [1, NaN, NaN, NaN, 42])).toEqual([11, 21, 31, 41])
  })

  it('holds the first and the last valid value', () => {
    expect(resample(plan, [NaN, NaN, 5, 31, NaN])).toEqual([5, 11, 31, 31])
  })

  it('gives the same with and without gaps where the gap lies on a straight line', () => {
    const line = [...days].slice(0, 5).map((day) => 0.5 * day)
    expect(resample(plan, line.with(2, NaN))).toEqual(resample(plan, line))
  })

  it('takes a value on a target date unchanged, also beside a gap', () => {
    expect(resample(plan, [NaN, NaN, NaN, 8, NaN])).toEqual([8, 8, 8, 8])
    expect(resample(plan, [0, 0, 0, 8, 0])?.[2]).toBe(8)
  })

  it('says when there is no valid value', () => {
    expect(resample(plan, [NaN, NaN, NaN, NaN, NaN])).toBeNull()
  })
})

describe('resamplePixels', () => {
  it('lays out [pixel, frame, band] and reports pixels that lack a band', () => {
    const plan = planResampling(Float64Array.from([0, 10]), 0, 3, 5) // targets 0, 5, 10
    // [frame, band, pixel]: 2 frames, 2 bands, 3 pixels
    const values = Float32Array.from([1, 2, 3, 10, NaN, 30, 5, 6, 7, 50, NaN, 70])
    const out = new Float32Array(3 * 3 * 2).fill(-1)
    expect([...resamplePixels(plan, values, 2, 3, [2, 1, 0], out, 0)]).toEqual([1, 0, 1])
    expect([...out.subarray(0, 6)]).toEqual([3, 30, 5, 50, 7, 70])
    expect([...out.subarray(6, 12)]).toEqual([0, 0, 0, 0, 0, 0])
    expect([...out.subarray(12)]).toEqual([1, 10, 3, 30, 5, 50])
  })
})
