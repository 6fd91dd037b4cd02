import { describe, expect, it } from 'vitest'
import { findLeaks } from '../../../../electron/analyses/land-use/leak-check.ts'
import { majorityBaseline } from '../../../../electron/analyses/classification/majority-baseline.ts'
import {
  blockFolds,
  countSubsets,
  spatialGroups,
  splitOfFold,
  splitSamples,
} from '../../../../electron/analyses/land-use/split.ts'
import { SeededRandom } from '../../../../shared/base/seeded-random.ts'
import type { LabelledSample } from '../../../../shared/domain/labels.ts'
import { errorOf } from './error-code.ts'

/** 400 samples on 60 x 48 pixels, in three classes of very different size, each class more frequent in one part. */
function scattered(): LabelledSample[] {
  const random = new SeededRandom(11)
  return Array.from({ length: 400 }, (_, i) => {
    const [column, row, year] = [random.integer(60), random.integer(48), 2007 + random.integer(5)]
    const draw = random.next() + (column / 60) * 0.4
    const label = draw > 1.2 ? 'rare' : draw > 0.6 ? 'some' : 'common'
    const interval = { from: `${year}-09-01`, to: `${year + 1}-09-01` }
    return { id: `s:${i}`, column, row, ...interval, label, source: 's', group: null, subset: null }
  })
}
const samples = scattered()
const blockOf = ({ row, column }: LabelledSample): string => `${Math.floor(row / 6)},${Math.floor(column / 6)}`

describe('splitSamples by block', () => {
  const { subsets, description } = splitSamples(samples, { method: 'block', seed: 5 })

  it('puts no block of 6 x 6 pixels into two subsets', () => {
    const seen = new Map<string, string>()
    for (const [i, sample] of samples.entries()) {
      expect(seen.get(blockOf(sample)) ?? subsets[i]).toBe(subsets[i])
      seen.set(blockOf(sample), subsets[i] ?? '')
    }
    expect(findLeaks(samples, subsets).warning).toBeNull()
    expect(description).toMatchObject({ method: 'block', blockSize: 6, seed: 5 })
  })

  it('keeps the share of every class near 60, 20 and 20 percent (within 3 points)', () => {
    for (const label of ['rare', 'some', 'common']) {
      const own = subsets.filter((_, i) => samples[i]?.label === label)
      const counts = countSubsets(own)
      expect(Math.abs(counts.train / own.length - 0.6)).toBeLessThan(0.03)
      expect(Math.abs(counts.test / own.length - 0.2)).toBeLessThan(0.03)
    }
  })

  it('is the same for the same seed and another for another', () => {
    expect(splitSamples(samples, { method: 'block', seed: 5 }).subsets).toEqual(subsets)
    expect(splitSamples(samples, { method: 'block', seed: 6 }).subsets).not.toEqual(subsets)
  })

  it('joins the blocks that one polygon touches', () => {
    const at = (column: number, group: string | null): LabelledSample => ({ ...(samples[0] as LabelledSample), row: 0, column, group }) // prettier-ignore
    const groups = spatialGroups([at(1, 'p'), at(7, 'p'), at(8, 'q'), at(13, 'q'), at(20, null), at(15, null)], 6)
    expect(groups).toEqual([0, 0, 0, 0, 1, 0])
  })

  it('says so when there are too few blocks', async () => {
    const error = await errorOf(() => splitSamples(samples, { method: 'block', seed: 1, blockSize: 60 }))
    expect(error.code).toBe('split/empty')
  })
})

