import { dateOfDay, isoDate, withTime } from './parse-date.ts'

/** How a date was written in a name; `null` band or scene where the name does not tell. */
export interface NameDate {
  readonly date: string
  /** What kind of name it was, in words that complete "by the … in the names". */
  readonly scheme: string
  /** Names of one family belong together: same sensor class, same precision. */
  readonly family: string
  /** The product's own identifier, equal for all files of one scene. */
  readonly scene: string | null
  /** What identifies the band, where the naming rule says so. */
  readonly band: string | null
  /** The name without the date (and, for products, without all that changes from scene to scene). */
  readonly rest: string
}

/** A name that carries something like a date which is none (month 13). */
export interface BadNameDate {
  readonly bad: string
}

/**
 * Finds the date in a file or folder name (without extension): Landsat, Sentinel-2 and MODIS identifiers first,
 * then ISO dates, YYYYMMDD (with time), YYYYDDD, YYYY-MM, and a bare year last.
 * @returns null when there is none
 * Source: USGS Landsat Collection naming; ESA Sentinel-2 compact naming; LP DAAC MODIS naming; AppEEARS output names
 */
export function findNameDate(name: string): NameDate | BadNameDate | null {
  return landsat(name) ?? oldLandsat(name) ?? sentinel(name) ?? modis(name) ?? plain(name)
}

function landsat(name: string): NameDate | null {
  const match =
    /^(L[COTEM]0([4-9]))_(L[0-9A-Z]{3})_(\d{6})_(\d{4})(\d{2})(\d{2})(?:_\d{8}_\d{2}_(?:T1|T2|RT|A1|A2))?(?:_(.+))?$/.exec(
      name,
    )
  if (!match) return null
  const [, platform = '', number = '', , tile = '', year, month, day, band] = match
  const date = isoDate(Number(year), Number(month), Number(day))
  if (date === null) return null
  return landsatDate(platform, Number(number), tile, date, band ?? null)
}

/** Names from before the collections: LC80140312018006LGN00_B4. */
function oldLandsat(name: string): NameDate | null {
  const match = /^(L[COTEM])([4-9])(\d{6})(\d{4})(\d{3})[A-Z]{3}\d{2}(?:_(.+))?$/.exec(name)
  if (!match) return null
  const [, kind = '', number = '', tile = '', year, day, band] = match
  const date = dateOfDay(Number(year), Number(day))
  return date === null ? null : landsatDate(`${kind}0${number}`, Number(number), tile, date, band ?? null)
}

function landsatDate(platform: string, number: number, tile: string, date: string, band: string | null): NameDate {
  return {
    date,
    scheme: 'acquisition dates in the Landsat names',
    // Bands of the same number see other colours on the older sensors, so the two classes never mix.
    family: number >= 8 ? 'landsat-8-9' : 'landsat-4-7',
    scene: `${platform}_${tile}_${date.replaceAll('-', '')}`,
    band,
    rest: band ?? '',
  }
}

function sentinel(name: string): NameDate | null {
  const granule = /^T(\d{2}[A-Z]{3})_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(?:_(.+))?$/.exec(name)
  const product =
    /^S2[A-D]_(?:MSI)?L(?:1C|2A|3A)_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})_N\d{4}_R\d{3}_T(\d{2}[A-Z]{3})_\d{8}T\d{6}(?:_(.+))?$/.exec(
      name.replace(/\.SAFE$/i, ''),
    )
  const catalogue = /^S2[A-D]_(\d{2}[A-Z]{3})_(\d{4})(\d{2})(\d{2})_\d+_L(?:1C|2A)(?:_(.+))?$/.exec(name)
  let tile, year, month, day, hour, minute, second, band
  if (granule) [, tile, year, month, day, hour, minute, second, band] = granule
  else if (product) [, year, month, day, hour, minute, second, tile, band] = product
  else if (catalogue) [, tile, year, month, day, band] = catalogue
  else return null
  const date = isoDate(Number(year), Number(month), Number(day))
  if (date === null) return null
  return {
    date: hour === undefined ? date : withTime(date, hour, minute, second),
    scheme: 'acquisition dates in the Sentinel-2 names',
    family: 'sentinel-2',
    scene: `T${tile}_${date.replaceAll('-', '')}`,
    band: band?.replace(/_\d+m$/, '') ?? null,
    rest: band ?? '',
  }
}

