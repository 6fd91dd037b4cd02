import type { VolumeSize, VoxelSpacing } from '../../base/volume.ts'
import type { FrameGeometry } from '../medical-image.ts'

/** A place or a direction in the patient, in mm: x to the left, y to the back, z to the head (LPS). */
export type PatientVector = readonly [number, number, number]

/**
 * Where the voxels of a stack of slices lie in the patient. All slices are parallel and of one size; they may be unevenly
 * spaced or sheared (gantry tilt), since every slice has a place of its own. Voxels lie row-major [slice, row, column].
 */
export interface VolumeGeometry {
  readonly size: VolumeSize
  /** Middle of the first voxel (row 0, column 0) of each slice. */
  readonly origins: readonly PatientVector[]
  /** Step from a column to the next one (along a row), in mm; not a unit vector. */
  readonly columnStep: PatientVector
  /** Step from a row to the next one, in mm; not a unit vector. */
  readonly rowStep: PatientVector
  /** Volumes lie in one coordinate system where this is equal; null when not stated. */
  readonly frameOfReference: string | null
}

/** The geometry of a series' frames `first` to `first + slices - 1` (one time point of it). */
export function volumeGeometry(
  frames: FrameGeometry,
  rows: number,
  columns: number,
  first = 0,
  slices = frames.positions.length - first,
): VolumeGeometry {
  const [alongRow, alongColumn] = frames.orientation
  const [betweenRows, betweenColumns] = frames.pixelSpacing
  return {
    size: { slices, rows, columns },
    origins: frames.positions.slice(first, first + slices),
    columnStep: times(alongRow, betweenColumns),
    rowStep: times(alongColumn, betweenRows),
    frameOfReference: frames.frameOfReference,
  }
}

/** The place of a voxel; fractions lie between voxels of the slice. The slice is a whole number that the volume has. */
export function placeOf(geometry: VolumeGeometry, slice: number, row: number, column: number): PatientVector {
  const { rowStep, columnStep } = geometry
  const origin = geometry.origins[slice] ?? [NaN, NaN, NaN]
  return [
    origin[0] + row * rowStep[0] + column * columnStep[0],
    origin[1] + row * rowStep[1] + column * columnStep[1],
    origin[2] + row * rowStep[2] + column * columnStep[2],
  ]
}

/** Unit vector at right angles to the slices: along a row × along a column. */
export function normalOf({ rowStep, columnStep }: VolumeGeometry): PatientVector {
  const normal = crossOf(columnStep, rowStep)
  const length = Math.hypot(...normal)
  return [normal[0] / length, normal[1] / length, normal[2] / length]
}

/** Row and column (fractional, 0 is the middle of the first voxel) of the place of a slice that is nearest to a given one. */
export function pixelOf(geometry: VolumeGeometry, slice: number, place: PatientVector): readonly [number, number] {
  const { rowStep, columnStep } = geometry
  const offset = minus(place, geometry.origins[slice] ?? [NaN, NaN, NaN])
  return [dot(offset, rowStep) / dot(rowStep, rowStep), dot(offset, columnStep) / dot(columnStep, columnStep)]
}

/** Distances of neighbouring slices along the normal, in mm, signed; one fewer than slices. */
export function sliceSteps(geometry: VolumeGeometry): number[] {
  const normal = normalOf(geometry)
  const { origins } = geometry
  return origins.slice(1).map((origin, i) => dot(minus(origin, origins[i] ?? origin), normal))
}

/**
 * Distance of neighbouring voxels along the axes; for the slices the mean along the normal, 0 for a single slice.
 * Where the slices are uneven use `sliceSteps`.
 */
export function voxelSpacing(geometry: VolumeGeometry): VoxelSpacing {
  const steps = sliceSteps(geometry)
  const mean = steps.length === 0 ? 0 : Math.abs(steps.reduce((sum, step) => sum + step, 0)) / steps.length
  return [mean, Math.hypot(...geometry.rowStep), Math.hypot(...geometry.columnStep)]
}

/** Whether all slices have one distance (within 1 %, or 0.01 mm). */
export function isEven(geometry: VolumeGeometry): boolean {
  const steps = sliceSteps(geometry)
  const mean = steps.reduce((sum, step) => sum + step, 0) / Math.max(1, steps.length)
  const tolerance = Math.max(0.01, Math.abs(mean) * 0.01)
  return steps.every((step) => Math.abs(step - mean) <= tolerance)
}

/** a - b. */
export function minus(a: PatientVector, b: PatientVector): PatientVector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/** The scalar product. */
export function dot(a: PatientVector, b: PatientVector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/** The vector product. */
export function crossOf(a: PatientVector, b: PatientVector): PatientVector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function times(vector: PatientVector, factor: number): PatientVector {
  return [vector[0] * factor, vector[1] * factor, vector[2] * factor]
}
