import { z } from 'zod'
import { type LabelClass, type LabelFeature, labelFeatureSchema } from './label-collection.ts'
import { classesOf, type FrameLabel, frameLabelSchema } from './label-frame.ts'

/** All labels of one data set at one moment; never changed in place. */
export interface LabelSet {
  readonly classes: readonly LabelClass[]
  /** Labels on the map. */
  readonly features: readonly LabelFeature[]
  /** Labels of sequences and their frames. */
  readonly frames: readonly FrameLabel[]
}

/** No labels and no classes. */
export const emptyLabelSet: LabelSet = { classes: [], features: [], frames: [] }

/** What makes one set of labels of another: labels to put in the place of those with the same id, or to add, and ids to remove. */
export const labelChangeSchema = z.object({
  features: z.array(labelFeatureSchema).max(200_000),
  frames: z.array(frameLabelSchema).max(200_000),
  remove: z.array(z.string().min(1).max(600)).max(400_000),
})
/** What makes one set of labels of another. */
export type LabelChange = z.infer<typeof labelChangeSchema>

/** Nothing to change. */
export const noChange: LabelChange = { features: [], frames: [], remove: [] }

/** Whether a change does nothing. */
export function isNoChange({ features, frames, remove }: LabelChange): boolean {
  return features.length + frames.length + remove.length === 0
}

/** The ids a change touches. */
export function touchedIds({ features, frames, remove }: LabelChange): Set<string> {
  return new Set([...features.map(({ id }) => id), ...frames.map(({ id }) => id), ...remove])
}

/** What changes one set into another; labels are compared by reference, so it is quick for sets of which one came of the other. */
export function labelChangeBetween(before: Omit<LabelSet, 'classes'>, after: Omit<LabelSet, 'classes'>): LabelChange {
  if (before.features === after.features && before.frames === after.frames) return noChange
  const changedOf = <L extends { readonly id: string }>(old: readonly L[], now: readonly L[]): [L[], string[]] => {
    if (old === now) return [[], []]
    const known = new Map(old.map((label) => [label.id, label]))
    const changed = now.filter((label) => known.get(label.id) !== label)
    for (const { id } of now) known.delete(id)
    return [changed, [...known.keys()]]
  }
  const [features, goneFeatures] = changedOf(before.features, after.features)
  const [frames, goneFrames] = changedOf(before.frames, after.frames)
  return { features, frames, remove: [...goneFeatures, ...goneFrames] }
}

/** The set after a change; classes stay, labels keep their order and new ones come last. */
export function withChange<Set extends Omit<LabelSet, 'classes'>>(set: Set, change: LabelChange): Set {
  if (isNoChange(change)) return set
  const removed = new Set(change.remove)
  const replaced = <L extends { readonly id: string }>(old: readonly L[], changed: readonly L[]): readonly L[] => {
    if (changed.length === 0 && !old.some(({ id }) => removed.has(id))) return old
    const fresh = new Map(changed.map((label) => [label.id, label]))
    const kept = old
      .filter(({ id }) => !removed.has(id) || fresh.has(id))
      .map((label) => {
        const changedLabel = fresh.get(label.id)
        fresh.delete(label.id)
        return changedLabel ?? label
      })
    return [...kept, ...fresh.values()]
  }
  return { ...set, features: replaced(set.features, change.features), frames: replaced(set.frames, change.frames) }
}

/** A change without the labels of some ids. */
export function withoutIds(change: LabelChange, ids: ReadonlySet<string>): LabelChange {
  if (ids.size === 0) return change
  return {
    features: change.features.filter(({ id }) => !ids.has(id)),
    frames: change.frames.filter(({ id }) => !ids.has(id)),
    remove: change.remove.filter((id) => !ids.has(id)),
  }
}

/** How many labels each class has; a painted frame counts once for every class on it. */
export function countClasses({ features, frames }: Omit<LabelSet, 'classes'>): Map<string, number> {
  const counts = new Map<string, number>()
  const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { properties } of features) count(properties.label)
  for (const label of frames) for (const name of classesOf(label)) count(name)
  return counts
}
