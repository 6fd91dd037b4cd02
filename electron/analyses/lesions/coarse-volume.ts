import { composed, inverted, type PatientTransform } from '../../../shared/domain/medical/patient-transform.ts'
import { minus, placeOf, type PatientVector } from '../../../shared/domain/medical/volume-geometry.ts'
import type { PatientVolume } from './patient-volume.ts'

/** A volume on an even grid, coarser than the original; only for finding how two studies lie to each other. */
export interface CoarseVolume {
  /** [slice, row, column]; no NaN. */
  readonly values: Float32Array
  readonly slices: number
  readonly rows: number
  readonly columns: number
  /** Indices (column, row, slice) to places in mm. */
  readonly toPlace: PatientTransform
  /** Places to indices. */
  readonly toIndex: PatientTransform
}

/**
 * Averages blocks of voxels so that they become about `sizeMm` wide. Slices that are unevenly spaced are first laid on even
 * ones; the way between the first and the last is kept.
 */
export function coarsen(volume: PatientVolume, sizeMm: number): CoarseVolume {
  const { geometry, values } = volume
  const { slices, rows, columns } = geometry.size
  const [rowMm, columnMm] = [Math.hypot(...geometry.rowStep), Math.hypot(...geometry.columnStep)]
  const [first, last] = [placeOf(geometry, 0, 0, 0), placeOf(geometry, slices - 1, 0, 0)]
  const way = minus(last, first)
  const gap = slices > 1 ? Math.hypot(...way) / (slices - 1) : sizeMm
  const factor = (mm: number, count: number): number =>
    Math.max(1, Math.min(Math.round(sizeMm / mm), Math.floor(count / 2) || 1))
  const [fs, fr, fc] = [factor(gap, slices), factor(rowMm, rows), factor(columnMm, columns)]
  const [ns, nr, nc] = [Math.floor(slices / fs), Math.floor(rows / fr), Math.floor(columns / fc)]
  const sums = new Float32Array(ns * nr * nc)
  const source = evenSlices(geometry.origins)
  const lowest = smallest(values)
  for (let slice = 0; slice < ns * fs; slice++) {
    const { at, share } = source[slice] ?? { at: slice, share: 0 }
    const next = Math.min(slices - 1, at + 1)
    for (let row = 0; row < nr * fr; row++) {
      const to = (Math.floor(slice / fs) * nr + Math.floor(row / fr)) * nc
      const [from, other] = [(at * rows + row) * columns, (next * rows + row) * columns]
      for (let column = 0; column < nc * fc; column++) {
        const low = values[from + column] ?? NaN
        const value = share === 0 ? low : low + share * ((values[other + column] ?? NaN) - low)
        const target = to + Math.floor(column / fc)
        sums[target] = (sums[target] ?? 0) + (Number.isFinite(value) ? value : lowest)
      }
    }
  }
  const block = fs * fr * fc
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) / block
  const sliceStep: PatientVector =
    slices > 1 ? [way[0] / (slices - 1), way[1] / (slices - 1), way[2] / (slices - 1)] : normalStep(volume)
  const { columnStep: c, rowStep: r } = geometry
  const rowOf = (i: 0 | 1 | 2): [number, number, number, number] => [c[i], r[i], sliceStep[i], first[i]]
  const fine: PatientTransform = [rowOf(0), rowOf(1), rowOf(2)]
  const scale: PatientTransform = [
    [fc, 0, 0, (fc - 1) / 2],
    [0, fr, 0, (fr - 1) / 2],
    [0, 0, fs, (fs - 1) / 2],
  ]
  const toPlace = composed(fine, scale)
  return { values: sums, slices: ns, rows: nr, columns: nc, toPlace, toIndex: inverted(toPlace) }
}

function normalStep({ geometry: { columnStep: c, rowStep: r } }: PatientVolume): PatientVector {
  const n: PatientVector = [c[1] * r[2] - c[2] * r[1], c[2] * r[0] - c[0] * r[2], c[0] * r[1] - c[1] * r[0]]
  const length = Math.hypot(...n) || 1
  return [n[0] / length, n[1] / length, n[2] / length]
}

/** For each of as many even slices the stored one below it, and the share of the way to the next. */
function evenSlices(origins: readonly PatientVector[]): { at: number; share: number }[] {
  const nowhere: PatientVector = [0, 0, 0]
  const [first, last] = [origins[0] ?? nowhere, origins.at(-1) ?? nowhere]
  const way = minus(last, first)
  const length = way[0] ** 2 + way[1] ** 2 + way[2] ** 2
  if (length === 0) return origins.map((_, at) => ({ at, share: 0 }))
  const places = origins.map((origin) => {
    const offset = minus(origin, first)
    return ((offset[0] * way[0] + offset[1] * way[1] + offset[2] * way[2]) / length) * (origins.length - 1)
  })
  let at = 0
  return origins.map((_, slice) => {
    if (Math.abs((places[slice] ?? slice) - slice) < 0.02) return { at: slice, share: 0 }
    while (at < origins.length - 2 && (places[at + 1] ?? 0) <= slice) at++
    const [low, high] = [places[at] ?? 0, places[at + 1] ?? 1]
    return { at, share: Math.min(1, Math.max(0, (slice - low) / (high - low || 1))) }
  })
}

function smallest(values: Float32Array): number {
  let low = Infinity
  for (const value of values) if (value < low) low = value
  return Number.isFinite(low) ? low : 0
}

/** Middle of the values, each weighted by how far it is above the smallest; the middle of the grid for an even picture. */
export function centreOfMass({ values, slices, rows, columns, toPlace }: CoarseVolume): PatientVector {
  const low = smallest(values)
  const sums = [0, 0, 0, 0]
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        const weight = (values[i] ?? 0) - low
        sums[0] = (sums[0] ?? 0) + weight * c
        sums[1] = (sums[1] ?? 0) + weight * r
        sums[2] = (sums[2] ?? 0) + weight * s
        sums[3] = (sums[3] ?? 0) + weight
      }
  const [x = 0, y = 0, z = 0, all = 0] = sums
  const index: PatientVector =
    all > 0 ? [x / all, y / all, z / all] : [(columns - 1) / 2, (rows - 1) / 2, (slices - 1) / 2]
  const [a, b, c] = toPlace
  const at = (m: readonly [number, number, number, number]): number =>
    m[0] * index[0] + m[1] * index[1] + m[2] * index[2] + m[3]
  return [at(a), at(b), at(c)]
}
