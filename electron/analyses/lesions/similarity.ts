import type { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { composed, type PatientTransform } from '../../../shared/domain/medical/patient-transform.ts'
import type { CoarseVolume } from './coarse-volume.ts'

/** How alike two volumes are when one is laid over the other. */
export interface Similarity {
  /** (H(a) + H(b)) / H(a, b), in [1, 2]; 1 when nothing overlaps. */
  readonly mutualInformation: number
  /** Pearson's, in [-1, 1]; 0 when either does not vary. */
  readonly correlation: number
  /** Share of the sample that lies in the other volume, in [0, 1]. */
  readonly overlap: number
}

const bins = 32
/** Below this share of overlap two volumes are not compared any more. */
const leastOverlap = 0.2

/**
 * Compares two volumes at a fixed random sample of places of the first; places lie off its grid, so that grids that fall
 * together do not attract each other.
 * Source: Studholme, Hill and Hawkes, Pattern Recognition 32 (1999) 71-86; sampling and smoothing of the histogram as SPM's
 *   coregistration (Ashburner and Friston).
 */
export class SampledSimilarity {
  /** Places in mm, three numbers each. */
  private readonly places: Float32Array
  private readonly fixedBins: Float32Array
  private readonly moving: Float32Array
  private readonly movingVolume: CoarseVolume
  private readonly histogram = new Float64Array(bins * bins)
  private readonly smoothed = new Float64Array(bins * bins)

  constructor(fixed: CoarseVolume, moving: CoarseVolume, count: number, random: SeededRandom) {
    const { places, values } = samplePlaces(fixed, count, random)
    this.places = places
    this.fixedBins = toBins(values, rangeOf(fixed.values))
    this.moving = toBins(moving.values, rangeOf(moving.values))
    this.movingVolume = moving
  }

  /** @param transform places of the fixed volume to places of the moving one */
  at(transform: PatientTransform): Similarity {
    const { places, fixedBins, moving, histogram } = this
    const { slices, rows, columns, toIndex } = this.movingVolume
    const [x, y, z] = composed(toIndex, transform)
    const [x0, x1, x2, x3] = x
    const [y0, y1, y2, y3] = y
    const [z0, z1, z2, z3] = z
    const [lastColumn, lastRow, lastSlice] = [columns - 1, rows - 1, slices - 1]
    const area = rows * columns
    histogram.fill(0)
    let [inside, sumF, sumM, sumFF, sumMM, sumFM] = [0, 0, 0, 0, 0, 0]
    for (let i = 0, p = 0; i < fixedBins.length; i++, p += 3) {
      const [px, py, pz] = [places[p] as number, places[p + 1] as number, places[p + 2] as number]
      const c = x0 * px + x1 * py + x2 * pz + x3
      const r = y0 * px + y1 * py + y2 * pz + y3
      const s = z0 * px + z1 * py + z2 * pz + z3
      if (!(c >= 0 && r >= 0 && s >= 0 && c <= lastColumn && r <= lastRow && s <= lastSlice)) continue
      const [ci, ri, si] = [c | 0, r | 0, s | 0]
      const [fc, fr, fs] = [c - ci, r - ri, s - si]
      const at = si * area + ri * columns + ci
      const right = ci < lastColumn ? 1 : 0
      const down = ri < lastRow ? columns : 0
      const up = si < lastSlice ? area : 0
      const a = moving[at] as number
      const b = moving[at + down] as number
      const d = moving[at + up] as number
      const e = moving[at + down + up] as number
      const top = a + fc * ((moving[at + right] as number) - a)
      const bottom = b + fc * ((moving[at + down + right] as number) - b)
      const topUp = d + fc * ((moving[at + right + up] as number) - d)
      const bottomUp = e + fc * ((moving[at + down + right + up] as number) - e)
      const low = top + fr * (bottom - top)
      const value = low + fs * (topUp + fr * (bottomUp - topUp) - low)
      const fixed = fixedBins[i] as number
      const bin = value | 0
      const share = value - bin
      const line = (fixed | 0) * bins + bin
      histogram[line] = (histogram[line] as number) + 1 - share
      if (share > 0) histogram[line + 1] = (histogram[line + 1] as number) + share
      inside++
      sumF += fixed
      sumM += value
      sumFF += fixed * fixed
      sumMM += value * value
      sumFM += fixed * value
    }
    const overlap = inside / fixedBins.length
    if (overlap < leastOverlap) return { mutualInformation: 1, correlation: 0, overlap }
    const variance = (sumFF - (sumF * sumF) / inside) * (sumMM - (sumM * sumM) / inside)
    const correlation = variance > 0 ? (sumFM - (sumF * sumM) / inside) / Math.sqrt(variance) : 0
    return { mutualInformation: this.normalisedInformation(inside), correlation, overlap }
  }

  private normalisedInformation(total: number): number {
    const { histogram, smoothed } = this
    smooth(histogram, smoothed)
    const [ofFixed, ofMoving] = [new Float64Array(bins), new Float64Array(bins)]
    let joint = 0
    for (let f = 0; f < bins; f++)
      for (let m = 0; m < bins; m++) {
        const share = (smoothed[f * bins + m] as number) / total
        if (share <= 0) continue
        ofFixed[f] = (ofFixed[f] as number) + share
        ofMoving[m] = (ofMoving[m] as number) + share
        joint -= share * Math.log(share)
      }
    const entropy = (shares: Float64Array): number =>
      shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0)
    return joint > 0 ? (entropy(ofFixed) + entropy(ofMoving)) / joint : 1
  }
}

