import { describe, expect, it } from 'vitest'
import { splitRemarks } from '../../../../electron/analyses/land-use/split-remarks.ts'
import type { LabelledSample, Subset } from '../../../../shared/domain/labels.ts'

let number = 0
const sample = (given: Partial<LabelledSample>): LabelledSample => ({
  id: `s:${number++}`,
  column: 0,
  row: 0,
  from: '2019-01-01',
  to: '2020-01-01',
  label: 'oat',
  source: 's',
  group: null,
  subset: null,
  ...given,
})
/** Twelve samples of each class in every subset, 40 pixels apart: nothing to remark. */
const quiet = (['train', 'validation', 'test'] as const).flatMap((subset, part) =>
  ['oat', 'bean'].flatMap((label, kind) =>
    Array.from({ length: 12 }, (_, i) => ({
      subset: subset as Subset,
      sample: sample({ label, column: 40 * i, row: 40 * (2 * part + kind) }),
    })),
  ),
)
const remarksOf = (list: typeof quiet, method: 'block' | 'year' | 'given' = 'block', blockSize = 6) =>
  splitRemarks({ samples: list.map((one) => one.sample), subsets: list.map((one) => one.subset), method, blockSize })
const codes = (...given: Parameters<typeof remarksOf>): string[] => remarksOf(...given).map(({ code }) => code)

describe('what is said about a split', () => {
  it('is nothing where nothing is wrong', () => {
    expect(remarksOf(quiet)).toEqual([])
  })

  it('names pixels that are learned from and tested on at the same time first', () => {
    const twice = quiet.filter(({ subset }) => subset === 'test').map((one) => ({ ...one, subset: 'train' as const }))
    const [first] = remarksOf([...quiet, ...twice.slice(0, 5)])
    expect(first).toMatchObject({ code: 'split/same-observations', details: { count: 5 } })
  })

  it('takes a pixel tested in another year as meant when the split is by year', () => {
    const [first] = quiet
    const later = {
      subset: 'test' as const,
      sample: { ...(first?.sample ?? sample({})), from: '2021-01-01', to: '2022-01-01' },
    }
    expect(codes([...quiet, later])).toEqual(['split/same-pixels'])
    expect(codes([...quiet, later], 'year')).toEqual([])
  })

  it('names polygons that were divided', () => {
    const parts = (['train', 'test'] as const).map((subset, i) => ({
      subset,
      sample: sample({ column: 900, row: 900 + 20 * i, group: 'field' }),
    }))
    expect(codes([...quiet, ...parts], 'given')).toEqual(['split/same-polygons'])
  })

  it('names classes that are not learned, and classes that are not tested', () => {
    const alone = (label: string, subset: Subset) => ({
      subset,
      sample: sample({ label, column: 2000, row: label.length * 50 }),
    })
    const found = remarksOf([...quiet, alone('rye', 'train'), alone('hemp', 'test')])
    expect(found).toMatchObject([
      { code: 'split/class-not-learned', details: { labels: ['hemp'] } },
      { code: 'split/class-not-tested', details: { labels: ['rye'] } },
      { code: 'split/few-tested', details: { label: 'hemp', count: 1, points: 100 } },
      { code: 'split/uneven-classes', details: { ratio: 36 } },
    ])
  })

  it('calls blocks small when a quarter of the test samples lie beside a learned pixel, not when fewer do', () => {
    const tested = quiet.filter(({ subset }) => subset === 'test')
    const beside = tested.map((one) => ({
      subset: 'train' as const,
      sample: { ...one.sample, id: `${one.sample.id}b`, row: one.sample.row + 1 },
    }))
    expect(remarksOf([...quiet, ...beside.slice(0, 6)])).toMatchObject([
      { code: 'split/small-blocks', details: { percent: 25 } },
    ])
    expect(codes([...quiet, ...beside.slice(0, 5)])).toEqual([])
    expect(codes([...quiet, ...beside], 'given')).toEqual(['split/neighbours'])
  })

  it('warns when the samples lie in few blocks', () => {
    expect(codes(quiet, 'block', 400)).toContain('split/few-blocks')
  })
})
