import { AppError } from '../../../shared/base/app-error.ts'
import type { SplitDescription } from '../../../shared/domain/dataset.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { splitByGroup, subsetOfPath } from '../frames/split-groups.ts'
import type { SequencePart } from './clips.ts'
import type { FramePredictionData } from './frame-prediction-options.ts'

/** Shares of a sequence's length for validation and testing. */
const timeShares = { validation: 0.15, test: 0.15 } as const

/** A sequence as far as splitting needs it. */
export interface SplitSequence {
  readonly info: Pick<SequenceInfo, 'id' | 'name'>
  readonly count: number
}

/**
 * Divides sequences into parts to learn from, to validate and to test on: as the folders `train`, `val` and `test` say, else whole
 * sequences, else (fewer than three) by time, so that the end of each is for testing. No frame lies in two parts.
 * @throws `split/no-folders`, `split/too-few` when the method asked for cannot be followed
 */
export function splitSequences(
  sequences: readonly SplitSequence[],
  { split: asked, inputFrames, horizon }: Pick<FramePredictionData, 'split' | 'inputFrames' | 'horizon'>,
  seed: number,
): { readonly parts: readonly SequencePart[]; readonly description: SplitDescription } {
  const length = inputFrames + horizon
  const given = sequences.map(({ info }) => subsetOfPath(info.id))
  const isGiven = given.every((subset) => subset !== null) && new Set(given).has('train') && new Set(given).has('test')
  const method = asked === 'auto' ? (isGiven ? 'given' : sequences.length >= 3 ? 'source' : 'time') : asked
  const describe = (text: string): SplitDescription => ({
    method,
    text,
    seed: method === 'source' ? seed : null,
    blockSize: null,
  })
  const whole = (subsets: readonly Subset[]): SequencePart[] =>
    sequences.map(({ count }, sequence) => ({ sequence, subset: subsets[sequence] ?? 'train', from: 0, to: count }))
  switch (method) {
    case 'given':
      if (!isGiven)
        throw new AppError(
          'split/no-folders',
          'The split is to be given by the data, but not every sequence lies in a folder named "train", "val" or "test"; sort them into such folders, or choose another split.',
          { sequences: sequences.length },
        )
      return {
        parts: whole(given.map((subset) => subset ?? 'train')),
        description: describe('as the folders of the data say (train, val, test)'),
      }
    case 'source':
      if (sequences.length < 3)
        throw new AppError(
          'split/too-few',
          `A split by source needs at least three sequences, and there are ${sequences.length}; add sequences, or split by time.`,
          { found: sequences.length, needed: 3 },
        )
      return {
        parts: whole(
          splitByGroup(
            sequences.map(({ info }) => ({ group: info.id, label: '' })),
            seed,
          ),
        ),
        description: describe('by whole sequences, so that no sequence is both learned from and tested on'),
      }
    case 'time':
      return {
        parts: sequences.flatMap(({ count }, sequence): SequencePart[] => {
          // Testing needs one clip at least; validation is left out where training would then have none.
          const from = count - Math.max(Math.round(count * timeShares.test), length)
          const watched = Math.max(Math.round(count * timeShares.validation), length)
          const until = from - watched >= length && count >= 4 * length ? from - watched : from
          return [
            { sequence, subset: 'train', from: 0, to: Math.max(0, until) },
            { sequence, subset: 'validation', from: Math.max(0, until), to: Math.max(0, from) },
            { sequence, subset: 'test', from: Math.max(0, from), to: count },
          ]
        }),
        description: describe(
          'by time: the last 15 % of each sequence to test, at least one clip, the 15 % before to validate where it is long enough; it is the same scene, so the score says little about other scenes',
        ),
      }
    default:
      return method satisfies never
  }
}
