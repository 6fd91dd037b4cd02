import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import type { Split } from '../../../shared/domain/dataset.ts'
import type { LabelledSample, Subset } from '../../../shared/domain/labels.ts'
import { assignGroups } from './assign-groups.ts'

/** Shares of the samples that go into each subset; they add up to 1. */
export interface SplitShares {
  readonly train: number
  readonly validation: number
  readonly test: number
}

/** How to divide samples; see each function. */
export interface SplitOptions {
  readonly method: 'block' | 'year' | 'given'
  readonly seed: number
  /** Edge of a block in pixels, for `block`. */
  readonly blockSize?: number
  readonly shares?: SplitShares
  /** Years (of the interval's start) to test on, for `year`; null draws them. */
  readonly testYears?: readonly number[] | null
}

/** Six tenths to learn from, two to stop in time, two to test. */
export const defaultShares: SplitShares = { train: 0.6, validation: 0.2, test: 0.2 }
/** Edge of a spatial block in pixels, unless another is asked for. */
export const defaultBlockSize = 6

const subsetOrder: readonly Subset[] = ['train', 'validation', 'test']

/**
 * Divides samples into training, validation and test by spatial block (default), by year, or as the label file says.
 * @throws `split/empty` when a subset that should hold samples holds none, `split/not-given` when the label file names
 *   no subsets
 */
export function splitSamples(samples: readonly LabelledSample[], options: SplitOptions): Split {
  switch (options.method) {
    case 'block':
      return splitByBlock(samples, options)
    case 'year':
      return splitByYear(samples, options)
    case 'given':
      return splitAsGiven(samples, options.seed)
  }
}

/**
 * The unit that must not be divided, for each sample: its block of `blockSize` x `blockSize` pixels, and what belongs
 * together with it. A polygon that crosses blocks joins them, so that no object is in two subsets.
 * @returns group numbers from 0, in order of first appearance
 */
export function spatialGroups(samples: readonly LabelledSample[], blockSize: number): number[] {
  const parents = new Map<string, string>()
  const find = (key: string): string => {
    let root = key
    while (parents.has(root)) root = defined(parents.get(root), 'the key was just found')
    return root
  }
  const blocks = samples.map(({ row, column }) => `${Math.floor(row / blockSize)},${Math.floor(column / blockSize)}`)
  for (const [i, { group }] of samples.entries()) {
    if (group === null) continue
    const [block, object] = [find(blocks[i] ?? ''), find(`group ${group}`)]
    if (block !== object) parents.set(object, block)
  }
  const numbers = new Map<string, number>()
  return blocks.map((block) => {
    const root = find(block)
    const number = numbers.get(root) ?? numbers.size
    numbers.set(root, number)
    return number
  })
}

function splitByBlock(samples: readonly LabelledSample[], options: SplitOptions): Split {
  const blockSize = options.blockSize ?? defaultBlockSize
  const groups = spatialGroups(samples, blockSize)
  const text = `by spatial block of ${blockSize} x ${blockSize} pixels: no block is in two subsets`
  const subsets = divide(samples, groups, options, 'split/block')
  return { subsets, description: { method: 'block', text, seed: options.seed, blockSize } }
}

function splitByYear(samples: readonly LabelledSample[], options: SplitOptions): Split {
  const years = samples.map(({ from }) => Number(from.slice(0, 4)))
  const asked = options.testYears ?? null
  if (asked === null) {
    const subsets = divide(samples, years, options, 'split/year')
    const tested = [...new Set(years.filter((_, i) => subsets[i] === 'test'))].sort()
    const text = `by year, drawn: tested on intervals that start in ${tested.join(', ')}`
    return { subsets, description: { method: 'year', text, seed: options.seed, blockSize: null } }
  }
  const isTest = years.map((year) => asked.includes(year))
  const rest = samples.filter((_, i) => !isTest[i])
  const shares = options.shares ?? defaultShares
  const restShares = { train: shares.train / (shares.train + shares.validation), validation: 0, test: 0 }
  const restSubsets = divide(
    rest,
    years.filter((_, i) => !isTest[i]),
    { ...options, shares: { ...restShares, validation: 1 - restShares.train } },
    'split/year',
  )
  let next = 0
  const subsets = isTest.map((test) => (test ? 'test' : defined(restSubsets[next++], 'one subset for each sample')))
  requireFilled(subsets, shares)
  const text = `by year: tested on intervals that start in ${asked.join(', ')}`
  return { subsets, description: { method: 'year', text, seed: options.seed, blockSize: null } }
}

