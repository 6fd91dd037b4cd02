import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayNumber } from '../../../../electron/analyses/satellite/calendar.ts'
import { seriesFiller } from '../../../../electron/analyses/satellite/gap-fill.ts'
import { gapFillOptionsSchema } from '../../../../electron/analyses/satellite/gap-fill-options.ts'
import { fillGaps, surveyGaps } from '../../../../electron/analyses/satellite/gap-fill-stage.ts'
import { largestDifference, memoryReader, readAll } from './memory-reader.ts'

type Table = (number | null)[][]
const oracle = JSON.parse(readFileSync(new URL('./reference/series.json', import.meta.url), 'utf8')) as Record<
  'red' | 'linear' | 'linear40Keep' | 'linear40Extend' | 'seasonal2' | 'seasonal1Trend' | 'whittaker5',
  Table
> & { times: string[]; seasonal2Kinds: string[] }
const stack = () =>
  memoryReader(
    oracle.red.map((row, date) => [
      Float32Array.from(row, (value) => value ?? NaN),
      new Float32Array(13).fill(date % 5 ? 1 : NaN),
    ]),
    { height: 1, width: 13, bands: ['red', 'SCL'], times: oracle.times },
  )
const everything = { row: 0, column: 0, height: 1, width: 13 }
const frames = oracle.times.map((_, frame) => frame)

describe('gap fill against numpy (41 uneven dates; tolerance 1e-6 for float32 values near 0.1)', () => {
  it.each([
    ['linear', { method: 'linear' }, oracle.linear],
    ['linear, 40 days at most, edges kept', { method: 'linear', maxGapDays: 40, edges: 'keep' }, oracle.linear40Keep],
    ['linear, 40 days at most, edges extended', { method: 'linear', maxGapDays: 40 }, oracle.linear40Extend],
    ['seasonal, two harmonics', { method: 'seasonal', harmonics: 2 }, oracle.seasonal2],
    ['seasonal, one harmonic and a trend', { method: 'seasonal', harmonics: 1, trend: true }, oracle.seasonal1Trend],
    ['whittaker, lambda 5', { method: 'whittaker', lambda: 5 }, oracle.whittaker5],
  ])('%s', async (_, options, expected) => {
    const reader = fillGaps(stack(), gapFillOptionsSchema.parse(options))
    const { values } = await reader.read({ frames, bands: [0], window: everything })
    expect(largestDifference(values, expected.flat())).toBeLessThan(1e-6)
  })

  it('the oracle has pixels that take the harmonic course, the mean of the season, and nothing', () => {
    expect(new Set(oracle.seasonal2Kinds)).toEqual(new Set(['harmonic', 'mean', 'none']))
  })
})

describe('fillGaps', () => {
  const linear = gapFillOptionsSchema.parse({ method: 'linear' })

  it('leaves flags and classes alone', async () => {
    const { values } = await fillGaps(stack(), linear).read({ frames, bands: [1], window: everything })
    expect(values.filter(Number.isNaN).length).toBe(9 * 13)
  })

  it('reports the share of values that were made up', async () => {
    const missing = oracle.red.flat().filter((value) => value === null).length
    const left = oracle.linear.flat().filter((value) => value === null).length
    const reader = fillGaps(stack(), linear)
    expect(reader.gapStatistics().filledShare).toBe(0)
    await readAll(reader)
    const expected = {
      values: 41 * 13,
      missingBefore: missing,
      missingAfter: left,
      filledShare: (missing - left) / (41 * 13),
    }
    expect(reader.gapStatistics()).toEqual(expected)
    expect(await surveyGaps(stack(), linear)).toEqual(expected)
  })

  it('fills a frame from dates that were not asked for', async () => {
    const request = { frames: [30, 9], bands: [0], window: { row: 0, column: 6, height: 1, width: 2 } }
    const { values } = await fillGaps(stack(), linear).read(request)
    const expected = [30, 9].flatMap((date) => oracle.linear[date]?.slice(6, 8) ?? [])
    expect(largestDifference(values, expected)).toBeLessThan(1e-6)
  })

  it('fails with satellite/no-dates without dates', () => {
    const undated = memoryReader([[[1]]], { height: 1, width: 1, bands: ['red'] })
    expect(() => fillGaps(undated, linear)).toThrowError(expect.objectContaining({ code: 'satellite/no-dates' }))
  })
})

