import type { LabelledSample, Subset } from '../../../shared/domain/labels.ts'
import { groupBy } from './group-by.ts'

/** What two subsets share that they should not. */
export interface LeakReport {
  /** Pixels that have samples in more than one subset. */
  readonly locations: number
  /** Of these, the pixels where the intervals overlap too: the same observations are learned from and tested on. */
  readonly observations: number
  /** Polygons (groups) with samples in more than one subset. */
  readonly groups: number
  /** Ids of the first samples concerned. */
  readonly first: readonly string[]
  /** One sentence for the user; null when nothing is shared. */
  readonly warning: string | null
}

/**
 * Looks for places that a split put into more than one subset. A split by block has none; a split by year shares
 * locations on purpose (it tests another year at known places), and shared observations are always a mistake.
 */
export function findLeaks(samples: readonly LabelledSample[], subsets: readonly Subset[]): LeakReport {
  const rows = [...samples.keys()]
  const isDivided = (members: readonly number[]): boolean => new Set(members.map((row) => subsets[row])).size > 1
  const at = (row: number): LabelledSample => samples[row] as LabelledSample
  const pixels = [...groupBy(rows, (row) => `${at(row).row},${at(row).column}`).values()].filter(isDivided)
  const overlapping = pixels.filter((members) =>
    members.some((a) =>
      members.some((b) => subsets[a] !== subsets[b] && at(a).from < at(b).to && at(b).from < at(a).to),
    ),
  )
  const grouped = rows.filter((row) => at(row).group !== null)
  const groups = [...groupBy(grouped, (row) => at(row).group).values()].filter(isDivided)
  const concerned = [...new Set([...overlapping, ...pixels, ...groups].flat())].slice(0, 20).map((row) => at(row).id)
  const parts = [
    pixels.length > 0 ? `${pixels.length} pixels (${overlapping.length} of them at the same time)` : '',
    groups.length > 0 ? `${groups.length} polygons` : '',
  ].filter((part) => part !== '')
  return {
    locations: pixels.length,
    observations: overlapping.length,
    groups: groups.length,
    first: concerned,
    warning:
      parts.length === 0
        ? null
        : `${parts.join(' and ')} have samples in more than one of training, validation and test, so the accuracy may be too high.`,
  }
}
