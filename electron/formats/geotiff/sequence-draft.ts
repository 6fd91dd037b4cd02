import type { Scene } from '../scene-collection.ts'

/** A sequence in the making: what a grouping rule has decided, before it is described and opened. */
export interface SequenceDraft {
  /** Relative folder or file the sequence is named after. */
  readonly place: string
  /** Tells sequences of the same place apart; empty where there is only one. */
  readonly label: string
  readonly bands: readonly string[]
  /** In order of time. */
  readonly scenes: readonly Scene[]
  readonly orderedBy: string
  readonly warnings: readonly string[]
}

/** Order by date, then by identifier; scenes without date keep their order. */
export function byTime(scenes: readonly Scene[]): Scene[] {
  return [...scenes].sort((a, b) => {
    if (a.date === null || b.date === null) return 0
    if (a.date !== b.date) return a.date < b.date ? -1 : 1
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
  })
}

const collator = new Intl.Collator('en', { numeric: true })

/** Names in the order a person expects: B2 before B10. */
export function naturally(a: string, b: string): number {
  return collator.compare(a, b)
}

/** A name that is not yet taken, by appending a number where needed. */
export function uniqueName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${wanted}-${number}`)) number++
  return `${wanted}-${number}`
}
