import { AppError } from '../../../shared/base/app-error.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { ignoreProgress, type ReportProgress } from '../../../shared/base/progress.ts'
import {
  dot,
  minus,
  normalOf,
  type PatientVector,
  sliceSteps,
  type VolumeGeometry,
  volumeGeometry,
} from '../../../shared/domain/medical/volume-geometry.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'

/** The values of a stack of slices and where they lie in the patient. */
export interface PatientVolume {
  readonly geometry: VolumeGeometry
  /** Physical values [slice, row, column]; NaN where the file says "no measurement". */
  readonly values: Float32Array
}

const slicesAtOnce = 16

/**
 * Reads one time point of a series as a volume.
 * @param first  first frame of the time point
 * @throws `lesions/no-geometry` when the series does not say how it lies in the patient, `lesions/colour`, `AbortError`,
 *   and the codes of the reader
 */
export async function readVolume(
  reader: SequenceReader,
  options: {
    readonly first?: number
    readonly slices?: number
    readonly signal?: AbortSignal
    readonly report?: ReportProgress
  } = {},
): Promise<PatientVolume> {
  const { info, medical } = reader
  const { first = 0, signal, report = ignoreProgress } = options
  if (!medical?.geometry) throw noGeometry(info.name)
  if (info.bands.length !== 1)
    throw new AppError(
      'lesions/colour',
      `"${info.name}" is a colour series (${info.bands.join(', ')}); lesions are measured on series of one value per pixel.`,
      { id: info.id, bands: info.bands.length },
    )
  const { slices = info.frames - first } = options
  const geometry = volumeGeometry(medical.geometry, info.height, info.width, first, slices)
  const area = info.height * info.width
  const values = new Float32Array(slices * area)
  const window = { row: 0, column: 0, height: info.height, width: info.width }
  for (let slice = 0; slice < slices; slice += slicesAtOnce) {
    throwIfAborted(signal)
    report({ stage: 'Reading slices', done: slice, total: slices })
    const frames = Array.from({ length: Math.min(slicesAtOnce, slices - slice) }, (_, i) => first + slice + i)
    const block = await reader.read({ frames, bands: [0], window }, signal)
    values.set(block.values, slice * area)
  }
  return { geometry, values }
}

/** The error for a series without places in the patient. */
export function noGeometry(name: string): AppError {
  return new AppError(
    'lesions/no-geometry',
    `"${name}" does not say where its slices lie in the patient (position, orientation and pixel spacing), so nothing in it can be measured in millimetres.`,
    { name },
  )
}

/** Where a place lies in a stack: whole slice below it, share of the way to the next one, row and column (fractional). */
export interface StackPlace {
  slice: number
  share: number
  row: number
  column: number
}

/**
 * Finds places in a stack whose slices may be unevenly spaced or sheared; between slices the way is straight.
 * @returns a function that fills `out` and says whether the place is within the stack; up to half a pixel and half a slice
 *   beyond the outermost middles counts as within, and is clamped to them
 */
