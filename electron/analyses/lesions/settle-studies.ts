import { type ReaderNoteCode, readerNote } from '../../../shared/domain/reader-notes.ts'
import type { MaskSources } from './load-masks.ts'

/** The order of the studies in time: the baseline stays first, follow-ups by date where all are dated. */
export function orderStudies(dates: readonly (string | null)[]): { order: number[]; warnings: string[] } {
  const order = dates.map((_, i) => i)
  if (dates.some((date) => date === null))
    return {
      order,
      warnings: [readerNote('lesions/undated')],
    }
  const [base = '', ...later] = dates.map((date) => date ?? '')
  const sorted = [
    0,
    ...later.map((_, i) => i + 1).sort((a, b) => (later[a - 1] ?? '').localeCompare(later[b - 1] ?? '') || a - b),
  ]
  const warnings: string[] = []
  if (later.some((date) => date < base)) warnings.push(readerNote('lesions/older-follow-up'))
  if (sorted.some((value, i) => value !== i)) warnings.push(readerNote('lesions/by-date'))
  if (new Set(dates).size < dates.length) warnings.push(readerNote('lesions/same-date'))
  return { order: sorted, warnings }
}

/** What is said where nothing is marked in some studies, and where nothing is marked at all. */
export interface UnmarkedNotes {
  readonly some: ReaderNoteCode
  readonly none: ReaderNoteCode
}

/**
 * Masks to use: of studies beside which there are none while others have some, nothing is marked; where there are none at all,
 * lesions are found by brightness.
 * @param isByBrightness  whether masks are not wanted
 */
export function settleMasks(
  masks: readonly (MaskSources | null)[],
  isByBrightness: boolean,
  notes: UnmarkedNotes,
): { masks: readonly (MaskSources | null)[]; warnings: string[] } {
  if (isByBrightness) return { masks: masks.map(() => null), warnings: [] }
  const without = masks.flatMap((found, study) => (found === null ? [study + 1] : []))
  if (without.length === 0) return { masks, warnings: [] }
  if (without.length < masks.length)
    return {
      masks: masks.map((found) => found ?? { volumes: [], segmentations: [], structureSets: [] }),
      warnings: [readerNote(notes.some, { studies: without.join(', ') })],
    }
  return { masks, warnings: [readerNote(notes.none)] }
}
