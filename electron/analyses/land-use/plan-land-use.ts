import type { Subset } from '../../../shared/domain/labels.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { CostRequest, PlanRequest } from '../../../shared/domain/run.ts'
import type { SubsetCounts, TrainingCost, TrainingPlan } from '../../../shared/domain/training-plan.ts'
import { costOfClassifier } from '../classification/train-classifier.ts'
import type { JobContext } from '../task.ts'
import { subsetCounter } from '../training/subset-counts.ts'
import { tryToDivide } from '../training/try-to-divide.ts'
import { frameDays, medianStep, parseDay } from './calendar.ts'
import { divideDataset, readLandUseDataset, type LandUseDataset } from './land-use-dataset.ts'
import { defaultModel, landUseOptions, type LandUseOptions } from './land-use-options.ts'
import { openLandUseSource, type LandUseSource } from './land-use-source.ts'
import { enumerateSeasons } from './seasons.ts'
import { splitRemarks } from './split-remarks.ts'

/** More squares than these are no picture any more. */
const maxCells = 2500
/** A gap of this many steps is bridged by a straight line that hides what happened. */
const longGapSteps = 4

/**
 * Does the data step of a training, and says what came out: the same labels are read, the same pixels left out, the
 * same samples put into the same subsets as a training with this request would.
 * @throws codes of the readers and labels; a split that is not possible is part of the plan (`problem`); `AbortError`
 */
export async function planLandUse(request: PlanRequest, context: JobContext): Promise<TrainingPlan> {
  const options = landUseOptions(request.model ?? defaultModel, request.set, {})
  context.report({ stage: 'Reading the data', done: 0, total: 0 })
  const source = await openLandUseSource(request.data, options.pipeline, options.data.sequence)
  try {
    const dataset = await readLandUseDataset(source, request.data, options.data, request.seed, context)
    return describe(source, dataset, options, request.seed)
  } finally {
    await source.reader.close()
  }
}

/** What a training of a model takes on a dataset of a given size; nothing is read or compiled. @throws as `landUseOptions` */
export function costLandUse(request: CostRequest): TrainingCost {
  const options = landUseOptions(request.model ?? defaultModel, request.set, request)
  const { frames, bands, classes, train } = request.size
  const model = options.definition.build(options.modelOptions, { classes })
  const { training } = options
  const batch = Math.min(training.batch, train)
  const { parameters, stepBytes } = costOfClassifier({ model, frames, bands, classCount: classes, training, batch })
  return { parameters, stepBytes, batch, epochs: training.epochs, stepsPerEpoch: Math.ceil(train / batch) }
}

function describe(
  { reader, grid }: LandUseSource,
  dataset: LandUseDataset,
  { data }: LandUseOptions,
  seed: number,
): TrainingPlan {
  const { samples, labels, shape } = dataset
  const divided = tryToDivide(() => divideDataset(samples, data, seed).split)
  const subsets = divided.split?.subsets ?? samples.map((): Subset => 'train')
  const days = frameDays(reader.info)
  const countsOf = subsetCounter(subsets)
  const split = divided.split?.description ?? null
  return {
    classes: labels.map((label) => ({ label, ...countsOf((i) => samples[i]?.label === label) })),
    samples: countsOf(() => true),
    split,
    problem: divided.problem,
    picture: { width: grid.width, height: grid.height, ...cellsOf(dataset, subsets, data.blockSize) },
    groups: [],
    years: yearsOf(dataset, subsets),
    contract: shape,
    dates: {
      frames: reader.info.frames,
      first: reader.info.times?.[0] ?? '',
      last: reader.info.times?.at(-1) ?? '',
      longestGapDays: longestGap(days),
    },
    seasons: enumerateSeasons(shape, days).map(({ label }) => label),
    remarks: [
      ...(split ? splitRemarks({ samples, subsets, method: data.split, blockSize: data.blockSize }) : []),
      ...timeRemarks(dataset, days),
      ...dataset.remarks,
    ],
  }
}

/** Samples by square of the split's blocks, or of several blocks where there are too many to be seen. */
function cellsOf(
  { samples }: LandUseDataset,
  subsets: readonly Subset[],
  blockSize: number,
): Pick<NonNullable<TrainingPlan['picture']>, 'cellSize' | 'cells'> {
  for (let cellSize = blockSize; ; cellSize *= 2) {
    const cells = new Map<string, SubsetCounts & { column: number; row: number }>()
    samples.forEach((sample, i) => {
      const [column, row] = [Math.floor(sample.column / cellSize), Math.floor(sample.row / cellSize)]
      const cell = cells.get(`${column},${row}`) ?? { column, row, train: 0, validation: 0, test: 0 }
      cell[subsets[i] ?? 'train']++
      cells.set(`${column},${row}`, cell)
    })
    if (cells.size <= maxCells) return { cellSize, cells: [...cells.values()] }
  }
}

function yearsOf({ samples }: LandUseDataset, subsets: readonly Subset[]): TrainingPlan['years'] {
  const years = samples.map(({ from }) => Number(from.slice(0, 4)))
  const countsOf = subsetCounter(subsets)
  return [...new Set(years)].sort((a, b) => a - b).map((year) => ({ year, ...countsOf((i) => years[i] === year) }))
}

function longestGap(days: Float64Array): number {
  let longest = 0
  for (let i = 1; i < days.length; i++) longest = Math.max(longest, (days[i] ?? 0) - (days[i - 1] ?? 0))
  return Math.round(longest)
}

/** Intervals that do not fit the length of a sample, and gaps that interpolation would hide. */
function timeRemarks({ samples, shape }: LandUseDataset, days: Float64Array): Remark[] {
  const step = shape.step?.value ?? medianStep(days) ?? 1
  const length = shape.frames * step
  const odd = samples.filter(({ from, to }) => {
    const own = (parseDay(to) ?? NaN) - (parseDay(from) ?? NaN)
    return Math.abs(own - length) > Math.max(2 * step, 0.25 * length)
  })
  const gap = longestGap(days)
  const remarks: Remark[] = []
  if (odd.length > 0)
    remarks.push({
      code: 'contract/odd-intervals',
      message: `${odd.length} of ${samples.length} samples hold much longer or shorter than the ${Math.round(length)} days the model looks at: what it sees begins on their first day and ends elsewhere. Set frames, or give labels of one length.`,
      details: { count: odd.length, of: samples.length, days: Math.round(length), frames: shape.frames },
    })
  if (gap > longGapSteps * step)
    remarks.push({
      code: 'contract/long-gap',
      message: `Up to ${gap} days lie between two dates, and the model expects one every ${step}: such gaps are bridged by straight lines.`,
      details: { days: gap, step },
    })
  return remarks
}
