import { moved, type PatientTransform } from '../../../shared/domain/medical/patient-transform.ts'
import {
  minus,
  placeOf,
  type PatientVector,
  type VolumeGeometry,
} from '../../../shared/domain/medical/volume-geometry.ts'
import { resizeByMean } from '../frames/resize-mean.ts'
import { type PatientVolume, sampler, voxelFinder } from '../lesions/patient-volume.ts'
import { applyGreyRange, type GreyRange } from './intensity.ts'

/** Planes of a slice that a network sees: the image; the study before at the same places, and its mask. */
export const seenPlanes = 3

/** A study on the grid of a network, slice by slice. */
export interface ModelSlices {
  readonly slices: number
  readonly rows: number
  readonly columns: number
  readonly hasEarlier: boolean
  /** Fills planes [3, row, column]; those of the study before are 0 where there is none. */
  read(slice: number, out: Float32Array): void
}

/** The study before: its values and mask, and how places of the later study become its own. */
export interface EarlierStudy {
  readonly volume: PatientVolume
  /** [slice, row, column] of the earlier study, not zero in lesions; null where nothing is known of them. */
  readonly mask: Uint8Array | null
  readonly transform: PatientTransform
}

/** Spacings this close to each other are taken as they are. */
const likeSpacing = 0.1

/**
 * The grid of a series with another distance of pixels; slices stay where they are, and the outer edges of the picture, too.
 * @param spacingMm  wanted distance of rows and columns
 */
export function inPlaneGrid(geometry: VolumeGeometry, spacingMm: number): VolumeGeometry {
  const { size, rowStep, columnStep, origins } = geometry
  const resized = (count: number, step: PatientVector): number => {
    const own = Math.hypot(...step)
    return Math.abs(own / spacingMm - 1) < likeSpacing ? count : Math.max(1, Math.round((count * own) / spacingMm))
  }
  const [rows, columns] = [resized(size.rows, rowStep), resized(size.columns, columnStep)]
  if (rows === size.rows && columns === size.columns) return geometry
  const [down, right] = [size.rows / rows, size.columns / columns]
  const scaled = (vector: PatientVector, factor: number): PatientVector => [
    vector[0] * factor,
    vector[1] * factor,
    vector[2] * factor,
  ]
  const [rowShift, columnShift] = [scaled(rowStep, (down - 1) / 2), scaled(columnStep, (right - 1) / 2)]
  return {
    ...geometry,
    size: { ...size, rows, columns },
    origins: origins.map(([x, y, z]): PatientVector => [
      x + rowShift[0] + columnShift[0],
      y + rowShift[1] + columnShift[1],
      z + rowShift[2] + columnShift[2],
    ]),
    rowStep: scaled(rowStep, down),
    columnStep: scaled(columnStep, right),
  }
}

/** A slice of another size: means where it becomes smaller, else linear between the middles of pixels. */
export function resizeSlice(
  values: Float32Array,
  [height, width]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
): Float32Array {
  if (height === outHeight && width === outWidth) return values
  if (outHeight <= height && outWidth <= width) return resizeByMean(values, [height, width], [outHeight, outWidth])
  const resized = new Float32Array(outHeight * outWidth)
  const places = (input: number, output: number): { at: Int32Array; share: Float32Array } => {
    const [at, share] = [new Int32Array(output), new Float32Array(output)]
    for (let i = 0; i < output; i++) {
      const place = Math.min(input - 1, Math.max(0, ((i + 0.5) * input) / output - 0.5))
      at[i] = Math.min(Math.floor(place), Math.max(0, input - 2))
      share[i] = place - (at[i] ?? 0)
    }
    return { at, share }
  }
  const [down, right] = [places(height, outHeight), places(width, outWidth)]
  const next = width > 1 ? 1 : 0
  const below = height > 1 ? width : 0
  for (let y = 0, i = 0; y < outHeight; y++) {
    const [row, v] = [(down.at[y] ?? 0) * width, down.share[y] ?? 0]
    for (let x = 0; x < outWidth; x++, i++) {
      const [start, u] = [row + (right.at[x] ?? 0), right.share[x] ?? 0]
      const top = (1 - u) * (values[start] ?? 0) + u * (values[start + next] ?? 0)
      const bottom = (1 - u) * (values[start + below] ?? 0) + u * (values[start + below + next] ?? 0)
      resized[i] = (1 - v) * top + v * bottom
    }
  }
  return resized
}