describe('splitSamples by year', () => {
  it('tests on the years asked for and warns of shared places only through the leak check', () => {
    const { subsets } = splitSamples(samples, { method: 'year', seed: 1, testYears: [2011] })
    for (const [i, { from }] of samples.entries()) expect(subsets[i] === 'test').toBe(from.startsWith('2011'))
    expect(countSubsets(subsets).validation).toBeGreaterThan(0)
    const leaks = findLeaks(samples, subsets)
    expect(leaks.locations).toBeGreaterThan(0)
    expect(leaks.observations).toBe(0)
  })

  it('draws whole years otherwise', () => {
    const { subsets } = splitSamples(samples, { method: 'year', seed: 3 })
    const years = new Map(samples.map(({ from }, i) => [from, subsets[i]]))
    for (const [i, { from }] of samples.entries()) expect(subsets[i]).toBe(years.get(from))
  })
})

describe('splitSamples as given', () => {
  it('follows the label file, and fails when it names no subset for some', async () => {
    const given = samples.map((sample, i) => ({
      ...sample,
      subset: i % 3 === 0 ? ('test' as const) : ('train' as const),
    }))
    expect(splitSamples(given, { method: 'given', seed: 0 }).subsets.slice(0, 3)).toEqual(['test', 'train', 'train'])
    const error = await errorOf(() => splitSamples([...given, ...samples.slice(0, 2)], { method: 'given', seed: 0 }))
    expect([error.code, error.details['count']]).toEqual(['split/not-given', 2])
  })
})

describe('blockFolds', () => {
  const folds = blockFolds(samples, 5, 2)

  it('tests every sample once, each class evenly, no block in two folds', () => {
    for (const label of ['rare', 'some', 'common']) {
      const total = samples.filter((sample) => sample.label === label).length
      for (let fold = 0; fold < 5; fold++) {
        const count = samples.filter((sample, i) => sample.label === label && folds.folds[i] === fold).length
        expect(Math.abs(count / total - 0.2)).toBeLessThan(0.05)
      }
    }
    const byBlock = new Map(samples.map((sample, i) => [blockOf(sample), folds.folds[i]]))
    for (const [i, sample] of samples.entries()) expect(folds.folds[i]).toBe(byBlock.get(blockOf(sample)))
  })

  it('makes the split of one fold with a validation part from other blocks', () => {
    const { subsets } = splitOfFold(samples, folds, 3, 0.15)
    for (const [i, subset] of subsets.entries()) expect(subset === 'test').toBe(folds.folds[i] === 3)
    expect(findLeaks(samples, subsets).warning).toBeNull()
    expect(countSubsets(subsets).validation / 320).toBeCloseTo(0.15, 1)
    expect(countSubsets(splitOfFold(samples, folds, 3, 0).subsets).validation).toBe(0)
  })

  it('needs as many blocks as folds', async () => {
    expect((await errorOf(() => blockFolds(samples, 5, 1, 30))).code).toBe('split/empty')
  })
})

describe('findLeaks', () => {
  it('tells places from observations, and finds divided polygons', () => {
    const base = samples[0] as LabelledSample
    const early = { from: '2010-01-01', to: '2011-01-01' }
    const late = { from: '2011-01-01', to: '2012-01-01' }
    const set: LabelledSample[] = [
      { ...base, ...early, column: 1, row: 1 },
      { ...base, ...late, column: 1, row: 1 },
      { ...base, ...early, column: 2, row: 1, group: 'p' },
      { ...base, ...early, column: 2, row: 1, group: 'q' },
      { ...base, ...early, column: 3, row: 1, group: 'p' },
    ]
    const report = findLeaks(set, ['train', 'test', 'train', 'test', 'validation'])
    expect([report.locations, report.observations, report.groups]).toEqual([2, 1, 1])
    expect(report.warning).toContain('2 pixels (1 of them at the same time) and 1 polygons')
  })
})

describe('majorityBaseline', () => {
  it('answers with the commonest class of training, whatever the test set holds', () => {
    const result = majorityBaseline([2, 0, 2, 1], [0, 2, 0, 0], ['a', 'b', 'c'])
    expect(result).toMatchObject({ name: 'majority class', label: 'c', overallAccuracy: 0.25, kappa: 0 })
  })
})
