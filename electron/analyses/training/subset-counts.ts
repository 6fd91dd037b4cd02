import type { Subset } from '../../../shared/domain/labels.ts'
import type { SubsetCounts } from '../../../shared/domain/training-plan.ts'

/** Counts, by part of a split, the samples that are meant. */
export function subsetCounter(subsets: readonly Subset[]): (isMeant: (row: number) => boolean) => SubsetCounts {
  return (isMeant) => {
    const counts = { train: 0, validation: 0, test: 0 }
    subsets.forEach((subset, i) => (counts[subset] += isMeant(i) ? 1 : 0))
    return counts
  }
}

/** What belongs to each part of a split. */
export function byPart<Sample>(samples: readonly Sample[], subsets: readonly Subset[]): Record<Subset, Sample[]> {
  const of = (subset: Subset): Sample[] => samples.filter((_, i) => subsets[i] === subset)
  return { train: of('train'), validation: of('validation'), test: of('test') }
}
