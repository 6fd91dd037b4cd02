import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { ActionSample } from './action-dataset.ts'

/** Classes with fewer clips cannot be learned, tested and validated. */
const fewestPerClass = 3
/** From this ratio on the plain accuracy says little about the rare class. */
const unevenRatio = 5

type Classed = readonly Pick<ActionSample, 'classIndex'>[]

const countOf = (samples: Classed, index: number): number =>
  samples.filter(({ classIndex }) => classIndex === index).length

/** Classes with too few clips to be learned and tested. */
export function countRemarks(samples: Classed, labels: readonly string[]): Remark[] {
  return labels.flatMap((label, index) => {
    const count = countOf(samples, index)
    if (count >= fewestPerClass) return []
    return [
      {
        code: 'dataset/few-of-class',
        message: `The class "${label}" has ${count === 1 ? 'one clip only' : `${count} clips only`}: it cannot be both learned and tested. Add clips, or leave the class out.`,
        details: { label, count },
      },
    ]
  })
}

/** A class that has many times as many clips as another. */
export function unevenClasses(samples: Classed, labels: readonly string[]): Remark[] {
  const counts = labels.map((label, index) => ({ label, count: countOf(samples, index) }))
  const present = counts.filter(({ count }) => count > 0).sort((a, b) => a.count - b.count)
  const [least, most] = [present[0], present.at(-1)]
  if (!least || !most || most.count < unevenRatio * least.count) return []
  const ratio = Math.round(most.count / least.count)
  return [
    {
      code: 'split/uneven-classes',
      message: `"${most.label}" has ${ratio} times as many clips as "${least.label}": look at the scores by class, or balance the class weights.`,
      details: { most: most.label, least: least.label, ratio },
    },
  ]
}

/** What a split cannot show. */
export function splitRemarks(split: SplitDescription | null): Remark[] {
  if (split?.method !== 'time') return []
  return [
    {
      code: 'split/same-scene',
      message:
        'Training and testing look at the same scene at different times, so the score says little about other scenes. Add sequences to split by source.',
      details: {},
    },
  ]
}
