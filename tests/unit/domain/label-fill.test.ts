import { describe, expect, it } from 'vitest'
import { differencesFrom, growRegion } from '../../../shared/domain/label-fill.ts'
import { countPixels, hasPixel } from '../../../shared/domain/label-pixels.ts'

describe('growing a region', () => {
  // Two plateaus of 5 joined only at a corner, and a NaN.
  const values = [5, 5, 9, 9, 5, 5.4, 9, 9, 9, 9, 5, NaN]
  const size = { width: 4, height: 3 }
  const like = (tolerance: number) => {
    const differences = differencesFrom(values, 12, 0, [10])
    return (index: number) => (differences[index] ?? NaN) <= tolerance
  }

  it('takes what is within the tolerance and joined edge to edge', () => {
    const { pixels, isCutOff } = growRegion(size, { column: 0, row: 0 }, like(0.05), 100)
    expect([countPixels(pixels), hasPixel(pixels, 1, 1), hasPixel(pixels, 2, 2), isCutOff]).toEqual([
      4,
      true,
      false,
      false,
    ])
  })

  it('never takes pixels without data', () => {
    const { pixels } = growRegion(size, { column: 0, row: 0 }, like(1), 100)
    expect([countPixels(pixels), hasPixel(pixels, 3, 2)]).toEqual([11, false])
  })

  it('stops at the limit and says so', () => {
    const { pixels, isCutOff } = growRegion(size, { column: 0, row: 0 }, like(1), 3)
    expect([countPixels(pixels), isCutOff]).toEqual([3, true])
  })

  it('is empty outside the grid or on no data', () => {
    expect(countPixels(growRegion(size, { column: -1, row: 0 }, like(1), 9).pixels)).toBe(0)
    expect(countPixels(growRegion(size, { column: 3, row: 2 }, like(1), 9).pixels)).toBe(0)
  })

  it('compares all bands by the greatest difference', () => {
    const two = [0, 1, 2, 0, 30, 10]
    expect([...differencesFrom(two, 3, 0, [10, 100])].map((value) => Math.round(value * 100))).toEqual([0, 30, 20])
    expect([...differencesFrom([0, NaN, 2, 0, 30, 10], 3, 0, [10, 100])][1]).toBeNaN()
  })
})
