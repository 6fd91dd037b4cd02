import type { TemporalContract } from '../../../shared/domain/temporal-contract.ts'
import type { ScoredInterval } from '../../../shared/metrics/intervals.ts'
import type { StoredSequence } from '../frames/store-sequence.ts'
import type { JobContext } from '../task.ts'
import { rateOf, type ActionDataset, type ActionSample } from './action-dataset.ts'
import { classifyStretches, type Classify } from './action-program.ts'
import { intervalMetrics, perFrame, toIntervals, windowStarts } from './find-intervals.ts'

/** Windows overlap by this many times. */
const overlap = 4
/** Intervals shorter than this part of a window are taken for noise. */
const leastPart = 0.35

/** Frames of a sequence that one sample of the model covers. */
export function windowFrames(
  { frames, step }: Pick<TemporalContract, 'frames' | 'step'>,
  sequence: StoredSequence,
): number {
  const length = frames * (step?.value ?? 1)
  return Math.max(1, Math.round(step?.unit === 'second' ? length * rateOf(sequence) : length))
}

/** What was found in one long sequence. */
export interface FoundIntervals {
  /** Frames [start, end) of the sequence. */
  readonly intervals: readonly ScoredInterval[]
  /** [frames × classes] */
  readonly probabilities: Float32Array
}

/** Slides the model over a sequence of any length. */
export async function findIntervals(
  classify: Classify,
  sequence: StoredSequence,
  labels: readonly string[],
  common: Parameters<typeof classifyStretches>[2],
  context?: JobContext,
): Promise<FoundIntervals> {
  const window = Math.min(sequence.count, windowFrames(common.contract, sequence))
  const starts = windowStarts(sequence.count, window, Math.max(1, Math.floor(window / overlap)))
  const stretches = starts.map((start) => ({ first: sequence.first + start, count: window }))
  const perWindow = await classifyStretches(classify, stretches, common, context)
  const probabilities = perFrame(perWindow, starts, window, sequence.count, labels.length)
  return { intervals: toIntervals(probabilities, labels, Math.max(1, Math.round(window * leastPart))), probabilities }
}

/** Figures of intervals on those sequences of which several parts are samples; null where there is none. */
export async function compareIntervals(
  classify: Classify,
  { sequences, labels }: Pick<ActionDataset, 'sequences' | 'labels'>,
  samples: readonly ActionSample[],
  common: Parameters<typeof classifyStretches>[2],
): Promise<Record<string, number> | null> {
  const long = sequences.flatMap((sequence, index) => {
    const own = samples.filter((sample) => sample.sequence === index)
    return own.length >= 2 ? [{ sequence, own }] : []
  })
  if (long.length === 0) return null
  const compared = []
  for (const { sequence, own } of long) {
    const { intervals } = await findIntervals(classify, sequence, labels, common)
    const truth = own.map(({ classIndex, first, count }) => ({
      label: labels[classIndex] ?? '',
      start: first - sequence.first,
      end: first - sequence.first + count,
    }))
    compared.push({ frames: sequence.count, truth, found: intervals })
  }
  return { sequences: long.length, ...intervalMetrics(compared, labels) }
}