function splitAsGiven(samples: readonly LabelledSample[], seed: number): Split {
  const without = samples.filter(({ subset }) => subset === null)
  if (without.length > 0)
    throw new AppError(
      'split/not-given',
      `${without.length} of ${samples.length} labels name no subset (first: ${without[0]?.id}); fill the column "split" with train, validation or test, or choose another split.`,
      { count: without.length, first: without.slice(0, 20).map(({ id }) => id) },
    )
  const subsets = samples.map(({ subset }) => defined(subset, 'labels without a subset were refused above'))
  requireFilled(subsets, { train: 1, validation: 0, test: 1 })
  return { subsets, description: { method: 'given', text: 'as given by the label file', seed, blockSize: null } }
}

function divide(
  samples: readonly LabelledSample[],
  groups: readonly number[],
  options: SplitOptions,
  stream: string,
): Subset[] {
  const shares = options.shares ?? defaultShares
  const random = new SeededRandom(options.seed).fork(stream)
  const parts = assignGroups(samples.map(({ label }) => label), groups, subsetOrder.map((subset) => shares[subset]), random) // prettier-ignore
  const subsets = parts.map((part) => defined(subsetOrder[part], 'parts are indices into the shares'))
  requireFilled(subsets, shares)
  return subsets
}

function requireFilled(subsets: readonly Subset[], shares: SplitShares): void {
  const empty = subsetOrder.filter((subset) => shares[subset] > 0 && !subsets.includes(subset))
  if (empty.length > 0)
    throw new AppError(
      'split/empty',
      `The split leaves no sample for ${empty.join(' and ')}; the labels lie in too few blocks or years. Choose smaller blocks or another split, or add labels.`,
      { empty },
    )
}

/** The folds of a cross-validation: `folds[i]` is the fold in which sample i is tested. */
export interface Folds {
  readonly folds: readonly number[]
  readonly count: number
  readonly seed: number
  readonly blockSize: number
}

/**
 * Divides samples into `count` folds by spatial block, each with nearly the class shares of the whole.
 * @throws `split/empty` when there are fewer blocks than folds
 */
export function blockFolds(
  samples: readonly LabelledSample[],
  count: number,
  seed: number,
  blockSize = defaultBlockSize,
): Folds {
  const groups = spatialGroups(samples, blockSize)
  const random = new SeededRandom(seed).fork('split/folds')
  const labels = samples.map(({ label }) => label)
  const folds = assignGroups(labels, groups, new Array<number>(count).fill(1 / count), random)
  if (new Set(folds).size < count)
    throw new AppError(
      'split/empty',
      `The labels lie in ${new Set(groups).size} blocks of ${blockSize} x ${blockSize} pixels, too few for ${count} folds; choose smaller blocks or fewer folds.`,
      { blocks: new Set(groups).size, folds: count },
    )
  return { folds, count, seed, blockSize }
}

/**
 * The split for one fold: the fold is tested, and a share of the other blocks is kept for validation.
 * @param validationShare  share of the samples outside the fold, in [0, 1); 0 leaves the validation part empty
 */
export function splitOfFold(
  samples: readonly LabelledSample[],
  folds: Folds,
  fold: number,
  validationShare: number,
): Split {
  const isTest = folds.folds.map((own) => own === fold)
  const rest = samples.filter((_, i) => !isTest[i])
  const parts = assignGroups(
    rest.map(({ label }) => label),
    spatialGroups(rest, folds.blockSize),
    [1 - validationShare, validationShare],
    new SeededRandom(folds.seed).fork(`split/fold ${fold}`),
  )
  let next = 0
  const subsets = isTest.map((test): Subset => (test ? 'test' : parts[next++] === 1 ? 'validation' : 'train'))
  const text = `fold ${fold + 1} of ${folds.count} by spatial block of ${folds.blockSize} x ${folds.blockSize} pixels`
  return { subsets, description: { method: 'block', text, seed: folds.seed, blockSize: folds.blockSize } }
}

/** Samples by subset, as `train --json` prints them under `samples`. */
export function countSubsets(subsets: readonly Subset[]): Record<Subset, number> {
  const count = (wanted: Subset): number => subsets.filter((subset) => subset === wanted).length
  return { train: count('train'), validation: count('validation'), test: count('test') }
}

/** Indices of the samples of one subset. */
export function rowsOf(subsets: readonly Subset[], wanted: Subset): number[] {
  return [...subsets.keys()].filter((i) => subsets[i] === wanted)
}
