import { connectedComponents } from '../../../shared/base/volume.ts'
import { inverted, moved, type PatientTransform } from '../../../shared/domain/medical/patient-transform.ts'
import { placeOf, voxelSpacing } from '../../../shared/domain/medical/volume-geometry.ts'
import { type PatientVolume, sampler, sliceHeights } from './patient-volume.ts'
import { smoothed } from './smooth-volume.ts'

/** How changes between two studies are found. */
export interface ChangeOptions {
  /** Voxels of the later study that count (a brain mask); where it is absent, the body. */
  readonly within?: ArrayLike<number> | null
  /** Robust standard deviations of the difference from which a voxel belongs to a change, and which one of it must reach. */
  readonly low?: number
  readonly high?: number
  /** How far above the median, in robust standard deviations, the brighter of both values must be. */
  readonly bright?: number
  readonly minimumMm3?: number
}

/** Where a study is brighter or darker than the one before; [slice, row, column] of the later study, 0 or 1. */
export interface Changes {
  readonly brighter: Uint8Array
  readonly darker: Uint8Array
}

/** Width of the smoothing in mm: of the difference, and of what counts as uneven coils rather than change. */
const [fineMm, coarseMm] = [0.8, 12]

/**
 * Finds where bright lesions came, grew or went between two studies of one kind: the earlier one is sampled at the voxels of
 * the later, both are brought to one scale, slow differences are taken out, and what stays is cut by two thresholds
 * (hysteresis). Nothing is measured on the sampled copy.
 * @param toLater  places of the earlier study to places of the later
 * Source: own; the parts as in Lesjak et al., Neuroinformatics 14 (2016) 403-420 and Canny (hysteresis).
 */
export function findChanges(
  earlier: PatientVolume,
  later: PatientVolume,
  toLater: PatientTransform,
  options: ChangeOptions = {},
): Changes {
  const { low = 3, high = 6, bright = 0.8, minimumMm3 = 12 } = options
  const { geometry } = later
  const spacing = voxelSpacing(geometry)
  const before = sampledAt(earlier, later, inverted(toLater))
  const within = inBoth(options.within ?? bodyOf(later.values), before, later.values)
  const [a, b] = [standardised(before, within), standardised(later.values, within)]
  const difference = b.map((value, i) => (within[i] ? value - (a[i] ?? 0) : 0))
  const weight = smoothed(Float32Array.from(within), geometry.size, spacing, coarseMm)
  const slow = smoothed(difference, geometry.size, spacing, coarseMm)
  for (let i = 0; i < difference.length; i++)
    difference[i] = within[i] ? (difference[i] ?? 0) - (slow[i] ?? 0) / Math.max(1e-3, weight[i] ?? 0) : 0
  const change = smoothed(difference, geometry.size, spacing, fineMm)
  const unit = spreadOf(change, within)
  const [softA, softB] = [a, b].map((values) => smoothed(values, geometry.size, spacing, fineMm / 2))
  const select = (sign: 1 | -1, brighter: Float32Array | undefined): Uint8Array => {
    const candidates = new Uint8Array(change.length)
    for (let i = 0; i < change.length; i++)
      if (within[i] && sign * (change[i] ?? 0) > low * unit && (brighter?.[i] ?? 0) > bright) candidates[i] = 1
    return hysteresis(candidates, change, sign * high * unit, later, minimumMm3)
  }
  return { brighter: select(1, softB), darker: select(-1, softA) }
}

/**
 * Plain subtraction of two standardised studies: voxels of the later one that are so many standard deviations brighter, one mask
 * for each number of deviations.
 */
export function differenceAndThreshold(
  earlier: PatientVolume,
  later: PatientVolume,
  toLater: PatientTransform,
  within: ArrayLike<number> | null,
  deviations: readonly number[],
): Uint8Array[] {
  const before = sampledAt(earlier, later, inverted(toLater))
  const inside = inBoth(within ?? bodyOf(later.values), before, later.values)
  const [a, b] = [standardised(before, inside), standardised(later.values, inside)]
  const difference = b.map((value, i) => (inside[i] ? value - (a[i] ?? 0) : 0))
  const unit = spreadOf(difference, inside)
  return deviations.map((most) => Uint8Array.from(difference, (value) => (value > most * unit ? 1 : 0)))
}

function sampledAt(source: PatientVolume, { geometry }: PatientVolume, way: PatientTransform): Float32Array {
  const sample = sampler(source)
  const { slices, rows, columns } = geometry.size
  const values = new Float32Array(slices * rows * columns)
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) values[i] = sample(moved(way, placeOf(geometry, s, r, c)))
  return values
}

function bodyOf(values: Float32Array): Uint8Array {
  let [low, sum, count] = [Infinity, 0, 0]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    low = Math.min(low, value)
    sum += value
    count++
  }
  const border = low + (sum / Math.max(1, count) - low) / 2
  return Uint8Array.from(values, (value) => (value > border ? 1 : 0))
}

function inBoth(within: ArrayLike<number>, a: Float32Array, b: Float32Array): Uint8Array {
  return Uint8Array.from(a, (value, i) => (within[i] && Number.isFinite(value) && Number.isFinite(b[i] ?? NaN) ? 1 : 0))
}

/** Distance from the median in robust standard deviations; 0 outside. */
function standardised(values: Float32Array, within: Uint8Array): Float32Array {
  const some = sampleOf(values, within)
  const middle = some[Math.floor(some.length / 2)] ?? 0
  const deviations = some.map((value) => Math.abs(value - middle)).sort()
  const unit = 1.4826 * (deviations[Math.floor(deviations.length / 2)] ?? 0) || 1
  return values.map((value, i) => (within[i] ? (value - middle) / unit : 0))
}

function spreadOf(values: Float32Array, within: Uint8Array): number {
  const some = sampleOf(values, within)
  const middle = some[Math.floor(some.length / 2)] ?? 0
  const deviations = some.map((value) => Math.abs(value - middle)).sort()
  return 1.4826 * (deviations[Math.floor(deviations.length / 2)] ?? 0) || Number.EPSILON
}

/** At most some 400 000 values inside, sorted. */
function sampleOf(values: Float32Array, within: Uint8Array): Float32Array {
  const step = Math.max(1, Math.floor(values.length / 2_000_000))
  return values.filter((_, i) => i % step === 0 && within[i] === 1).sort()
}

function hysteresis(
  candidates: Uint8Array,
  change: Float32Array,
  border: number,
  { geometry }: PatientVolume,
  minimumMm3: number,
): Uint8Array {
  const { labels, count } = connectedComponents(candidates, geometry.size)
  const [reaches, volumes] = [new Uint8Array(count + 1), new Float64Array(count + 1)]
  const area = geometry.size.rows * geometry.size.columns
  const pixel = Math.hypot(...geometry.columnStep) * Math.hypot(...geometry.rowStep)
  const heights = sliceHeights(geometry)
  labels.forEach((label, i) => {
    if (label === 0) return
    const value = change[i] ?? 0
    if (border > 0 ? value > border : value < border) reaches[label] = 1
    volumes[label] = (volumes[label] ?? 0) + pixel * (heights[Math.floor(i / area)] ?? 0)
  })
  return Uint8Array.from(labels, (label) =>
    label > 0 && reaches[label] === 1 && (volumes[label] ?? 0) >= minimumMm3 ? 1 : 0,
  )
}
