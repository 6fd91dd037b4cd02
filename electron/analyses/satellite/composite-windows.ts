import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { dayNumber, dayOfDate, isoDate, yearAndMonth } from './calendar.ts'

const isoDateSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date is written as YYYY-MM-DD')

/** Regular windows of time. */
export const timeStepSchema = z
  .object({
    value: z.number().int().positive().max(3660),
    unit: z.enum(['day', 'month']),
  })
  .strict()
/** Regular windows of time; see `timeStepSchema`. */
export type TimeStep = z.infer<typeof timeStepSchema>

/** Where windows begin and end. */
export const windowOptionsSchema = z
  .object({
    step: timeStepSchema,
    /**
     * The date on which some window starts; windows follow it without a break in both directions.
     * `year`: windows start anew on every 1 January, the last one of a year being shorter (as MODIS composites do).
     */
    anchor: z.union([z.literal('year'), isoDateSchema]).default('year'),
    /** First and last date to cover; those of the sequence where null. */
    from: isoDateSchema.nullable().default(null),
    to: isoDateSchema.nullable().default(null),
  })
  .strict()
/** Where windows begin and end; see `windowOptionsSchema`. */
export type WindowOptions = z.infer<typeof windowOptionsSchema>

/** One window of time and the frames that fall into it. */
export interface CompositeWindow {
  /** ISO date of the first day. */
  readonly start: string
  /** Day numbers: `from` belongs to the window, `to` does not. */
  readonly from: number
  readonly to: number
  /** Indices of frames, ascending. */
  readonly frames: readonly number[]
}

const mostWindows = 100_000

/**
 * Regular windows that cover the dates of a sequence, empty ones included.
 * @param times ISO dates, one per frame
 * @throws `satellite/date`, `satellite/window-range` when nothing is left between `from` and `to`
 */
export function compositeWindows(times: readonly string[], options: WindowOptions): CompositeWindow[] {
  const days = times.map(dayNumber)
  const first = options.from === null ? Math.min(...days) : dayNumber(options.from)
  const last = options.to === null ? Math.max(...days) : dayNumber(options.to)
  if (!(first <= last))
    throw new AppError('satellite/window-range', 'There is no date between the first and the last one asked for.', {
      from: options.from,
      to: options.to,
    })
  const windows: CompositeWindow[] = []
  let from = windowStart(Math.floor(first), options)
  while (from <= last) {
    const to = nextStart(from, options)
    const start = from
    const frames = days.flatMap((day, frame) => (day >= start && day < to ? [frame] : []))
    windows.push({ start: isoDate(from), from, to, frames })
    if (windows.length > mostWindows)
      throw new AppError('satellite/window-range', `The dates and the step ask for more than ${mostWindows} windows.`)
    from = to
  }
  return windows
}

/** The first day of the window that contains a day. */
function windowStart(day: number, { step, anchor }: WindowOptions): number {
  const { year, month } = yearAndMonth(day)
  if (step.unit === 'day') {
    const origin = anchor === 'year' ? dayOfDate(year, 0, 1) : dayNumber(anchor)
    return origin + Math.floor((day - origin) / step.value) * step.value
  }
  const origin = anchor === 'year' ? dayOfDate(year, 0, 1) : dayNumber(anchor)
  const begin = yearAndMonth(origin)
  const months = (year - begin.year) * 12 + month - begin.month
  const count = Math.floor(months / step.value)
  const start = monthStart(origin, count * step.value)
  // within the anchor's month, days before its day of the month belong to the window before
  return start <= day ? start : monthStart(origin, (count - 1) * step.value)
}

function nextStart(from: number, options: WindowOptions): number {
  const { step, anchor } = options
  const { year } = yearAndMonth(from)
  const next =
    step.unit === 'day'
      ? from + step.value
      : anchor === 'year'
        ? monthStart(from, step.value)
        : windowAfter(from, dayNumber(anchor), step.value)
  return anchor === 'year' ? Math.min(next, dayOfDate(year + 1, 0, 1)) : next
}

/** The window after one that starts on `from`, counted from the anchor so that short months do not shift later ones. */
function windowAfter(from: number, origin: number, months: number): number {
  const [begin, current] = [yearAndMonth(origin), yearAndMonth(from)]
  const count = Math.round(((current.year - begin.year) * 12 + current.month - begin.month) / months)
  return monthStart(origin, (count + 1) * months)
}

/** The same day of the month so many months later; the last day where that month is shorter. */
function monthStart(origin: number, monthsLater: number): number {
  const { year, month } = yearAndMonth(origin)
  const dayOfMonth = Math.round(origin - dayOfDate(year, month, 1)) + 1
  const lastDay = dayOfDate(year, month + monthsLater + 1, 1) - dayOfDate(year, month + monthsLater, 1)
  return dayOfDate(year, month + monthsLater, Math.min(dayOfMonth, lastDay))
}
