import type { LabelledSample, Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import { groupBy } from './group-by.ts'
import { findLeaks } from './leak-check.ts'
import { spatialGroups } from './split.ts'

/** With fewer test samples of a class, one more error changes its score by ten points or more. */
const fewTested = 10
/** From this ratio of class sizes on, the plain accuracy says little about the rare class. */
const uneven = 10
/** With fewer undivided blocks, chance decides what the test set looks like. */
const fewBlocks = 15
/** Share of test samples beside a training sample from which the score is called too good. */
const manyNeighbours = 0.25

/** What `splitRemarks` looks at. */
export interface DividedSamples {
  readonly samples: readonly LabelledSample[]
  /** Class of each sample. */
  readonly subsets: readonly Subset[]
  readonly method: 'block' | 'year' | 'given'
  readonly blockSize: number
}

/**
 * What makes the score of a split too good, uncertain or silent about a class, the gravest first: shared pixels and
 * polygons, neighbours in both parts, classes missing from a part, few blocks, few test samples, uneven classes.
 * Source of the neighbour rule: own; that near samples resemble each other is Ploton et al. 2020, Nature Communications 11:4540.
 */
export function splitRemarks(divided: DividedSamples): Remark[] {
  const { samples, subsets } = divided
  return [
    ...leakRemarks(divided),
    ...missingClasses(samples, subsets),
    ...neighbourRemarks(divided),
    ...blockRemarks(divided),
    ...fewRemarks(samples, subsets),
    ...unevenRemarks(samples),
  ]
}

/** Pixels and polygons with samples in more than one subset. */
export function leakRemarks({ samples, subsets, method }: DividedSamples): Remark[] {
  const { locations, observations, groups } = findLeaks(samples, subsets)
  const remarks: Remark[] = []
  if (observations > 0)
    remarks.push({
      code: 'split/same-observations',
      message: `${observations} pixels have samples in more than one part of the split with overlapping dates: the same values are learned from and tested on, so the score is too good. Use split=block.`,
      details: { count: observations },
    })
  // A split by year tests known places in another year on purpose.
  if (locations > observations && method !== 'year')
    remarks.push({
      code: 'split/same-pixels',
      message: `${locations - observations} pixels have samples in more than one part of the split, at other dates: the score may be too good. Use split=block.`,
      details: { count: locations - observations },
    })
  if (groups > 0 && method !== 'year')
    remarks.push({
      code: 'split/same-polygons',
      message: `${groups} polygons have samples in more than one part of the split: neighbouring pixels resemble each other, so the score is too good. Use split=block.`,
      details: { count: groups },
    })
  return remarks
}

function missingClasses(samples: readonly LabelledSample[], subsets: readonly Subset[]): Remark[] {
  const classes = [...new Set(samples.map(({ label }) => label))].sort()
  const missingFrom = (subset: Subset): string[] => {
    const found = new Set(samples.filter((_, i) => subsets[i] === subset).map(({ label }) => label))
    return classes.filter((label) => !found.has(label))
  }
  const untaught = missingFrom('train')
  const untested = missingFrom('test').filter((label) => !untaught.includes(label))
  const list = (labels: readonly string[]): string => labels.map((label) => `"${label}"`).join(', ')
  return [
    ...(untaught.length > 0
      ? [
          {
            code: 'split/class-not-learned',
            message: `No sample of ${list(untaught)} is among those to learn from, so the model cannot know it. Add labels elsewhere, or choose smaller blocks.`,
            details: { labels: untaught },
          },
        ]
      : []),
    ...(untested.length > 0
      ? [
          {
            code: 'split/class-not-tested',
            message: `No sample of ${list(untested)} is tested, so the score says nothing about it. Add labels elsewhere, choose smaller blocks, or cross-validate.`,
            details: { labels: untested },
          },
        ]
      : []),
  ]
}

/** Test samples in a pixel beside one that is learned from, which a block edge or a file's own split can bring about. */
function neighbourRemarks({ samples, subsets, method, blockSize }: DividedSamples): Remark[] {
  if (method === 'year') return []
  const key = (row: number, column: number): string => `${row},${column}`
  const learned = new Set(samples.filter((_, i) => subsets[i] === 'train').map(({ row, column }) => key(row, column)))
  const tested = samples.filter((_, i) => subsets[i] === 'test')
  const around = [-1, 0, 1].flatMap((dr) => [-1, 0, 1].map((dc) => [dr, dc] as const))
  const beside = tested.filter(({ row, column }) => around.some(([dr, dc]) => learned.has(key(row + dr, column + dc))))
  if (tested.length === 0 || beside.length / tested.length < manyNeighbours) return []
  const percent = Math.round((100 * beside.length) / tested.length)
  return [
    {
      code: method === 'block' ? 'split/small-blocks' : 'split/neighbours',
      message:
        method === 'block'
          ? `${percent} % of the test samples lie beside a pixel that is learned from, so the score is too good. Blocks of ${blockSize} pixels are small for these labels; choose larger ones.`
          : `${percent} % of the test samples lie beside a pixel that is learned from, so the score is too good. Split by blocks.`,
      details: { percent, count: beside.length, of: tested.length, blockSize },
    },
  ]
}

function blockRemarks({ samples, method, blockSize }: DividedSamples): Remark[] {
  if (method !== 'block') return []
  const blocks = new Set(spatialGroups(samples, blockSize)).size
  if (blocks >= fewBlocks) return []
  return [
    {
      code: 'split/few-blocks',
      message: `The samples lie in ${blocks} blocks only, so chance decides which are tested. Choose smaller blocks, cross-validate, or label in more places.`,
      details: { blocks, blockSize },
    },
  ]
}

function fewRemarks(samples: readonly LabelledSample[], subsets: readonly Subset[]): Remark[] {
  const tested = groupBy(
    samples.filter((_, i) => subsets[i] === 'test'),
    ({ label }) => label,
  )
  return [...tested]
    .filter(([, members]) => members.length < fewTested)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, members]) => ({
      code: 'split/few-tested',
      message: `Only ${members.length} samples of "${label}" are tested: one error more or less changes its score by ${Math.round(100 / members.length)} points. Add labels, or cross-validate.`,
      details: { label, count: members.length, points: Math.round(100 / members.length) },
    }))
}

function unevenRemarks(samples: readonly LabelledSample[]): Remark[] {
  const sizes = [...groupBy(samples, ({ label }) => label)]
    .map(([label, members]) => ({ label, count: members.length }))
    .sort((a, b) => a.count - b.count)
  const [least, most] = [sizes[0], sizes.at(-1)]
  if (!least || !most || most.count / least.count < uneven) return []
  const ratio = Math.round(most.count / least.count)
  return [
    {
      code: 'split/uneven-classes',
      message: `"${most.label}" has ${ratio} times as many samples as "${least.label}": look at the scores of each class, and consider classWeights=balanced.`,
      details: { most: most.label, least: least.label, ratio },
    },
  ]
}
