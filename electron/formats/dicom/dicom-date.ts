import { isoDate } from '../dates/parse-date.ts'

/** `20150131` (or the old `2015.01.31`) as an ISO date; null when it is none. PS3.5 6.2, VR DA. */
export function readDate(text: string): string | null {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})/.exec(text.trim())
  return match ? isoDate(Number(match[1]), Number(match[2]), Number(match[3])) : null
}

/** A date and a time of day (`081102.996000`) as an ISO date-time; only the date where there is no time. */
export function readDateTime(date: string, time: string): string | null {
  const day = readDate(date)
  const match = /^(\d{2}):?(\d{2})?:?(\d{2})?(?:\.(\d{1,6}))?/.exec(time.trim())
  if (day === null || !match) return day
  const [, hour = '00', minute = '00', second = '00', fraction] = match
  return `${day}T${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction.padEnd(3, '0').slice(0, 3)}`}`
}

/** VR DT: `20150131081102.996000+0100`; an offset from UTC is left out, for the other times of a series have none. */
export function readDateTimeValue(text: string): string | null {
  const match = /^(\d{8})(\d{2,6}(?:\.\d{1,6})?)?/.exec(text.trim())
  return match ? readDateTime(match[1] ?? '', match[2] ?? '') : null
}
