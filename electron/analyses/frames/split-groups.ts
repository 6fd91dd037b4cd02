import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { Subset } from '../../../shared/domain/labels.ts'

/** Share of the samples in test and validation. */
const shares = { test: 0.2, validation: 0.15 } as const

/** Something that must stay in one part of a split, with all that shares its group. */
export interface GroupedSample {
  readonly group: string
  /** What the parts should hold alike: a class; the same for all where there are none. */
  readonly label: string
}

/**
 * Divides samples so that no group lies in two parts: groups are drawn in random order, and each goes to the part that lacks most
 * of what it holds, counted by label. Small sets keep at least one group in every part that they can fill.
 * @returns part of each sample; all `train` when there are fewer than three groups
 */
export function splitByGroup(samples: readonly GroupedSample[], seed: number): Subset[] {
  const groups = new Map<string, number[]>()
  samples.forEach(({ group }, i) => groups.set(group, [...(groups.get(group) ?? []), i]))
  if (groups.size < 3) return samples.map(() => 'train')
  const random = new SeededRandom(seed).fork('split')
  const labels = [...new Set(samples.map(({ label }) => label))].sort()
  const totals = new Map(labels.map((label) => [label, samples.filter((sample) => sample.label === label).length]))
  const wanted = (subset: Subset, label: string): number => {
    const share = subset === 'train' ? 1 - shares.test - shares.validation : shares[subset]
    return share * (totals.get(label) ?? 0)
  }
  const held: Record<Subset, Map<string, number>> = { train: new Map(), validation: new Map(), test: new Map() }
  const subsets: Subset[] = samples.map(() => 'train')
  const taken: Record<Subset, number> = { train: 0, validation: 0, test: 0 }
  const order = random.shuffled([...groups.keys()].sort())
  // Large groups first: they fit worst later.
  order.sort((a, b) => (groups.get(b)?.length ?? 0) - (groups.get(a)?.length ?? 0))
  order.forEach((group, position) => {
    const rows = groups.get(group) ?? []
    const left = order.length - position
    const empty = (['test', 'validation', 'train'] as const).filter((subset) => taken[subset] === 0)
    const need = (subset: Subset): number =>
      labels.reduce((sum, label) => {
        const own = rows.filter((row) => samples[row]?.label === label).length
        if (own === 0) return sum
        const goal = Math.max(wanted(subset, label), 1e-9)
        return sum + (own * (goal - (held[subset].get(label) ?? 0))) / goal
      }, 0)
    const open = empty.length >= left ? empty : (['train', 'test', 'validation'] as const)
    const best = open.reduce((a, b) => (need(b) > need(a) + 1e-9 ? b : a))
    taken[best]++
    for (const row of rows) {
      subsets[row] = best
      const label = samples[row]?.label ?? ''
      held[best].set(label, (held[best].get(label) ?? 0) + 1)
    }
  })
  return subsets
}

/** The part that a path names by one of its folders (`train/clip-1.avi`); null where it names none. */
export function subsetOfPath(path: string): Subset | null {
  for (const folder of path.split('/').slice(0, -1)) {
    const found = folderNames[folder.toLowerCase()]
    if (found) return found
  }
  return null
}

const folderNames: Readonly<Record<string, Subset>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
}