export function placeFinder(geometry: VolumeGeometry): (place: PatientVector, out: StackPlace) => boolean {
  const { size, origins, rowStep, columnStep } = geometry
  const normal = normalOf(geometry)
  const base = origins[0] ?? [0, 0, 0]
  const depths = Float64Array.from(origins, (origin) => dot(minus(origin, base), normal))
  const steps = sliceSteps(geometry)
  const edge = steps.length === 0 ? Infinity : Math.abs(steps[0] ?? 0) / 2
  const lastEdge = steps.length === 0 ? Infinity : Math.abs(steps.at(-1) ?? 0) / 2
  const last = size.slices - 1
  const top = depths[last] ?? 0
  const [rowLength, columnLength] = [dot(rowStep, rowStep), dot(columnStep, columnStep)]
  const even = last > 0 ? top / last : 1
  return ([x, y, z], out) => {
    const depth = (x - base[0]) * normal[0] + (y - base[1]) * normal[1] + (z - base[2]) * normal[2]
    if (depth < -edge || depth > top + lastEdge) return false
    // Even slices are found at once; others are a few steps away.
    let slice = Math.min(Math.max(0, Math.floor(depth / even)), Math.max(0, last - 1))
    while (slice > 0 && (depths[slice] ?? 0) > depth) slice--
    while (slice < last - 1 && (depths[slice + 1] ?? Infinity) <= depth) slice++
    const [low, high] = [depths[slice] ?? 0, depths[slice + 1] ?? depths[slice] ?? 0]
    const share = high > low ? Math.min(1, Math.max(0, (depth - low) / (high - low))) : 0
    const [own, next] = [origins[slice] ?? base, origins[slice + 1] ?? origins[slice] ?? base]
    const dx = x - own[0] - share * (next[0] - own[0])
    const dy = y - own[1] - share * (next[1] - own[1])
    const dz = z - own[2] - share * (next[2] - own[2])
    const row = (dx * rowStep[0] + dy * rowStep[1] + dz * rowStep[2]) / rowLength
    const column = (dx * columnStep[0] + dy * columnStep[1] + dz * columnStep[2]) / columnLength
    if (!(row >= -0.5 && column >= -0.5 && row <= size.rows - 0.5 && column <= size.columns - 0.5)) return false
    out.slice = slice
    out.share = share
    out.row = Math.min(Math.max(0, row), size.rows - 1)
    out.column = Math.min(Math.max(0, column), size.columns - 1)
    return true
  }
}

/** Value of a volume at places of the patient, linear between voxels; NaN outside and next to NaN. */
export function sampler({ geometry, values }: PatientVolume): (place: PatientVector) => number {
  const { size } = geometry
  const find = placeFinder(geometry)
  const at: StackPlace = { slice: 0, share: 0, row: 0, column: 0 }
  const area = size.rows * size.columns
  const plane = (slice: number): number => {
    const [r, c] = [
      Math.min(Math.floor(at.row), Math.max(0, size.rows - 2)),
      Math.min(Math.floor(at.column), Math.max(0, size.columns - 2)),
    ]
    const [fr, fc] = [at.row - r, at.column - c]
    const start = slice * area + r * size.columns + c
    const [right, down] = [size.columns > 1 ? 1 : 0, size.rows > 1 ? size.columns : 0]
    const above = lerp(values[start] ?? NaN, values[start + right] ?? NaN, fc)
    return fr === 0
      ? above
      : lerp(above, lerp(values[start + down] ?? NaN, values[start + down + right] ?? NaN, fc), fr)
  }
  return (place) => {
    if (!find(place, at)) return NaN
    const below = plane(at.slice)
    return at.share === 0 ? below : lerp(below, plane(at.slice + 1), at.share)
  }
}

function lerp(a: number, b: number, share: number): number {
  return share === 0 ? a : a + share * (b - a)
}

/** Index of the voxel nearest to a place, or -1 outside. */
export function voxelFinder(geometry: VolumeGeometry): (place: PatientVector) => number {
  const { rows, columns } = geometry.size
  const find = placeFinder(geometry)
  const at: StackPlace = { slice: 0, share: 0, row: 0, column: 0 }
  return (place) => {
    if (!find(place, at)) return -1
    const slice = at.slice + (at.share > 0.5 ? 1 : 0)
    return (slice * rows + Math.round(at.row)) * columns + Math.round(at.column)
  }
}

/**
 * Height of each slice in mm: half the way to either neighbour along the normal; the outermost ones are as high as the way
 * to their only neighbour. A gap of missing slices belongs half to each side.
 * @param single  height of the only slice
 */
export function sliceHeights(geometry: VolumeGeometry, single = 1): number[] {
  const steps = sliceSteps(geometry).map(Math.abs)
  if (steps.length === 0) return geometry.origins.map(() => single)
  return geometry.origins.map((_, i) => {
    const [before, after] = [steps[i - 1], steps[i]]
    return ((before ?? after ?? single) + (after ?? before ?? single)) / 2
  })
}
