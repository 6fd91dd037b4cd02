import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import { dayInYear, isoDay, medianStep, yearOf } from './calendar.ts'

/** An interval that a model classifies as one: one map. */
export interface Season {
  /** `2007-2008` where it crosses the new year, `2008` where it does not; the first day otherwise (`2008-03-14`). */
  readonly label: string
  /** First day and first day after, ISO. */
  readonly from: string
  readonly to: string
}

const daysPerYear = 365.25

/**
 * The seasons that a sequence covers whole, in order of time. With a season start in the contract there is one season a
 * year from that day on; without one, seasons follow each other from the first frame: every year when a sample is about
 * a year long, else back to back. A season counts as covered when no more than two typical acquisition steps are
 * missing at either end.
 * @param days  acquisition days, ascending
 */
export function enumerateSeasons(
  contract: Pick<TemporalContract, 'frames' | 'step' | 'seasonStart'>,
  days: Float64Array,
): Season[] {
  const stepDays = contract.step?.unit === 'day' ? contract.step.value : NaN
  const length = contract.frames * stepDays
  const first = days[0] ?? NaN
  const last = days.at(-1) ?? NaN
  const slack = 2 * (medianStep(days) ?? 0)
  if (!(length > 0) || Number.isNaN(first)) return []

  const isYearly = Math.abs(length - daysPerYear) <= Math.max(stepDays, 16)
  const seasons: Season[] = []
  for (const [from, nextStart] of seasonStarts(contract.seasonStart, first, last, isYearly, length)) {
    const to = isYearly ? nextStart : from + length
    if (from < first - slack || to > last + slack) continue
    seasons.push({
      label: labelOf(from, to, contract.seasonStart !== null || isYearly),
      from: isoDay(from),
      to: isoDay(to),
    })
  }
  return seasons
}

function* seasonStarts(
  seasonStart: string | null,
  first: number,
  last: number,
  isYearly: boolean,
  length: number,
): Generator<[number, number]> {
  if (seasonStart !== null || isYearly) {
    const start = seasonStart ?? isoDay(first).slice(5)
    for (let year = yearOf(first) - 1; year <= yearOf(last); year++)
      yield [dayInYear(year, start), dayInYear(year + 1, start)]
    return
  }
  for (let from = Math.floor(first); from < last; from += length) yield [from, from + length]
}

function labelOf(from: number, to: number, isYearBased: boolean): string {
  if (!isYearBased) return isoDay(from)
  const [start, end] = [yearOf(from), yearOf(to - 1)]
  return start === end ? String(start) : `${start}-${end}`
}