function modis(name: string): NameDate | null {
  const match = /(?:^|[._])(A|doy)(\d{4})(\d{3})(?:\d{6})?(?=[._]|$)/.exec(name)
  if (!match) return null
  const date = dateOfDay(Number(match[2]), Number(match[3]))
  if (date === null) return null
  const before = name.slice(0, match.index)
  // What follows may hold the time of processing (13 or 14 digits), which changes from file to file.
  const after = name.slice(match.index + match[0].length).replace(/[._]\d{13,14}(?=[._]|$)/, '')
  return {
    date,
    scheme: 'days of the year (A2007257) in the MODIS names',
    family: 'modis',
    scene: null,
    band: null,
    rest: `${before}${after}`,
  }
}

interface PlainRule {
  readonly pattern: RegExp
  readonly scheme: string
  readonly family: string
  readonly read: (match: RegExpExecArray) => string | null
}

// Digits next to a date would make it part of a longer number.
const plainRules: readonly PlainRule[] = [
  {
    pattern: /(?<!\d)(\d{4})([-_.])(\d{2})\2(\d{2})(?:[T_ ](\d{2})[-:_]?(\d{2})[-:_]?(\d{2})Z?)?(?!\d)/,
    scheme: 'dates in the names',
    family: 'day',
    read: (m) => datedTime(isoDate(Number(m[1]), Number(m[3]), Number(m[4])), m[5], m[6], m[7]),
  },
  {
    pattern: /(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?:[T_]?(\d{2})(\d{2})(\d{2})Z?|T?(\d{2})(\d{2})Z?)?(?!\d)/,
    scheme: 'dates (YYYYMMDD) in the names',
    family: 'day',
    read: (m) => datedTime(isoDate(Number(m[1]), Number(m[2]), Number(m[3])), m[4] ?? m[7], m[5] ?? m[8], m[6] ?? '00'),
  },
  {
    pattern: /(?<!\d)((?:19|20)\d{2})[-_.]?(\d{3})(?!\d)/,
    scheme: 'days of the year (YYYYDDD) in the names',
    family: 'day',
    read: (m) => dateOfDay(Number(m[1]), Number(m[2])),
  },
  {
    pattern: /(?<!\d)((?:19|20)\d{2})[-_.](\d{2})(?!\d)/,
    scheme: 'months in the names (taken as the first day)',
    family: 'month',
    read: (m) => isoDate(Number(m[1]), Number(m[2]), 1),
  },
  {
    pattern: /(?<!\d)((?:19[5-9]|20[0-6])\d)(?!\d)/,
    scheme: 'years in the names (taken as 1 January)',
    family: 'year',
    read: (m) => isoDate(Number(m[1]), 1, 1),
  },
]

function plain(name: string): NameDate | BadNameDate | null {
  let bad: string | null = null
  for (const rule of plainRules) {
    const match = rule.pattern.exec(name)
    if (!match) continue
    const date = rule.read(match)
    if (date === null) {
      if (rule.family === 'day') bad ??= match[0]
      continue
    }
    // "2007-13-45" must not be read as the year 2007.
    if (bad !== null && rule.family !== 'day') return { bad }
    const rest = name.slice(0, match.index) + name.slice(match.index + match[0].length)
    return { date, scheme: rule.scheme, family: rule.family, scene: null, band: null, rest }
  }
  return bad === null ? null : { bad }
}

function datedTime(date: string | null, hour?: string, minute?: string, second?: string): string | null {
  return date === null || hour === undefined ? date : withTime(date, hour, minute, second)
}
