import type { VolumeSize } from '../../../shared/base/volume.ts'
import { segmentationScores, type SegmentationScores } from '../../../shared/metrics/segmentation.ts'
import { brightest, darkest } from './intensity.ts'
import { resizeSlice, seenPlanes } from './model-slices.ts'
import type { StudySample } from './segmentation-dataset.ts'

/** Scores of one study. */
export interface StudyScores extends SegmentationScores {
  readonly name: string
}

/** Compares a found mask with the marked voxels of a study, on its own grid. @param found [slice, row, column] */
export function scoreStudy({ name, own }: Pick<StudySample, 'name' | 'own'>, found: Uint8Array): StudyScores {
  const truth = new Uint8Array(found.length)
  for (const voxel of own.marked) truth[voxel] = 1
  const box = boxAround(found, truth, own.size)
  // Nothing beyond what is marked or found has a say, so only that part is looked at.
  return { name, ...segmentationScores(cut(found, own.size, box), cut(truth, own.size, box), box.size, own.spacing) }
}

interface Box {
  readonly from: readonly [slice: number, row: number, column: number]
  readonly size: VolumeSize
}

function boxAround(a: Uint8Array, b: Uint8Array, { slices, rows, columns }: VolumeSize): Box {
  const [from, to] = [
    [slices, rows, columns],
    [-1, -1, -1],
  ]
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        if (!a[i] && !b[i]) continue
        for (const [axis, at] of [s, r, c].entries()) {
          from[axis] = Math.min(from[axis] ?? 0, at)
          to[axis] = Math.max(to[axis] ?? 0, at)
        }
      }
  const [s0 = 0, r0 = 0, c0 = 0] = from
  const [s1 = 0, r1 = 0, c1 = 0] = to
  if (s1 < 0) return { from: [0, 0, 0], size: { slices: 1, rows: 1, columns: 1 } }
  return { from: [s0, r0, c0], size: { slices: s1 - s0 + 1, rows: r1 - r0 + 1, columns: c1 - c0 + 1 } }
}

function cut(mask: Uint8Array, size: VolumeSize, { from, size: part }: Box): Uint8Array {
  const result = new Uint8Array(part.slices * part.rows * part.columns)
  for (let s = 0, to = 0; s < part.slices; s++)
    for (let r = 0; r < part.rows; r++, to += part.columns) {
      const start = ((from[0] + s) * size.rows + from[1] + r) * size.columns + from[2]
      result.set(mask.subarray(start, start + part.columns), to)
    }
  return result
}

/**
 * Means over studies, in the form that `train --json` and `evaluate --json` print. Figures that a study does not have (distance
 * where one mask is empty, sensitivity without lesions) are left out of their means; null where no study has one.
 */
export function meanScores(studies: readonly StudyScores[]): { [name: string]: unknown } {
  const mean = (of: (scores: StudyScores) => number | null): number | null => {
    const values = studies.map(of).filter((value) => value !== null)
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
  }
  return {
    dice: mean(({ dice }) => dice),
    iou: mean(({ iou }) => iou),
    hd95Mm: mean(({ hd95Mm }) => hd95Mm),
    volumeError: mean(({ volumeError }) => volumeError),
    lesionSensitivity: mean(({ lesionSensitivity }) => lesionSensitivity),
    falsePositivesPerScan: mean(({ falsePositives }) => falsePositives),
    perStudy: studies,
  }
}

/** A level of brightness that marks lesions without a network. */
export interface BrightnessRule {
  /** In the terms of the network's input: body lies in [-1, 1]. */
  readonly threshold: number
  readonly side: 'above' | 'below'
}

const bins = 1200

/** The rule of the largest overlap (Dice over all voxels together) with the masks of the studies to learn from. */
export function bestThreshold(studies: readonly StudySample[]): BrightnessRule {
  const [inside, outside] = [new Float64Array(bins), new Float64Array(bins)]
  for (const { slices, readMask } of studies) {
    const area = slices.rows * slices.columns
    const [planes, mask] = [new Float32Array(seenPlanes * area), new Float32Array(area)]
    for (let slice = 0; slice < slices.slices; slice++) {
      slices.read(slice, planes)
      readMask(slice, mask)
      for (let i = 0; i < area; i++) {
        const share = ((planes[i] ?? 0) - darkest) / (brightest - darkest)
        const bin = Math.min(bins - 1, Math.max(0, Math.floor(share * bins)))
        const counts = mask[i] ? inside : outside
        counts[bin] = (counts[bin] ?? 0) + 1
      }
    }
  }
  const total = inside.reduce((sum, count) => sum + count, 0)
  let best: BrightnessRule & { dice: number } = { threshold: brightest, side: 'above', dice: -1 }
  let [insideBelow, below] = [0, 0]
  const all = total + outside.reduce((sum, count) => sum + count, 0)
  for (let bin = 0; bin <= bins; bin++) {
    const threshold = darkest + (bin / bins) * (brightest - darkest)
    for (const [side, both, found] of [
      ['above', total - insideBelow, all - below],
      ['below', insideBelow, below],
    ] as const) {
      const dice = (2 * both) / Math.max(1, found + total)
      if (dice > best.dice + 1e-12) best = { threshold, side, dice }
    }
    insideBelow += inside[bin] ?? 0
    below += (inside[bin] ?? 0) + (outside[bin] ?? 0)
  }
  return { threshold: best.threshold, side: best.side }
}

/** What a rule marks in a study, on its own grid. */
export function applyThreshold({ slices, own }: StudySample, { threshold, side }: BrightnessRule): Uint8Array {
  const { rows, columns } = own.size
  const planes = new Float32Array(seenPlanes * slices.rows * slices.columns)
  const mask = new Uint8Array(own.size.slices * rows * columns)
  for (let slice = 0; slice < own.size.slices; slice++) {
    slices.read(slice, planes)
    const image = planes.subarray(0, slices.rows * slices.columns)
    const values = resizeSlice(image, [slices.rows, slices.columns], [rows, columns])
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0
      if (side === 'above' ? value >= threshold : value < threshold) mask[slice * rows * columns + i] = 1
    }
  }
  return mask
}
