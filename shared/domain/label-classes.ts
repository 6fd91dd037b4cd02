import type { LabelSet } from './label-changes.ts'
import type { FrameLabel } from './label-frame.ts'
import { renamedLayers } from './label-mask.ts'

/**
 * The labels with one class under another name. Where that name is taken, the two become one class with the colour of the
 * latter; on painted frames their areas are joined.
 */
export function renameClass(set: LabelSet, from: string, to: string): LabelSet {
  const isMerge = set.classes.some(({ name }) => name === to)
  const classes = isMerge
    ? set.classes.filter(({ name }) => name !== from)
    : set.classes.map((one) => (one.name === from ? { ...one, name: to } : one))
  const features = set.features.map((feature) =>
    feature.properties.label === from ? { ...feature, properties: { ...feature.properties, label: to } } : feature,
  )
  const frames = set.frames.flatMap((label): FrameLabel[] => {
    if (label.kind === 'mask') return asList(renamedLayers(label, from, to))
    return [label.label === from ? { ...label, label: to } : label]
  })
  return { classes, features, frames }
}

/** The labels without a class and all that has it. */
export function removeClass(set: LabelSet, name: string): LabelSet {
  return {
    classes: set.classes.filter((one) => one.name !== name),
    features: set.features.filter(({ properties }) => properties.label !== name),
    frames: set.frames.flatMap((label): FrameLabel[] => {
      if (label.kind === 'mask') return asList(renamedLayers(label, name, null))
      return label.label === name ? [] : [label]
    }),
  }
}

function asList(mask: FrameLabel | null): FrameLabel[] {
  return mask ? [mask] : []
}
