import {
  editScore,
  meanAveragePrecision,
  segmentalF1,
  segmentsOf,
  type LabelledInterval,
  type ScoredInterval,
} from '../../../shared/metrics/intervals.ts'
import { argMaxRows, classificationMetrics, confusionMatrix } from '../../../shared/metrics/classification.ts'

/** Class names that mean "nothing of interest". */
const backgrounds = new Set(['background', 'none', 'nothing', 'other'])

/** Whether a class means that nothing happens; its intervals are not reported. */
export function isBackground(label: string): boolean {
  return backgrounds.has(label.toLowerCase())
}

/** Windows over a long sequence: the first frames, `hop` apart, the last one ending with the sequence. */
export function windowStarts(count: number, window: number, hop: number): number[] {
  if (count <= window) return [0]
  const starts: number[] = []
  for (let start = 0; start + window <= count; start += hop) starts.push(start)
  if (starts.at(-1) !== count - window) starts.push(count - window)
  return starts
}

/**
 * Probabilities of each frame from those of windows: the mean of all windows that hold the frame, weighted by how near it is to
 * their middle, which smooths them over time.
 * @param probabilities [windows × classes] @returns [frames × classes]
 */
export function perFrame(
  probabilities: Float32Array,
  starts: readonly number[],
  window: number,
  count: number,
  classes: number,
): Float32Array {
  const sums = new Float64Array(count * classes)
  const weights = new Float64Array(count)
  starts.forEach((start, w) => {
    for (let t = 0; t < window && start + t < count; t++) {
      const weight = 1 - Math.abs((2 * t + 1) / window - 1) + 1e-3
      const frame = start + t
      weights[frame] = (weights[frame] ?? 0) + weight
      for (let c = 0; c < classes; c++)
        sums[frame * classes + c] = (sums[frame * classes + c] ?? 0) + weight * (probabilities[w * classes + c] ?? 0)
    }
  })
  return Float32Array.from(sums, (sum, i) => sum / Math.max(weights[Math.floor(i / classes)] ?? 0, 1e-12))
}

/**
 * Intervals of one class each, from probabilities by frame: the likeliest class, where shorter intervals than `least` frames are
 * given to the neighbour that is likelier there.
 * @returns frames [start, end), score: mean probability
 */
export function toIntervals(frames: Float32Array, labels: readonly string[], least: number): ScoredInterval[] {
  const classes = labels.length
  const best = [...argMaxRows(frames, classes)]
  for (;;) {
    const segments = runs(best)
    const short = segments
      .filter(({ start, end }) => end - start < least)
      .sort((a, b) => a.end - a.start - (b.end - b.start))[0]
    if (!short || segments.length === 1) break
    const index = segments.indexOf(short)
    const neighbours = [segments[index - 1], segments[index + 1]].flatMap((one) => (one ? [one.classIndex] : []))
    const likelier = neighbours.reduce((a, b) =>
      mean(frames, classes, short, b) > mean(frames, classes, short, a) ? b : a,
    )
    best.fill(likelier, short.start, short.end)
  }
  return runs(best).flatMap(({ start, end, classIndex }) => {
    const label = labels[classIndex] ?? ''
    return isBackground(label) ? [] : [{ label, start, end, score: mean(frames, classes, { start, end }, classIndex) }]
  })
}

function runs(best: readonly number[]): { start: number; end: number; classIndex: number }[] {
  return segmentsOf(best.map(String), '').map(({ label, start, end }) => ({ start, end, classIndex: Number(label) }))
}

function mean(
  frames: Float32Array,
  classes: number,
  { start, end }: { start: number; end: number },
  c: number,
): number {
  let sum = 0
  for (let frame = start; frame < end; frame++) sum += frames[frame * classes + c] ?? 0
  return sum / Math.max(1, end - start)
}

/** A long sequence with its true intervals and the ones found, in frames. */
export interface IntervalComparison {
  readonly frames: number
  readonly truth: readonly LabelledInterval[]
  readonly found: readonly ScoredInterval[]
}

/** Figures of intervals: mean average precision by overlap, F1 of frames and of segments, order of actions. */
export function intervalMetrics(
  sequences: readonly IntervalComparison[],
  labels: readonly string[],
): Record<string, number> {
  const none = ''
  const byFrame = (frames: number, intervals: readonly LabelledInterval[]): string[] => {
    const names = new Array<string>(frames).fill(none)
    for (const { label, start, end } of intervals) names.fill(label, start, end)
    return names
  }
  const both = sequences.map(({ frames, truth, found }) => [byFrame(frames, truth), byFrame(frames, found)] as const)
  const names = [...labels, none]
  const indices = (side: 0 | 1): number[] => both.flatMap((pair) => pair[side].map((label) => names.indexOf(label)))
  const average = (of: (pair: readonly [string[], string[]]) => number): number =>
    both.reduce((sum, pair) => sum + of(pair), 0) / Math.max(1, both.length)
  const mAP = (threshold: number): number => meanAveragePrecision(sequences, threshold)
  return {
    mAP30: mAP(0.3),
    mAP50: mAP(0.5),
    mAP70: mAP(0.7),
    frameF1: classificationMetrics(confusionMatrix(indices(0), indices(1), names)).macroF1,
    segmentF1: average(([truth, found]) => segmentalF1(truth, found, 0.5, none)),
    editScore: average(([truth, found]) => editScore(truth, found, none)),
  }
}
