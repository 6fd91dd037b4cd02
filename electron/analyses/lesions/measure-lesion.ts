import type { VoxelLesion } from './find-lesions.ts'
import type { LesionMeasures } from '../../../shared/domain/medical/lesion-tracking.ts'
import { placeOf, type PatientVector } from '../../../shared/domain/medical/volume-geometry.ts'
import { type Diameters, diametersOf, type PlanePoint } from './longest-diameter.ts'
import { type PatientVolume, sliceHeights } from './patient-volume.ts'

/** What is needed beside the voxels of a lesion. */
export interface MeasureOptions {
  /** Height of a slice where there is only one, in mm. */
  readonly sliceThicknessMm?: number | null
}

/**
 * Measures a lesion on the pixels as they were taken: nothing is resampled. Diameters are those of the slice where the lesion
 * is longest; its border runs half-way between pixels inside and outside. Volume is the sum of its voxels, each as high as its
 * slice; so it is right for uneven, sheared and tilted stacks.
 */
export function measureLesion(
  { voxels }: Pick<VoxelLesion, 'voxels'>,
  volume: PatientVolume,
  options: MeasureOptions = {},
): LesionMeasures {
  const { geometry, values } = volume
  const { rows, columns } = geometry.size
  const [columnMm, rowMm] = [Math.hypot(...geometry.columnStep), Math.hypot(...geometry.rowStep)]
  const heights = sliceHeights(geometry, options.sliceThicknessMm ?? 1)
  const area = rows * columns
  const bySlice = new Map<number, number[]>()
  let volumeMm3 = 0
  const centre = [0, 0, 0]
  for (const index of voxels) {
    const slice = Math.floor(index / area)
    const list = bySlice.get(slice)
    if (list) list.push(index % area)
    else bySlice.set(slice, [index % area])
    const weight = (heights[slice] ?? 0) * columnMm * rowMm
    volumeMm3 += weight
    const place = placeOf(geometry, slice, Math.floor((index % area) / columns), index % columns)
    for (let axis = 0; axis < 3; axis++) centre[axis] = (centre[axis] ?? 0) + weight * (place[axis] ?? 0)
  }
  let best: { slice: number; diameters: Diameters } | null = null
  for (const [slice, pixels] of bySlice) {
    const diameters = diametersOf(borderPoints(pixels, columns, rows, columnMm, rowMm))
    const isLonger = best === null || diameters.longMm > best.diameters.longMm + 1e-9
    if (isLonger || (best !== null && Math.abs(diameters.longMm - best.diameters.longMm) <= 1e-9 && slice < best.slice))
      best = { slice, diameters }
  }
  const { slice, diameters } = best ?? { slice: 0, diameters: diametersOf([]) }
  const toPatient = ([x, y]: PlanePoint): PatientVector => placeOf(geometry, slice, y / rowMm, x / columnMm)
  const line = ([a, b]: readonly [PlanePoint, PlanePoint]): [number[], number[]] => [
    [...toPatient(a)],
    [...toPatient(b)],
  ]
  const [x = 0, y = 0, z = 0] = centre.map((sum) => sum / (volumeMm3 || 1))
  return {
    longAxisMm: diameters.longMm,
    shortAxisMm: diameters.shortMm,
    longAxis: line(diameters.long) as LesionMeasures['longAxis'],
    shortAxis: line(diameters.short) as LesionMeasures['shortAxis'],
    slice,
    volumeMm3,
    volumeMl: volumeMm3 / 1000,
    voxels: voxels.length,
    slices: bySlice.size,
    centre: [x, y, z],
    intensity: intensityOf(voxels, values),
  }
}

/**
 * Middles of the pixel edges between inside and outside; pixels of the picture's edge end there.
 * @param pixels  indices row · columns + column
 */
function borderPoints(
  pixels: readonly number[],
  columns: number,
  rows: number,
  columnMm: number,
  rowMm: number,
): PlanePoint[] {
  const inside = new Set(pixels)
  const points: PlanePoint[] = []
  for (const pixel of pixels) {
    const [row, column] = [Math.floor(pixel / columns), pixel % columns]
    const [x, y] = [column * columnMm, row * rowMm]
    if (column === 0 || !inside.has(pixel - 1)) points.push([x - columnMm / 2, y])
    if (column === columns - 1 || !inside.has(pixel + 1)) points.push([x + columnMm / 2, y])
    if (row === 0 || !inside.has(pixel - columns)) points.push([x, y - rowMm / 2])
    if (row === rows - 1 || !inside.has(pixel + columns)) points.push([x, y + rowMm / 2])
  }
  return points
}

function intensityOf(voxels: ArrayLike<number>, values: Float32Array): LesionMeasures['intensity'] {
  let [count, sum, minimum, maximum] = [0, 0, Infinity, -Infinity]
  const measured: number[] = []
  for (let i = 0; i < voxels.length; i++) {
    const value = values[voxels[i] ?? -1] ?? NaN
    if (!Number.isFinite(value)) continue
    measured.push(value)
    count++
    sum += value
    minimum = Math.min(minimum, value)
    maximum = Math.max(maximum, value)
  }
  if (count === 0) return null
  const mean = sum / count
  const squares = measured.reduce((total, value) => total + (value - mean) ** 2, 0)
  return { mean, standardDeviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, minimum, maximum }
}
