import type { NameDate } from '../dates/name-date.ts'
import type { RasterBand } from '../raster.ts'

/** What naming needs to know of one file of a group. */
export interface NamedFile {
  readonly count: number
  readonly date: string
  readonly found: NameDate
}

/**
 * Finds out which part of the files' names tells the band, for files of one sequence.
 * @returns for every file the name of its band (or the prefix of its bands), or null where the file alone is the frame
 */
export function bandNames(files: readonly NamedFile[]): (string | null)[] {
  if (files.some(({ found }) => found.band !== null)) return files.map(({ found }) => found.band)
  const rests = files.map(({ found }) => found.rest)
  const distinct = [...new Set(rests)]
  if (distinct.length === 1) return files.map(() => null)
  // Every file has its own remainder and its own date: the remainder is an identifier, not a band.
  const hasOwnDates = new Set(files.map(({ date }) => date)).size === files.length
  if (hasOwnDates && distinct.length === files.length) return files.map(() => null)
  const short = withoutCommonParts(distinct)
  return rests.map((rest) => short.get(rest) ?? rest)
}

/** Names of the bands inside one file: their descriptions where they differ, else numbers. */
export function fileBandNames(bands: readonly RasterBand[], name: string | null): string[] {
  if (bands.length === 1) return [name ?? (bands[0]?.description || 'value')]
  const described = bands.map(({ description }) => description ?? '')
  const isUsable = described.every((text) => text !== '') && new Set(described).size === bands.length
  const own = isUsable ? described : bands.map((_, i) => `band${i + 1}`)
  return name === null ? own : own.map((band) => `${name}_${band}`)
}

/** What is left of each name when the words at the start and the end that all share are taken away. */
function withoutCommonParts(names: readonly string[]): Map<string, string> {
  const split = names.map((name) => name.split(/[-_. ]+/).filter((word) => word !== ''))
  const shortest = Math.min(...split.map((words) => words.length))
  const first = split[0] ?? []
  let start = 0
  while (start < shortest && split.every((words) => words[start] === first[start])) start++
  let end = 0
  while (end < shortest - start && split.every((words) => words.at(-1 - end) === first.at(-1 - end))) end++
  const result = new Map<string, string>()
  names.forEach((name, i) => {
    const words = split[i] ?? []
    const kept = words.slice(start, words.length - end).join('_')
    result.set(name, kept === '' ? words.join('_') || 'value' : kept)
  })
  return result
}
