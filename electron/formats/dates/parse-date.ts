/**
 * Reads a date (or date-time) that fills the whole text: `2007-09-14`, `2007/09/14`, `20070914`, `2007257` (day of year),
 * `2007-09`, each of the first three also with a time (`2007-09-14T10:00:08.5Z`, `20070914T100008`).
 * @returns ISO text, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, or null when the text is no valid date
 */
export function parseDate(text: string): string | null {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1')
  const match =
    /^(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.exec(
      trimmed,
    )
  if (match) {
    const [, year, , month, day, hour, minute, second] = match
    const date = isoDate(Number(year), Number(month), Number(day))
    return date === null || hour === undefined ? date : withTime(date, hour, minute, second)
  }
  const dayOfYear = /^(\d{4})-?(\d{3})$/.exec(trimmed)
  if (dayOfYear) return dateOfDay(Number(dayOfYear[1]), Number(dayOfYear[2]))
  const month = /^(\d{4})[-/](\d{2})$/.exec(trimmed)
  return month ? isoDate(Number(month[1]), Number(month[2]), 1) : null
}

/** ISO date of a calendar day, or null when there is no such day (31 April). */
export function isoDate(year: number, month: number, day: number): string | null {
  if (year < 1800 || year > 2200) return null
  // Headers by the hundreds come through here: without making a `Date`.
  const isWhole = Number.isInteger(year) && Number.isInteger(month) && Number.isInteger(day)
  if (!isWhole || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** Days of a month of the Gregorian calendar. */
function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (month === 2) return isLeap ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** ISO date of the n-th day of a year (1 is 1 January), or null when the year has no such day. */
export function dateOfDay(year: number, day: number): string | null {
  if (year < 1800 || year > 2200 || day < 1) return null
  const date = new Date(Date.UTC(year, 0, day))
  return date.getUTCFullYear() === year ? date.toISOString().slice(0, 10) : null
}

/** An ISO date with a time of day appended, or the date alone when the time is not valid. */
export function withTime(date: string, hour = '00', minute = '00', second = '00'): string {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return date
  return `${date}T${hour}:${minute}:${second}`
}