const kernel = [0.054, 0.244, 0.404, 0.244, 0.054]

/** Gaussian of about one bin along both axes; what would leave the edge stays at it. */
function smooth(from: Float64Array, to: Float64Array): void {
  const clamp = (index: number): number => Math.min(bins - 1, Math.max(0, index))
  const along = new Float64Array(bins * bins)
  for (let f = 0; f < bins; f++)
    for (let m = 0; m < bins; m++) {
      const value = from[f * bins + m] as number
      if (value === 0) continue
      for (let k = -2; k <= 2; k++) {
        const at = f * bins + clamp(m + k)
        along[at] = (along[at] as number) + value * (kernel[k + 2] as number)
      }
    }
  to.fill(0)
  for (let f = 0; f < bins; f++)
    for (let m = 0; m < bins; m++) {
      const value = along[f * bins + m] as number
      if (value === 0) continue
      for (let k = -2; k <= 2; k++) {
        const at = clamp(f + k) * bins + m
        to[at] = (to[at] as number) + value * (kernel[k + 2] as number)
      }
    }
}

/** Half a percent of the values lies below the first and above the second. */
function rangeOf(values: Float32Array): readonly [number, number] {
  const step = Math.max(1, Math.floor(values.length / 100_000))
  const some = values.filter((_, i) => i % step === 0).sort()
  const at = (share: number): number => some[Math.min(some.length - 1, Math.floor(share * some.length))] ?? 0
  const [low, high] = [at(0.005), at(0.995)]
  return high > low ? [low, high] : [some[0] ?? 0, some.at(-1) ?? 1]
}

function toBins(values: Float32Array, [low, high]: readonly [number, number]): Float32Array {
  const scale = high > low ? (bins - 1.001) / (high - low) : 0
  return values.map((value) => Math.min(bins - 1.001, Math.max(0, (value - low) * scale)))
}

/** Places spread over a volume, three quarters of them where it is brighter than half its mean (the body, not the air). */
function samplePlaces(
  volume: CoarseVolume,
  count: number,
  random: SeededRandom,
): { places: Float32Array; values: Float32Array } {
  const { values, slices, rows, columns, toPlace } = volume
  const low = rangeOf(values)[0]
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const border = low + (mean - low) / 2
  const places = new Float32Array(3 * count)
  const found = new Float32Array(count)
  const [a, b, c] = toPlace
  let [filled, air] = [0, 0]
  for (let tries = 0; filled < count && tries < 40 * count; tries++) {
    const x = random.next() * (columns - 1)
    const y = random.next() * (rows - 1)
    const z = random.next() * (slices - 1)
    const value = linearAt(volume, x, y, z)
    if (value < border) {
      if (air >= count / 4) continue
      air++
    }
    places[3 * filled] = a[0] * x + a[1] * y + a[2] * z + a[3]
    places[3 * filled + 1] = b[0] * x + b[1] * y + b[2] * z + b[3]
    places[3 * filled + 2] = c[0] * x + c[1] * y + c[2] * z + c[3]
    found[filled++] = value
  }
  return { places: places.slice(0, 3 * filled), values: found.slice(0, filled) }
}

function linearAt({ values, slices, rows, columns }: CoarseVolume, x: number, y: number, z: number): number {
  const [c, r, s] = [Math.floor(x), Math.floor(y), Math.floor(z)]
  let sum = 0
  for (let ds = 0; ds <= 1; ds++)
    for (let dr = 0; dr <= 1; dr++)
      for (let dc = 0; dc <= 1; dc++) {
        const weight = (ds ? z - s : 1 - z + s) * (dr ? y - r : 1 - y + r) * (dc ? x - c : 1 - x + c)
        if (weight === 0) continue
        const [slice, row, column] = [
          Math.min(slices - 1, s + ds),
          Math.min(rows - 1, r + dr),
          Math.min(columns - 1, c + dc),
        ]
        sum += weight * (values[(slice * rows + row) * columns + column] ?? 0)
      }
  return sum
}
