import { describe, expect, it } from 'vitest'
import { histogram, percentileRange } from '../../../shared/imaging/histogram.ts'

describe('the histogram of a band', () => {
  it('counts the upper edge into the last bin, and what lies beyond apart', () => {
    const found = histogram([0, 1, 1.9, 2, 4, 4.1, -3, NaN], { low: 0, high: 4 }, 4)
    expect([...found.counts]).toEqual([1, 2, 1, 1])
    expect([found.below, found.above, found.total]).toEqual([1, 1, 7])
  })
})

describe('a stretch by percentiles', () => {
  const values = Float32Array.from({ length: 1001 }, (_, i) => 1000 - i)

  it.each([
    [0, 0, 1000],
    [1, 10, 990],
    [2, 20, 980],
  ])('leaves out %s %% at each end', (percent, low, high) => {
    expect(percentileRange(values, percent)).toEqual({ low, high })
  })

  it('has a width where all values are the same, and is nothing where there are none', () => {
    expect(percentileRange([7, NaN, 7], 2)).toEqual({ low: 7, high: 8 })
    expect(percentileRange([NaN, Infinity], 2)).toBeNull()
  })

  it('takes a part of very many values evenly', () => {
    const many = Float32Array.from({ length: 1_000_000 }, (_, i) => i)
    const range = percentileRange(many, 2)
    expect(range?.low).toBeCloseTo(20_000, -2)
    expect(range?.high).toBeCloseTo(980_000, -2)
  })
})
