import { voxelCount } from '../../../../shared/base/volume.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import {
  dot,
  normalOf,
  pixelOf,
  sliceSteps,
  type PatientVector,
  type VolumeGeometry,
} from '../../../../shared/domain/medical/volume-geometry.ts'
import { checkFrameOfReference, type MaskTarget } from './mask-target.ts'
import type { DicomStructureSet, Structure, StructureContour } from './read-structure-set.ts'

/** A closed outline on a slice. */
export interface SliceOutline {
  readonly slice: number
  /** Row and column of each point by turns, in pixels; 0 is the middle of the first pixel. */
  readonly points: Float64Array
  readonly isClosed: boolean
}

/** A structure on the slices of a series. */
export interface PlacedStructure {
  readonly structure: Structure
  readonly outlines: readonly SliceOutline[]
  readonly warnings: readonly string[]
}

/**
 * Finds the slices that the contours of a structure set lie on.
 * @throws `dicom/other-frame-of-reference`, `dicom/masks-elsewhere` when the series has no places
 */
export function placeStructures(set: DicomStructureSet, target: MaskTarget): PlacedStructure[] {
  const { geometry } = target
  if (!geometry)
    throw new AppError(
      'dicom/masks-elsewhere',
      `"${set.summary.path}" cannot be laid over "${target.name}": the images have no place in the patient.`,
      { path: set.summary.path, name: target.name },
    )
  const warning = checkFrameOfReference(set.summary, target)
  const grid = sliceFinder(geometry)
  return set.structures.map((structure): PlacedStructure => {
    const outlines: SliceOutline[] = []
    let [off, tilted] = [0, 0]
    for (const contour of structure.contours) {
      const place = grid(contour)
      if (place === 'tilted') tilted++
      else if (place === null) off++
      else outlines.push({ slice: place, points: toPixels(contour, geometry, place), isClosed: contour.isClosed })
    }
    const all = structure.contours.length
    const warnings = [
      ...(warning === null ? [] : [warning]),
      ...(off > 0 ? [`${off} of ${all} contours of "${structure.name}" lie on no slice of the series.`] : []),
      ...(tilted > 0 ? [`${tilted} of ${all} contours of "${structure.name}" are not parallel to the slices.`] : []),
    ]
    return { structure, outlines, warnings }
  })
}

/**
 * The voxels whose middle is within the closed outlines of a structure; an outline within another one of the same slice is a
 * hole (even-odd rule, as most planning systems write holes).
 * @returns [slice, row, column], 0 or 1
 */
export function outlinesToMask(outlines: readonly SliceOutline[], target: Pick<MaskTarget, 'size'>): Uint8Array {
  const { rows, columns } = target.size
  const voxels = new Uint8Array(voxelCount(target.size))
  for (const { slice, points, isClosed } of outlines)
    if (isClosed)
      flipWithin(points, rows, columns, voxels.subarray(slice * rows * columns, (slice + 1) * rows * columns))
  return voxels
}

/** Largest departure of a contour's points from its plane that still counts as parallel, as a part of the slice distance. */
const flatness = 0.25

function sliceFinder(geometry: VolumeGeometry): (contour: StructureContour) => number | null | 'tilted' {
  const normal = normalOf(geometry)
  const depths = geometry.origins.map((origin) => dot(origin, normal))
  const steps = sliceSteps(geometry)
    .map(Math.abs)
    .filter((step) => step > 1e-3)
    .sort((a, b) => a - b)
  const usual = steps[Math.floor(steps.length / 2)] ?? 2
  const firstOf = new Map<number, number>()
  depths.forEach((depth, slice) => {
    const key = Math.round(depth * 100)
    if (!firstOf.has(key)) firstOf.set(key, slice)
  })
  return ({ points }) => {
    let [low, high, sum] = [Infinity, -Infinity, 0]
    for (let i = 0; i < points.length; i += 3) {
      const depth = dot([points[i] ?? 0, points[i + 1] ?? 0, points[i + 2] ?? 0], normal)
      low = Math.min(low, depth)
      high = Math.max(high, depth)
      sum += depth
    }
    if (high - low > 2 * flatness * usual) return 'tilted'
    const depth = sum / (points.length / 3)
    const exact = firstOf.get(Math.round(depth * 100))
    if (exact !== undefined) return exact
    let best = 0
    depths.forEach((own, slice) => {
      if (Math.abs(own - depth) < Math.abs((depths[best] ?? Infinity) - depth)) best = slice
    })
    return Math.abs((depths[best] ?? Infinity) - depth) <= usual / 2 + 1e-3 ? best : null
  }
}

function toPixels({ points }: StructureContour, geometry: VolumeGeometry, slice: number): Float64Array {
  const pixels = new Float64Array((points.length / 3) * 2)
  for (let i = 0, to = 0; i < points.length; i += 3) {
    const place: PatientVector = [points[i] ?? 0, points[i + 1] ?? 0, points[i + 2] ?? 0]
    const [row, column] = pixelOf(geometry, slice, place)
    pixels[to++] = row
    pixels[to++] = column
  }
  return pixels
}

/** Turns every pixel over whose middle lies within a polygon; one on an edge counts for the polygon to its right and below. */
function flipWithin(points: Float64Array, rows: number, columns: number, out: Uint8Array): void {
  const count = points.length / 2
  const [first, last] = rowRange(points, rows)
  for (let row = first; row <= last; row++) {
    const crossings: number[] = []
    for (let i = 0; i < count; i++) {
      const j = (i + 1) % count
      const [y0, x0] = [points[2 * i] ?? 0, points[2 * i + 1] ?? 0]
      const [y1, x1] = [points[2 * j] ?? 0, points[2 * j + 1] ?? 0]
      if (y0 <= row !== y1 <= row) crossings.push(x0 + ((row - y0) / (y1 - y0)) * (x1 - x0))
    }
    crossings.sort((a, b) => a - b)
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil((crossings[i] ?? 0) - 1e-9))
      const to = Math.min(columns - 1, Math.ceil((crossings[i + 1] ?? 0) - 1e-9) - 1)
      for (let column = from; column <= to; column++)
        out[row * columns + column] = 1 - (out[row * columns + column] ?? 0)
    }
  }
}

function rowRange(points: Float64Array, rows: number): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < points.length; i += 2) {
    low = Math.min(low, points[i] ?? 0)
    high = Math.max(high, points[i] ?? 0)
  }
  return [Math.max(0, Math.ceil(low - 1)), Math.min(rows - 1, Math.floor(high + 1))]
}
