import { AppError } from '../../../shared/base/app-error.ts'

const dayMs = 86_400_000

/** Days since 1970-01-01 UTC of an ISO date or date-time, with the fraction of the day. @throws `satellite/date` */
export function dayNumber(iso: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(iso)
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(iso)
  const time = Date.parse(isDate || hasZone ? iso : `${iso}Z`)
  // Date.parse turns 2018-02-30 into 2 March
  if (Number.isNaN(time) || (isDate && new Date(time).toISOString().slice(0, 10) !== iso))
    throw new AppError('satellite/date', `"${iso}" is not a date; write it as YYYY-MM-DD.`, { date: iso })
  return time / dayMs
}

/** The ISO date (`2018-04-28`) on which a day number falls. */
export function isoDate(day: number): string {
  return new Date(Math.floor(day) * dayMs).toISOString().slice(0, 10)
}

/** The day number of a calendar date; months from 0, and beyond 11 into the next years. */
export function dayOfDate(year: number, month: number, dayOfMonth: number): number {
  return Date.UTC(year, month, dayOfMonth) / dayMs
}

/** Year and month (from 0) of a day number. */
export function yearAndMonth(day: number): { readonly year: number; readonly month: number } {
  const date = new Date(day * dayMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() }
}

/** Mean length of a year in the Gregorian calendar, in days. */
export const yearDays = 365.2425

/** Days between two days of the year, across the turn of the year where that is shorter: 0 to 182.6. */
export function seasonDistance(dayA: number, dayB: number): number {
  const difference = Math.abs(dayA - dayB) % yearDays
  return Math.min(difference, yearDays - difference)
}
