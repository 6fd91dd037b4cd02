import { AppError } from '../../../shared/base/app-error.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import { splitByGroup } from '../frames/split-groups.ts'
import type { ActionSample } from './action-dataset.ts'
import type { ActionData } from './action-options.ts'

/** Share of a class's samples, in the order of time, that come last and are for testing, and of those before for validation. */
const timeShares = { test: 0.2, validation: 0.15 } as const

/**
 * Divides samples as the data say, by group, or by time.
 * @throws `split/not-given`, `split/too-few`
 */
export function divideActions(
  samples: readonly Pick<ActionSample, 'group' | 'classIndex' | 'subset' | 'sequence' | 'first'>[],
  { split: asked }: Pick<ActionData, 'split'>,
  seed: number,
): { readonly subsets: readonly Subset[]; readonly description: SplitDescription } {
  const unknown = samples.filter(({ subset }) => subset === null).length
  const has = (subset: Subset): boolean => samples.some((sample) => sample.subset === subset)
  const isGiven = unknown === 0 && has('train') && has('test')
  if (asked === 'given' && !isGiven)
    throw new AppError(
      'split/not-given',
      `${unknown} clips do not say which part they belong to; fill the column "split" with train, validation and test, or choose another split.`,
      { count: unknown },
    )
  if (asked === 'given' || (asked === 'auto' && isGiven))
    return {
      subsets: samples.map(({ subset }) => subset ?? 'train'),
      description: { method: 'given', text: 'as the data say', seed: null, blockSize: null },
    }
  const groups = new Set(samples.map(({ group }) => group)).size
  if (asked === 'time' || (asked === 'auto' && groups < 3)) return divideByTime(samples)
  const subsets = splitByGroup(
    samples.map(({ group, classIndex }) => ({ group, label: String(classIndex) })),
    seed,
  )
  if (!subsets.includes('test'))
    throw new AppError(
      'split/too-few',
      `A split by group needs at least three groups, and there are ${groups}; add clips of other sources.`,
      { found: groups, needed: 3 },
    )
  return {
    subsets,
    description: {
      method: 'group',
      text: `by group (${groups} of them), so that no patient, actor or scene is both learned from and tested on`,
      seed,
      blockSize: null,
    },
  }
}

/** Of each class what comes last is for testing: the only way to divide what happens in one or two long sequences. */
function divideByTime(samples: readonly Pick<ActionSample, 'classIndex' | 'sequence' | 'first'>[]): {
  readonly subsets: readonly Subset[]
  readonly description: SplitDescription
} {
  const subsets: Subset[] = samples.map(() => 'train')
  for (const index of new Set(samples.map(({ classIndex }) => classIndex))) {
    const rows = [...samples.keys()]
      .filter((row) => samples[row]?.classIndex === index)
      .sort((a, b) => place(samples, a, 'sequence') - place(samples, b, 'sequence') || place(samples, a, 'first') - place(samples, b, 'first')) // prettier-ignore
    // One sample can only be learned from; validation begins where two are left to learn from.
    const tested = rows.length < 2 ? 0 : Math.max(1, Math.round(rows.length * timeShares.test))
    const watched = rows.length < 4 ? 0 : Math.max(1, Math.round(rows.length * timeShares.validation))
    for (const row of rows.slice(rows.length - tested)) subsets[row] = 'test'
    for (const row of rows.slice(rows.length - tested - watched, rows.length - tested)) subsets[row] = 'validation'
  }
  if (!subsets.includes('test'))
    throw new AppError(
      'split/too-few',
      'A split by time needs a class with at least two labelled clips or intervals; label more of them.',
      { found: 1, needed: 2 },
    )
  return {
    subsets,
    description: {
      method: 'time',
      text: 'by time: of each class the last fifth to test; it is the same scene, so the score says little about other scenes',
      seed: null,
      blockSize: null,
    },
  }
}

function place(
  samples: readonly Pick<ActionSample, 'sequence' | 'first'>[],
  row: number,
  key: 'sequence' | 'first',
): number {
  return samples[row]?.[key] ?? 0
}
