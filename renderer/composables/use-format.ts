import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/** Numbers, dates and durations in the person's language; `–` for what is not there. */
export function useFormat() {
  const { locale, t } = useI18n()
  const plain = computed(() => new Intl.NumberFormat(locale.value, { maximumFractionDigits: 0 }))

  const number = (value: number | null | undefined, digits = 0): string => {
    if (value === null || value === undefined || !Number.isFinite(value)) return '–'
    return new Intl.NumberFormat(locale.value, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
      value,
    )
  }

  /** Three significant digits, for values of unknown size. */
  const value = (given: number | null | undefined): string =>
    given === null || given === undefined || !Number.isFinite(given)
      ? '–'
      : new Intl.NumberFormat(locale.value, { maximumSignificantDigits: 4 }).format(given)

  /** Like `value`, in powers of ten where the number is very small: `5.5e-6`. */
  const power = (given: number): string =>
    given !== 0 && Math.abs(given) < 1e-3 ? given.toExponential(1) : value(given)

  const percent = (part: number | null | undefined, digits = 1): string =>
    part === null || part === undefined || !Number.isFinite(part)
      ? '–'
      : new Intl.NumberFormat(locale.value, {
          style: 'percent',
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
        }).format(part)

  const count = (given: number): string => plain.value.format(given)

  /** A day of the data, which has no time zone. */
  const day = (iso: string): string =>
    new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
      new Date(iso.length === 10 ? `${iso}T00:00:00Z` : iso),
    )

  /** A day of any year, given as `MM-DD`. */
  const monthDay = (given: string): string =>
    new Intl.DateTimeFormat(locale.value, { month: 'long', day: 'numeric', timeZone: 'UTC' }).format(
      new Date(`2000-${given}T00:00:00Z`),
    )

  /** Bytes in the unit that suits them. */
  const bytes = (given: number): string =>
    given < 1024 ** 2
      ? `${number(Math.max(1, given / 1024))} KB`
      : given < 1024 ** 3
        ? `${number(given / 1024 ** 2)} MB`
        : `${number(given / 1024 ** 3, 1)} GB`

  /** A moment of the person's own clock. */
  const moment = (iso: string): string =>
    new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))

  const duration = (seconds: number | null | undefined): string => {
    if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–'
    if (seconds < 1) return t('time.underSecond')
    if (seconds < 90) return t('time.seconds', { n: Math.round(seconds) })
    if (seconds < 5400) return t('time.minutes', { n: Math.round(seconds / 60) })
    return t('time.hours', { n: number(seconds / 3600, 1) })
  }

  const hectares = (given: number | null | undefined): string =>
    given === null || given === undefined ? '–' : number(given, given < 100 ? 1 : 0)

  return { number, value, power, percent, count, day, monthDay, bytes, moment, duration, hectares }
}
