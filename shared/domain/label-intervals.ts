import type { FrameLabelOf } from './label-frame.ts'

/** A class from one frame up to, not including, another. */
export type IntervalLabel = FrameLabelOf<'interval'>

/** What the intervals of one sequence become when one of them is set. */
export interface IntervalChange {
  readonly set: readonly IntervalLabel[]
  readonly remove: readonly string[]
}

/**
 * Puts an interval among those of its sequence. Those of its own class that it overlaps become part of it. Those of other
 * classes stay when `mayOverlap`; else they give way: they are cut, split or removed.
 * @param given   new, or with the id of one that is there, which it replaces
 * @param makeId  gives an id for the second half of one that is split
 */
export function placeInterval(
  intervals: readonly IntervalLabel[],
  given: IntervalLabel,
  mayOverlap: boolean,
  makeId: () => string,
): IntervalChange {
  const others = intervals.filter(({ id, sequence }) => id !== given.id && sequence === given.sequence)
  const overlaps = (one: IntervalLabel, by: IntervalLabel): boolean => one.from < by.to && by.from < one.to
  let grown = given
  // Growing may reach further ones of the class.
  const joined = new Set<string>()
  for (let isGrowing = true; isGrowing;) {
    isGrowing = false
    for (const one of others)
      if (one.label === given.label && !joined.has(one.id) && overlaps(one, grown)) {
        joined.add(one.id)
        grown = { ...grown, from: Math.min(grown.from, one.from), to: Math.max(grown.to, one.to) }
        isGrowing = true
      }
  }
  const set: IntervalLabel[] = [grown]
  const remove = [...joined]
  if (mayOverlap) return { set, remove }
  for (const one of others) {
    if (one.label === given.label || !overlaps(one, grown)) continue
    const [before, after] = [one.from < grown.from, one.to > grown.to]
    if (before) set.push({ ...one, to: grown.from })
    if (after) set.push({ ...one, id: before ? makeId() : one.id, from: grown.to })
    if (!before && !after) remove.push(one.id)
  }
  return { set, remove }
}

/** Rows to draw overlapping intervals in, so that none covers another: the row of each, by its place in the list. */
export function rowsOf(intervals: readonly { readonly from: number; readonly to: number }[]): number[] {
  const order = intervals.map((_, index) => index).sort((a, b) => (intervals[a]?.from ?? 0) - (intervals[b]?.from ?? 0))
  const ends: number[] = []
  const rows = new Array<number>(intervals.length).fill(0)
  for (const index of order) {
    const { from = 0, to = 0 } = intervals[index] ?? {}
    const free = ends.findIndex((end) => end <= from)
    const row = free < 0 ? ends.length : free
    ends[row] = to
    rows[index] = row
  }
  return rows
}
