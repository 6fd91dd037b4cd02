import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'

const millisecondsPerDay = 86_400_000

/**
 * The day that a date names, as days since 1970-01-01 (UTC).
 * Accepts `2007-09-14`, `2007/09/14`, `20070914` and any of them followed by a time, which is dropped. Orders that
 * depend on the country (`09/14/2007`) are refused rather than guessed.
 * @returns null when the text is not such a date, or the date does not exist (`2007-02-30`)
 */
export function parseDay(text: string): number | null {
  const match = /^(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[T ].*)?$/.exec(text.trim())
  if (!match) return null
  const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])]
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  return date.getTime() / millisecondsPerDay
}

/** The ISO date (`2007-09-14`) of a day number; the part of a day is dropped. */
export function isoDay(day: number): string {
  return new Date(Math.floor(day) * millisecondsPerDay).toISOString().slice(0, 10)
}

/**
 * Acquisition times of a sequence's frames as days since 1970-01-01, fractions of a day kept, ascending.
 * @throws `land-use/no-dates` when the frames have no dates
 */
export function frameDays(info: SequenceInfo): Float64Array {
  if (info.times === null || info.times.length === 0)
    throw new AppError(
      'land-use/no-dates',
      `The frames of "${info.name}" have no dates; put dates into the file names, or a date list beside the files.`,
      { sequence: info.id },
    )
  const days = Float64Array.from(info.times, (time) => {
    const moment = /T/.test(time) ? Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`) : NaN
    return Number.isNaN(moment) ? (parseDay(time) ?? NaN) : moment / millisecondsPerDay
  })
  const bad = days.findIndex((day, i) => Number.isNaN(day) || (i > 0 && day < (days[i - 1] ?? NaN)))
  if (bad >= 0)
    throw new AppError(
      'land-use/no-dates',
      `Frame ${bad} of "${info.name}" is dated "${info.times[bad]}", which is no date or lies before the frame in front of it.`,
      { sequence: info.id, frame: bad },
    )
  return days
}

/** Median number of days between neighbouring acquisitions on different days; null with fewer than two. */
export function medianStep(days: ArrayLike<number>): number | null {
  const steps: number[] = []
  for (let i = 1; i < days.length; i++) {
    const step = (days[i] ?? NaN) - (days[i - 1] ?? NaN)
    if (step >= 0.5) steps.push(step)
  }
  if (steps.length === 0) return null
  steps.sort((a, b) => a - b)
  return defined(steps[Math.floor(steps.length / 2)], 'the middle of a list that is not empty')
}

/** The same month and day (`MM-DD`) in a given year, as a day number; 29 February becomes 1 March in other years. */
export function dayInYear(year: number, monthDay: string): number {
  const [month, day] = monthDay.split('-').map(Number)
  return Date.UTC(year, (month ?? 1) - 1, day ?? 1) / millisecondsPerDay
}

/** The year of a day number. */
export function yearOf(day: number): number {
  return new Date(day * millisecondsPerDay).getUTCFullYear()
}
