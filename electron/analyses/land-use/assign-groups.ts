import { defined } from '../../../shared/base/assert.ts'
import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { groupBy } from './group-by.ts'

/** One undivided group: how many samples of each class it holds. */
interface Group {
  readonly rows: readonly number[]
  readonly counts: readonly number[]
}

/** Random orders that are tried; few large blocks leave little freedom, and the best of several orders fits better. */
const tries = 64

/**
 * Assigns whole groups to parts so that every part gets nearly its share of each class: the groups come in random order
 * and each goes where the class counts then lie closest to what the shares ask for; of 64 orders the best one counts.
 * @param labels  class of each sample
 * @param groups  group of each sample
 * @param shares  of the parts, adding up to 1; a part with share 0 gets nothing
 * @returns       part of each sample, an index into `shares`
 * Source: the greedy rule of scikit-learn's StratifiedGroupKFold, extended to unequal parts and several orders.
 */
export function assignGroups(
  labels: readonly string[],
  groups: readonly number[],
  shares: readonly number[],
  random: SeededRandom,
): number[] {
  const classes = [...new Set(labels)].sort()
  const classOf = new Map(classes.map((label, i) => [label, i]))
  const totals = classes.map(() => 0)
  const members = [...groupBy([...groups.keys()], (row) => groups[row] ?? -1).values()].map((rows): Group => {
    const counts = classes.map(() => 0)
    for (const row of rows) {
      const c = defined(classOf.get(labels[row] ?? ''), 'every label is in the list of classes')
      counts[c] = (counts[c] ?? 0) + 1
      totals[c] = (totals[c] ?? 0) + 1
    }
    return { rows, counts }
  })

  let best: { readonly parts: Map<Group, number>; readonly distance: number } | undefined
  for (let i = 0; i < tries; i++) {
    const found = assignInOrder(random.shuffled(members), totals, shares)
    if (!best || found.distance < best.distance) best = found
  }
  const result = new Array<number>(labels.length).fill(-1)
  for (const [group, part] of best?.parts ?? []) for (const row of group.rows) result[row] = part
  return result
}

function assignInOrder(
  ordered: readonly Group[],
  totals: readonly number[],
  shares: readonly number[],
): { parts: Map<Group, number>; distance: number } {
  const filled = shares.map(() => totals.map(() => 0))
  const parts = new Map<Group, number>()
  // Every class of every part starts one share away from its goal; each placement changes the sum.
  let distance = shares.reduce((sum, share) => sum + share * totals.length, 0)
  for (const group of ordered) {
    const { part, change } = bestPart(group, filled, totals, shares)
    const own = defined(filled[part], 'one list of counts for each part')
    for (const [c, count] of group.counts.entries()) own[c] = (own[c] ?? 0) + count
    parts.set(group, part)
    distance += change
  }
  return { parts, distance }
}

/** The part that leaves the smallest squared distance between class counts and shares, counted relative to each class. */
function bestPart(
  group: Group,
  filled: readonly (readonly number[])[],
  totals: readonly number[],
  shares: readonly number[],
): { part: number; change: number } {
  let best = -1
  let bestChange = Infinity
  for (const [part, share] of shares.entries()) {
    if (share <= 0) continue
    // Only this part's distance changes. Dividing by the share makes small parts fill as eagerly as large ones.
    let change = 0
    for (const [c, total] of totals.entries()) {
      const goal = share * total
      const before = (filled[part]?.[c] ?? 0) - goal
      const after = before + (group.counts[c] ?? 0)
      change += (after ** 2 - before ** 2) / (total * total * share)
    }
    if (change < bestChange) [best, bestChange] = [part, change]
  }
  return { part: best, change: bestChange }
}