/** The nearest voxel's mask on a grid of other rows and columns over the same picture. */
export function resizeMask(
  mask: Uint8Array,
  [height, width]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
): Uint8Array {
  if (height === outHeight && width === outWidth) return mask
  const resized = new Uint8Array(outHeight * outWidth)
  for (let y = 0, i = 0; y < outHeight; y++) {
    const row = Math.floor(((y + 0.5) * height) / outHeight) * width
    for (let x = 0; x < outWidth; x++, i++) resized[i] = mask[row + Math.floor(((x + 0.5) * width) / outWidth)] ?? 0
  }
  return resized
}

/** What a volume's missing values (NaN) count as: its darkest one. */
export function darkestOf(values: Float32Array): number {
  let lowest = Infinity
  for (const value of values) if (value < lowest) lowest = value
  return Number.isFinite(lowest) ? lowest : 0
}

/** Slices of a volume in its own unit, made when they are read. Missing values are the darkest there are. */
export function slicesOf(volume: PatientVolume, spacingMm: number, earlier: EarlierStudy | null): ModelSlices {
  const grid = inPlaneGrid(volume.geometry, spacingMm)
  const own = volume.geometry.size
  const { slices, rows, columns } = grid.size
  const [ownArea, area] = [own.rows * own.columns, rows * columns]
  const dark = darkestOf(volume.values)
  const before = earlier && earlierReader(earlier, grid)
  return {
    slices,
    rows,
    columns,
    hasEarlier: earlier !== null,
    read: (slice, out) => {
      const picture = volume.values.slice(slice * ownArea, (slice + 1) * ownArea)
      for (let i = 0; i < ownArea; i++) if (Number.isNaN(picture[i])) picture[i] = dark
      out.set(resizeSlice(picture, [own.rows, own.columns], [rows, columns]), 0)
      if (before) before(slice, out)
      else out.fill(0, area, seenPlanes * area)
    },
  }
}

/** Samples the study before at the voxels of a grid. */
function earlierReader(
  { volume, mask, transform }: EarlierStudy,
  grid: VolumeGeometry,
): (slice: number, out: Float32Array) => void {
  const { rows, columns } = grid.size
  const area = rows * columns
  const dark = darkestOf(volume.values)
  const valueAt = sampler(volume)
  const voxelAt = voxelFinder(volume.geometry)
  const hasMask = mask?.includes(1) ?? false
  // Along a row places change by the same step, so one of them is moved on instead of working out each.
  const zero = moved(transform, [0, 0, 0])
  const step = minus(moved(transform, grid.columnStep), zero)
  const place: [number, number, number] = [0, 0, 0]
  return (slice, out) => {
    for (let row = 0, i = area; row < rows; row++) {
      const start = moved(transform, placeOf(grid, slice, row, 0))
      for (let column = 0; column < columns; column++, i++) {
        for (let axis = 0; axis < 3; axis++) place[axis] = (start[axis] ?? 0) + column * (step[axis] ?? 0)
        const value = valueAt(place)
        out[i] = Number.isNaN(value) ? dark : value
        const voxel = hasMask ? voxelAt(place) : -1
        out[i + area] = voxel >= 0 && mask?.[voxel] ? 1 : 0
      }
    }
  }
}

/** Slices as a network sees them: brightness in the same terms for all studies. */
export function inGreyRange(source: ModelSlices, own: GreyRange, earlier: GreyRange | null): ModelSlices {
  const area = source.rows * source.columns
  return {
    ...source,
    hasEarlier: source.hasEarlier && earlier !== null,
    read: (slice, out) => {
      source.read(slice, out)
      applyGreyRange(out.subarray(0, area), own)
      if (earlier) applyGreyRange(out.subarray(area, 2 * area), earlier)
      else out.fill(0, area, seenPlanes * area)
    },
  }
}
