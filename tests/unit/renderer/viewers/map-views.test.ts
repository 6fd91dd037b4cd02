import { describe, expect, it } from 'vitest'
import { scaleBar } from '../../../../renderer/viewers/map/ground-scale.ts'
import { samplePlan } from '../../../../renderer/viewers/map/sample-values.ts'
import { seenWindow, wholeWindow } from '../../../../renderer/viewers/map/view-window.ts'
import { movedPane, paneFrame } from '../../../../renderer/viewers/time/pane-time.ts'
import { seasonAt } from '../../../../renderer/viewers/time/season-at.ts'
import { frameMoments } from '../../../../renderer/viewers/time/time-scale.ts'

const times = ['2019-01-05', '2019-07-01', '2019-12-28', '2020-02-29', '2020-07-03', '2021-03-02']
const moments = frameMoments(times, times.length)
const time = (part: Partial<Parameters<typeof paneFrame>[0]>) => ({ years: 0, frames: 0, fixed: null, ...part })

describe('the moment of a view beside the first one', () => {
  it('is the nearest date of another year', () => {
    expect(paneFrame(time({ years: 1 }), 1, times, moments)).toBe(4)
    expect(paneFrame(time({ years: -1 }), 4, times, moments)).toBe(1)
  })

  it('takes 1 March for 29 February in other years', () => {
    expect(paneFrame(time({ years: 1 }), 3, times, moments)).toBe(5)
  })

  it('is nothing where no image lies near that day, or beyond the last date', () => {
    const dense = frameMoments(['2020-01-01', '2020-01-17', '2020-02-02'], 3)
    expect(paneFrame(time({ years: 1 }), 0, ['2020-01-01', '2020-01-17', '2020-02-02'], dense)).toBeNull()
    expect(paneFrame(time({ frames: 2 }), 4, times, moments)).toBeNull()
    expect(paneFrame(time({ frames: -1 }), 0, times, moments)).toBeNull()
  })

  it('keeps its distance in dates after the year, and knows no years without dates', () => {
    expect(paneFrame(time({ years: 1, frames: -1 }), 1, times, moments)).toBe(3)
    expect(paneFrame(time({ years: 1, frames: 1 }), 1, null, frameMoments(null, 6))).toBe(2)
  })

  it('stays where it is fixed, and moves within the series', () => {
    expect(paneFrame(time({ fixed: 3 }), 0, times, moments)).toBe(3)
    expect(movedPane(time({ fixed: 5 }), 2, 6).fixed).toBe(5)
    expect(movedPane(time({ frames: 1 }), -3, 6)).toEqual(time({ frames: -2 }))
  })
})

describe('the season whose map lies over an image', () => {
  const seasons = [
    { label: '2019', from: '2019-01-01', to: '2020-01-01' },
    { label: '2020', from: '2020-01-01', to: '2021-01-01' },
  ]
  it.each([
    ['2019-12-31', '2020', '2019'],
    ['2020-01-01', '2019', '2020'],
    ['2020-06-01', '2020', '2020'],
    ['2021-01-01', '2020', null],
    [null, '2019', '2019'],
  ])('of %s, while %s is chosen, is %s', (day, chosen, label) => {
    expect(seasonAt(seasons, day, chosen)?.label ?? null).toBe(label)
  })
})

describe('a sample of values for a stretch', () => {
  const grid = { width: 4000, height: 2000, geoTransform: [0, 10, 0, 20_000, 0, -10] as const }

  it('costs the same however large the series is', () => {
    const plan = samplePlan('series', grid, 7, 2000, null)
    expect(plan?.frames).toHaveLength(16)
    expect([plan?.frames[0], plan?.frames.at(-1)]).toEqual([0, 1999])
    expect([plan?.part.outHeight, plan?.part.outWidth]).toEqual([48, 96])
  })

  it('is of what is seen, to the pixel', () => {
    const plan = samplePlan('view', grid, 7, 2000, [1005, 19_000, 1995, 30_000])
    expect(plan).toEqual({
      frames: [7],
      part: { window: { row: 0, column: 100, height: 100, width: 100 }, outHeight: 100, outWidth: 100 },
    })
    expect(samplePlan('view', grid, 7, 2000, [-500, 0, -20, 100])).toBeNull()
    expect(seenWindow(grid, [39_990, 0, 99_999, 10])).toEqual({ row: 1999, column: 3999, height: 1, width: 1 })
  })
})

describe('the ground under a map', () => {
  it.each([
    [1, 120, 100, '100 m', 100],
    [30, 100, 2000, '2 km', 66.67],
    [0.004, 100, 0.2, '20 cm', 50],
    [9, 120, 1000, '1 km', 111.11],
  ])('of %s m to the pixel has a bar of at most %s pixels for %s m', (metres, longest, length, label, pixels) => {
    const bar = scaleBar(metres, longest)
    expect([bar.metres, bar.label]).toEqual([length, label])
    expect(bar.pixels).toBeCloseTo(pixels, 1)
  })

  it('is read whole and coarse beside the detail only where it is large', () => {
    expect(wholeWindow({ width: 1000, height: 1000, geoTransform: [0, 1, 0, 0, 0, -1] })).toBeNull()
    expect(wholeWindow({ width: 5000, height: 3000, geoTransform: [0, 1, 0, 0, 0, -1] })).toMatchObject({
      outWidth: 625,
      outHeight: 375,
    })
  })
})
