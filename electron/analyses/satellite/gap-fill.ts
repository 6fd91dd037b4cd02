import { unreachable } from '../../../shared/base/assert.ts'
import { seasonDistance, yearDays } from './calendar.ts'
import type { GapFillOptions } from './gap-fill-options.ts'
import { harmonicModel } from './harmonic-regression.ts'
import { whittakerSmoother } from './whittaker.ts'

/** Fills the gaps of one pixel's series in place: one value per date, NaN where missing. */
export type SeriesFiller = (series: Float64Array) => void

/**
 * Makes the filler for a list of dates; what depends on the dates alone is computed once.
 * A valid value is never changed by `linear` and `seasonal`; a series without any valid value stays empty.
 * @param days day numbers, one per date, ascending
 */
export function seriesFiller(days: readonly number[], options: GapFillOptions): SeriesFiller {
  switch (options.method) {
    case 'linear':
      return (series) =>
        fillWhereAllowed(series, days, options, (date, before, after) => between(series, days, date, before, after))
    case 'seasonal':
      return seasonalFiller(days, options)
    case 'whittaker':
      return whittakerFiller(days, options)
    default:
      return unreachable(options.method)
  }
}

/**
 * Gives every missing value that the options allow to fill.
 * @param valueAt gets the date and the valid dates around it, -1 where there is none; NaN leaves the gap
 */
function fillWhereAllowed(
  series: Float64Array,
  days: readonly number[],
  options: GapFillOptions,
  valueAt: (date: number, before: number, after: number) => number,
): void {
  const limit = options.maxGapDays ?? Infinity
  let before = -1
  for (let date = 0; date < series.length; date++) {
    if (!Number.isNaN(series[date])) {
      before = date
      continue
    }
    let after = date
    while (after < series.length && Number.isNaN(series[after])) after++
    const end = after
    if (after === series.length) after = -1
    if (before < 0 && after < 0) return
    for (; date < end; date++)
      if (isAllowed(days, date, before, after, limit, options.edges)) series[date] = valueAt(date, before, after)
    before = after
  }
}

function isAllowed(
  days: readonly number[],
  date: number,
  before: number,
  after: number,
  limit: number,
  edges: GapFillOptions['edges'],
): boolean {
  if (before >= 0 && after >= 0) return (days[after] as number) - (days[before] as number) <= limit
  const nearest = before >= 0 ? before : after
  return edges === 'extend' && Math.abs((days[date] as number) - (days[nearest] as number)) <= limit
}

function between(series: Float64Array, days: readonly number[], date: number, before: number, after: number): number {
  if (before < 0) return series[after] as number
  if (after < 0) return series[before] as number
  const [start, end] = [days[before] as number, days[after] as number]
  if (end === start) return series[before] as number
  const share = ((days[date] as number) - start) / (end - start)
  return (series[before] as number) * (1 - share) + (series[after] as number) * share
}

/**
 * The harmonic course where the valid dates determine one, kept within the range of the valid values (a fit swings
 * outside it in long gaps); else the mean of values near the same day of any year; else nothing.
 */
function seasonalFiller(days: readonly number[], options: GapFillOptions): SeriesFiller {
  const model = options.harmonics > 0 ? harmonicModel(days, options.harmonics, options.trend) : null
  const seasons = days.map((day) => day % yearDays)
  return (series) => {
    const valid = Float64Array.from(series)
    const coefficients = model?.fit(valid) ?? null
    const [low, high] = rangeOf(valid)
    fillWhereAllowed(series, days, options, (date) =>
      model !== null && coefficients !== null
        ? Math.min(Math.max(model.predict(coefficients, date), low), high)
        : seasonMean(valid, seasons, date, options.seasonWindowDays),
    )
  }
}

function seasonMean(valid: Float64Array, seasons: readonly number[], date: number, windowDays: number): number {
  let sum = 0
  let count = 0
  for (let other = 0; other < valid.length; other++) {
    const value = valid[other] as number
    if (Number.isNaN(value) || seasonDistance(seasons[other] as number, seasons[date] as number) > windowDays) continue
    sum += value
    count++
  }
  return count === 0 ? NaN : sum / count
}

function whittakerFiller(days: readonly number[], options: GapFillOptions): SeriesFiller {
  const smooth = whittakerSmoother(days, options.lambda)
  return (series) => {
    const curve = smooth(series)
    if (curve === null) return
    const observed = Float64Array.from(series)
    fillWhereAllowed(series, days, options, (date, before, after) =>
      // beyond the ends the curve runs on straight, which soon leaves all bounds
      before >= 0 && after >= 0 ? (curve[date] as number) : (curve[before >= 0 ? before : after] as number),
    )
    for (let date = 0; date < series.length; date++)
      if (!Number.isNaN(observed[date])) series[date] = curve[date] as number
  }
}

function rangeOf(series: Float64Array): [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (const value of series) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}
