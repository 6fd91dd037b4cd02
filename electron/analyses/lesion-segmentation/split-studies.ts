import { AppError } from '../../../shared/base/app-error.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import { splitByGroup } from '../frames/split-groups.ts'
import type { LabelledStudy } from './find-studies.ts'
import type { SegmentationData } from './segmentation-options.ts'

/** A study as far as splitting needs it. */
export type SplitStudy = Pick<LabelledStudy, 'patient' | 'subset'>

/** Fewer patients than these say little about others. */
const fewPatients = 10

/**
 * Divides studies so that no patient is both learned from and tested on; never by slice. As folders named train and test say, else
 * by patient. Of one patient alone whole studies are divided, which is said loudly: the score then says nothing about others.
 * @throws `split/few-studies` with fewer than two studies, `split/no-folders`, `split/few-patients` when the split asked for
 *   cannot be made
 */
export function splitStudies(
  studies: readonly SplitStudy[],
  { split: asked }: Pick<SegmentationData, 'split'>,
  seed: number,
): {
  readonly subsets: readonly Subset[]
  readonly description: SplitDescription
  readonly remarks: readonly Remark[]
} {
  const patients = new Set(studies.map(({ patient }) => patient)).size
  const given = studies.map(({ subset }) => subset)
  const isGiven = given.every((subset) => subset !== null) && given.includes('train') && given.includes('test')
  const method = asked === 'auto' ? (isGiven ? 'given' : patients > 1 ? 'group' : 'source') : asked
  if (studies.length < 2)
    throw new AppError(
      'split/few-studies',
      `Only ${studies.length} study has masks, so there is none to test on: neighbouring slices are too alike to divide one study. Add studies with masks, of other patients if you can.`,
      { count: studies.length },
    )
  const describe = (text: string): SplitDescription => ({
    method,
    text,
    seed: method === 'given' ? null : seed,
    blockSize: null,
  })
  const remarks: Remark[] =
    method !== 'source' && patients < fewPatients
      ? [
          {
            code: 'split/few-patients-tested',
            message: `The studies are of ${patients} patients only, so the score can be far off for others; tens of patients are needed to rely on it.`,
            details: { count: patients },
          },
        ]
      : []
  switch (method) {
    case 'given':
      if (!isGiven)
        throw new AppError(
          'split/no-folders',
          'The split is to be given by the data, but not every study lies in a folder named "train", "val" or "test"; sort them into such folders, or choose another split.',
          { studies: studies.length },
        )
      return {
        subsets: given.map((subset) => subset ?? 'train'),
        description: describe('as the folders of the data say (train, val, test)'),
        remarks,
      }
    case 'group':
      if (patients < 2)
        throw new AppError(
          'split/few-patients',
          'A split by patient needs at least two patients with masks, and there is one; add patients, or split by study (source) and take the score for what it is.',
          { count: patients },
        )
      return {
        subsets: divide(
          studies.map(({ patient }) => patient),
          seed,
        ),
        description: describe('by patient, so that no patient is both learned from and tested on'),
        remarks,
      }
    case 'source':
      return {
        subsets: divide(
          studies.map((_, i) => String(i).padStart(6, '0')),
          seed,
        ),
        description: describe(
          patients > 1
            ? 'by study, although some patients then are both learned from and tested on'
            : 'by study of one patient, who is both learned from and tested on',
        ),
        remarks: [
          {
            code: 'split/same-patient',
            message:
              'The same patient is learned from and tested on, often with the same lesions, so the score is far too good and says nothing about other patients. Add patients.',
            details: {},
          },
        ],
      }
    default:
      return method satisfies never
  }
}

/** Two groups leave none to validate: the last is for testing. */
function divide(groups: readonly string[], seed: number): Subset[] {
  const distinct = [...new Set(groups)].sort()
  if (distinct.length === 2) return groups.map((group) => (group === distinct[1] ? 'test' : 'train'))
  return splitByGroup(
    groups.map((group) => ({ group, label: '' })),
    seed,
  )
}
