import { describe, expect, it } from 'vitest'
import { visibleRows } from '../../../../renderer/composables/use-virtual-rows.ts'

const tops = (count: number, height: number): number[] => Array.from({ length: count + 1 }, (_, i) => i * height)

describe('the rows of a long list that are in the page', () => {
  it.each([0, 1234, 27_400, 99_999])('are few and cover what is in sight, scrolled by %i', (scroll) => {
    const seen = visibleRows(tops(500, 56), scroll, 700)
    expect(seen.end - seen.first).toBeLessThanOrEqual(23)
    const within = Math.min(scroll, 500 * 56 - 700)
    if (scroll <= 500 * 56 - 700) {
      expect(seen.offset).toBeLessThanOrEqual(within)
      expect(seen.end * 56).toBeGreaterThanOrEqual(Math.min(500 * 56, within + 700))
    }
    expect(seen.total).toBe(28_000)
  })

  it('follow rows of different heights', () => {
    const heights = [30, 56, 56, 30, 56]
    const places = heights.reduce<number[]>((all, one) => [...all, (all.at(-1) ?? 0) + one], [0])
    expect(visibleRows(places, 0, 40)).toEqual({ first: 0, end: 5, offset: 0, total: 228 })
  })

  it('are none in an empty list', () => {
    expect(visibleRows([0], 0, 400)).toEqual({ first: 0, end: 0, offset: 0, total: 0 })
  })
})