const seriesArbitrary = fc
  .array(
    fc.tuple(fc.integer({ min: 1, max: 60 }), fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: NaN })),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((items) => {
    let day = dayNumber('2010-01-01')
    return { days: items.map(([step]) => (day += step)), values: items.map(([, value]) => value) }
  })
const optionsArbitrary = fc.record({
  method: fc.constantFrom('linear', 'seasonal', 'whittaker'),
  maxGapDays: fc.option(fc.integer({ min: 1, max: 200 })),
  edges: fc.constantFrom('keep', 'extend'),
  harmonics: fc.integer({ min: 0, max: 3 }),
  trend: fc.boolean(),
})

describe('seriesFiller, for any series', () => {
  const filled = (days: number[], values: number[], options: object): Float64Array => {
    const series = Float64Array.from(values)
    seriesFiller(days, gapFillOptionsSchema.parse(options))(series)
    return series
  }

  it('never takes a value away, and never changes one unless it smooths', () => {
    fc.assert(
      fc.property(seriesArbitrary, optionsArbitrary, ({ days, values }, options) => {
        const result = filled(days, values, options)
        return values.every((value, i) => {
          if (Number.isNaN(value)) return true
          return options.method === 'whittaker' ? Number.isFinite(result[i]) : result[i] === value
        })
      }),
      { seed: 5 },
    )
  })

  it('stays within the range of the valid values (linear and seasonal)', () => {
    fc.assert(
      fc.property(seriesArbitrary, optionsArbitrary, ({ days, values }, options) => {
        fc.pre(options.method !== 'whittaker')
        const valid = values.filter((value) => !Number.isNaN(value))
        const [low, high] = [Math.min(...valid) - 1e-12, Math.max(...valid) + 1e-12]
        return filled(days, values, options).every((value) => Number.isNaN(value) || (value >= low && value <= high))
      }),
      { seed: 6 },
    )
  })

  it('leaves nothing empty without limits, once there is one valid value (linear)', () => {
    fc.assert(
      fc.property(seriesArbitrary, ({ days, values }) => {
        const result = filled(days, values, { method: 'linear' })
        const hasValue = values.some((value) => !Number.isNaN(value))
        return result.every((value) => Number.isNaN(value) !== hasValue)
      }),
      { seed: 7 },
    )
  })

  it('never fills a gap wider than the limit, nor an edge that is to be kept', () => {
    fc.assert(
      fc.property(seriesArbitrary, optionsArbitrary, ({ days, values }, options) => {
        const result = filled(days, values, options)
        const limit = options.maxGapDays ?? Infinity
        return values.every((value, i) => {
          if (!Number.isNaN(value) || Number.isNaN(result[i])) return true
          const before = values.findLastIndex((other, j) => j < i && !Number.isNaN(other))
          const after = values.findIndex((other, j) => j > i && !Number.isNaN(other))
          if (before < 0 || after < 0) return options.edges === 'extend'
          return (days[after] as number) - (days[before] as number) <= limit
        })
      }),
      { seed: 8 },
    )
  })

  it('gives back a straight line exactly (linear)', () => {
    fc.assert(
      fc.property(seriesArbitrary, fc.double({ min: -2, max: 2, noNaN: true }), ({ days, values }, slope) => {
        const line = days.map((day) => 3 + slope * (day - 14600))
        const holed = line.map((value, i) => (Number.isNaN(values[i]) && i > 0 && i < line.length - 1 ? NaN : value))
        const result = filled(days, holed, { method: 'linear' })
        return line.every((value, i) => Math.abs(value - (result[i] as number)) < 1e-6)
      }),
      { seed: 9 },
    )
  })
})
