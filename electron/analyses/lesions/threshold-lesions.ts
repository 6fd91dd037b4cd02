import { connectedComponents } from '../../../shared/base/volume.ts'
import type { PatientVolume } from './patient-volume.ts'
import { sliceHeights } from './patient-volume.ts'

/** How bright spots are found without a trained model. */
export interface ThresholdOptions {
  /** Value from which a voxel begins a lesion. */
  readonly threshold: number
  /** Smaller spots are noise. */
  readonly minimumMm3?: number
}

/** Levels of the values of a study. */
export interface BrightLevels {
  /** Smallest value, and the middle one of the body. */
  readonly low: number
  readonly median: number
  /** From here on a spot is bright. */
  readonly threshold: number
}

/**
 * Finds spots brighter than the body around them: seeds above a threshold, each grown to the level half-way between its own
 * brightness and that of its surroundings, where an edge blurred by the scanner truly lies. Simple, and blind to everything but
 * brightness: bone in CT or fat in MR are found too.
 */
export function findBrightSpots(volume: PatientVolume, { threshold, minimumMm3 = 15 }: ThresholdOptions): Uint8Array {
  const { geometry, values } = volume
  const { size } = geometry
  const seeds = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) if ((values[i] ?? NaN) > threshold) seeds[i] = 1
  const { labels, count } = connectedComponents(seeds, size)
  const groups = Array.from({ length: count + 1 }, (): number[] => [])
  labels.forEach((label, index) => {
    if (label > 0) groups[label]?.push(index)
  })
  const pixelMm2 = Math.hypot(...geometry.columnStep) * Math.hypot(...geometry.rowStep)
  const heights = sliceHeights(geometry)
  const area = size.rows * size.columns
  const volumeOf = (voxels: readonly number[]): number =>
    voxels.reduce((sum, index) => sum + (heights[Math.floor(index / area)] ?? 0) * pixelMm2, 0)
  const mask = new Uint8Array(values.length)
  const grower = new Grower(volume)
  for (const seed of groups.slice(1)) {
    if (seed.length < 2) continue
    const grown = grower.grow(seed)
    if (volumeOf(grown) < minimumMm3) continue
    for (const index of grown) mask[index] = 1
  }
  return mask
}

/** Robust standard deviations above the body's median that the threshold is at least. */
const outliers = 4

/**
 * A threshold from the values of a study with lesions: half-way from the body's median to the brightest thousandth of it, and
 * at least four robust standard deviations above the median.
 */
export function brightLevels(values: Float32Array): BrightLevels {
  const step = Math.max(1, Math.floor(values.length / 2_000_000))
  const some = values.filter((value, i) => i % step === 0 && Number.isFinite(value))
  if (some.length === 0) return { low: 0, median: 0, threshold: Infinity }
  let [low, sum] = [Infinity, 0]
  for (const value of some) {
    low = Math.min(low, value)
    sum += value
  }
  const border = low + (sum / some.length - low) / 2
  const body = some.filter((value) => value > border).sort()
  const at = (sorted: Float32Array, share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  const median = at(body, 0.5)
  const spread = 1.4826 * at(body.map((value) => Math.abs(value - median)).sort(), 0.5)
  return { low, median, threshold: Math.max(median + outliers * spread, (median + at(body, 0.999)) / 2) }
}

/**
 * The baseline's threshold on the scale of another study: the way from the smallest value to the body's median is the same.
 * Lesions may have gone there, so its own brightest values say nothing.
 */
export function scaledThreshold(baseline: BrightLevels, own: BrightLevels): number {
  const scale = (own.median - own.low) / (baseline.median - baseline.low || 1)
  return own.low + (baseline.threshold - baseline.low) * scale
}

/** Surroundings are looked at within this many pixels of a slice. */
const marginPixels = 4

class Grower {
  private readonly volume: PatientVolume
  private readonly state: Uint8Array

  constructor(volume: PatientVolume) {
    this.volume = volume
    this.state = new Uint8Array(volume.values.length)
  }

  /** Voxels joined with the seed that are above the half-way level; the seed itself where growing runs away. */
  grow(seed: readonly number[]): readonly number[] {
    const { values, geometry } = this.volume
    const own = Float64Array.from(seed, (index) => values[index] ?? 0).sort()
    const bright = own[Math.floor(0.75 * (own.length - 1))] ?? 0
    const around = this.surroundings(seed)
    if (around === null) return seed
    const level = (bright + around) / 2
    const { slices, rows, columns } = geometry.size
    const area = rows * columns
    const limit = 8 * seed.length + 200
    const found: number[] = []
    const queue = seed.filter((index) => (values[index] ?? 0) > level)
    for (const index of queue) this.state[index] = 1
    for (let head = 0; head < queue.length && queue.length <= limit; head++) {
      const index = queue[head] ?? 0
      found.push(index)
      const [s, r, c] = [Math.floor(index / area), Math.floor(index / columns) % rows, index % columns]
      for (const [next, isThere] of [
        [index - 1, c > 0],
        [index + 1, c < columns - 1],
        [index - columns, r > 0],
        [index + columns, r < rows - 1],
        [index - area, s > 0],
        [index + area, s < slices - 1],
      ] as const) {
        if (!isThere || this.state[next] || !((values[next] ?? NaN) > level)) continue
        this.state[next] = 1
        queue.push(next)
      }
    }
    for (const index of queue) this.state[index] = 0
    return queue.length > limit ? seed : found
  }

  /** Median of the values around a seed, in its slices. */
  private surroundings(seed: readonly number[]): number | null {
    const { values, geometry } = this.volume
    const { rows, columns } = geometry.size
    const area = rows * columns
    const boxes = new Map<number, [number, number, number, number]>()
    for (const index of seed) {
      const [s, r, c] = [Math.floor(index / area), Math.floor(index / columns) % rows, index % columns]
      const box = boxes.get(s) ?? [r, r, c, c]
      boxes.set(s, [Math.min(box[0], r), Math.max(box[1], r), Math.min(box[2], c), Math.max(box[3], c)])
    }
    const inside = new Set(seed)
    const found: number[] = []
    for (const [s, [top, bottom, left, right]] of boxes)
      for (let r = Math.max(0, top - marginPixels); r <= Math.min(rows - 1, bottom + marginPixels); r++)
        for (let c = Math.max(0, left - marginPixels); c <= Math.min(columns - 1, right + marginPixels); c++) {
          // Next to the seed lies its own blurred edge.
          const isRim = r > top - 3 && r < bottom + 3 && c > left - 3 && c < right + 3
          const index = s * area + r * columns + c
          if (!isRim && !inside.has(index)) found.push(values[index] ?? 0)
        }
    if (found.length === 0) return null
    found.sort((a, b) => a - b)
    return found[Math.floor(found.length / 2)] ?? null
  }
}
