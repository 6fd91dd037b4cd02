import { describe, expect, it } from 'vitest'
import { cutClips } from '../../../../electron/analyses/frame-prediction/clips.ts'
import { splitSequences } from '../../../../electron/analyses/frame-prediction/split-sequences.ts'
import type { StoredSequence } from '../../../../electron/analyses/frames/store-sequence.ts'
import { errorOf } from '../land-use/error-code.ts'
import { memoryReader } from '../satellite/memory-reader.ts'

const { info } = memoryReader([], { height: 8, width: 8, bands: ['value'] })
const sequence = (id: string, count: number): StoredSequence => ({
  info: { ...info, id },
  clip: null,
  first: 0,
  count,
  step: 1,
})
const data = { split: 'auto', inputFrames: 6, horizon: 12 } as const

describe('a split by time', () => {
  it.each([
    [40, { train: [0, 22], test: [22, 40] }],
    [200, { train: [0, 140], validation: [140, 170], test: [170, 200] }],
  ])('of %i frames keeps whole clips at the end, and no frame in two parts', (count, expected) => {
    const { parts, description } = splitSequences([sequence('a', count)], data, 0)
    expect(description.method).toBe('time')
    const found = parts.filter(({ from, to }) => to > from).map(({ subset, from, to }) => [subset, [from, to]])
    expect(Object.fromEntries(found)).toEqual(expected)
  })

  it('cuts training clips that overlap, and test clips that do not', () => {
    const one = [sequence('a', 40)]
    const { parts } = splitSequences(one, data, 0)
    const starts = (subset: 'train' | 'test'): number[] =>
      cutClips(one, parts, subset, { length: 18, hop: 2 }).map(({ first }) => first)
    expect(starts('train')).toEqual([0, 2, 4])
    expect(starts('test')).toEqual([22])
  })
})

describe('a split of many sequences', () => {
  it('follows folders named train, val and test', () => {
    const many = ['d/train/a', 'd/val/b', 'd/test/c'].map((id) => sequence(id, 20))
    const { parts, description } = splitSequences(many, data, 0)
    expect(description.method).toBe('given')
    expect(parts.map(({ subset }) => subset)).toEqual(['train', 'validation', 'test'])
  })

  it('goes by source from three on, and says when it cannot be as asked', async () => {
    const many = ['a', 'b', 'c'].map((id) => sequence(id, 20))
    expect(splitSequences(many, data, 0).description.method).toBe('source')
    const two = many.slice(1)
    expect((await errorOf(() => splitSequences(two, { ...data, split: 'source' }, 0))).code).toBe('split/too-few')
    expect((await errorOf(() => splitSequences(two, { ...data, split: 'given' }, 0))).code).toBe('split/no-folders')
  })
})
