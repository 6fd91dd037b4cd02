import { dirname, basename } from 'node:path/posix'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { findNameDate } from '../dates/name-date.ts'
import { naturally } from '../geotiff/sequence-draft.ts'
import type { PictureHeader } from './picture-header.ts'

/** A picture file that was looked at. */
export interface PictureFile {
  readonly path: string
  readonly relative: string
  readonly header: PictureHeader
}

/** Pictures that are frames of one sequence, in order. */
export interface PictureSequence {
  /** Folder they lie in. */
  readonly place: string
  /** What their names have in common, numbers as `#`. */
  readonly pattern: string
  readonly files: readonly PictureFile[]
  readonly times: readonly string[] | null
  readonly orderedBy: string
}

/** So many pictures of one size whose names have nothing in common are a sequence all the same. */
const leastUnrelated = 3

/**
 * Groups the pictures of each folder by size, bands and the pattern of their names (numbers aside), and orders them by the
 * dates in the names, else by number.
 */
export function groupPictures(files: readonly PictureFile[]): PictureSequence[] {
  const folders = new Map<string, Map<string, PictureFile[]>>()
  for (const file of files) {
    const { width, height, bands, dtype } = file.header
    const kind = `${dirname(file.relative)}|${width}x${height}|${bands.join()}|${dtype}`
    const patterns = folders.get(kind) ?? new Map<string, PictureFile[]>()
    folders.set(kind, patterns)
    const pattern = patternOf(file)
    const group = patterns.get(pattern)
    if (group) group.push(file)
    else patterns.set(pattern, [file])
  }
  return [...folders.values()].flatMap((patterns) => {
    const single = [...patterns].filter(([, group]) => group.length === 1)
    const merged = single.length >= leastUnrelated ? single.flatMap(([, group]) => group) : []
    const kept = [...patterns].filter(([, group]) => group.length > 1 || merged.length === 0)
    return [
      ...kept.map(([pattern, group]) => ordered(pattern, group)),
      ...(merged.length > 0 ? [ordered('*', merged)] : []),
    ]
  })
}

function stemOf({ relative }: PictureFile): string {
  return basename(relative).replace(/(\.[a-z0-9]{1,5})(\.gz)?$/i, '')
}

function patternOf(file: PictureFile): string {
  return stemOf(file).replace(/\d+/g, '#')
}

function ordered(pattern: string, group: readonly PictureFile[]): PictureSequence {
  const place = dirname(group[0]?.relative ?? '')
  const dated = group.map((file) => {
    const found = findNameDate(stemOf(file))
    return found && !('bad' in found) ? { file, found } : null
  })
  const isDated = group.length > 1 && dated.every((entry) => entry !== null)
  if (isDated && new Set(dated.map(({ found }) => found.date)).size > 1) {
    const sorted = [...dated].sort(
      (a, b) => naturally(a.found.date, b.found.date) || naturally(a.file.relative, b.file.relative),
    )
    return {
      place,
      pattern,
      files: sorted.map(({ file }) => file),
      times: sorted.map(({ found }) => found.date),
      orderedBy: readerNote('order/scheme', { scheme: sorted[0]?.found.scheme ?? 'dates in the names' }),
    }
  }
  const files = [...group].sort((a, b) => naturally(a.relative, b.relative))
  const orderedBy =
    files.length === 1
      ? readerNote('order/single-picture')
      : pattern === '*'
        ? readerNote('order/plain-names')
        : readerNote('order/numbers')
  return { place, pattern, files, times: null, orderedBy }
}
