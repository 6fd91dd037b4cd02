import type { FrameGeometry, MedicalImage } from '../../../shared/domain/medical-image.ts'

/** A place or a direction in the patient, in mm: x to the left, y to the back, z to the head (LPS). */
export type Vector3 = readonly [number, number, number]
/** A place on a frame, [column, row]; (0, 0) is the outer corner of the first pixel, its middle is (0.5, 0.5). */
export type FramePoint = readonly [number, number]

/** How one frame lies in space. */
export interface FramePlane {
  /** Middle of the first pixel. */
  readonly origin: Vector3
  /** Direction along a row, to increasing columns. */
  readonly right: Vector3
  /** Direction along a column, to increasing rows. */
  readonly down: Vector3
  /** Distance of neighbouring rows and of neighbouring columns, in mm, or 1 where nothing is known. */
  readonly spacing: readonly [number, number]
  readonly height: number
  readonly width: number
  /** False where a distance in mm would be an invention. */
  readonly isCalibrated: boolean
  /** False where left and right of the patient are not known. */
  readonly isInPatient: boolean
}

/** The sum of vectors, each times its number. */
export function combine(...terms: readonly (readonly [number, Vector3])[]): Vector3 {
  const sum: [number, number, number] = [0, 0, 0]
  for (const [factor, [x, y, z]] of terms) {
    sum[0] += factor * x
    sum[1] += factor * y
    sum[2] += factor * z
  }
  return sum
}

/** The inner product. */
export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/** The vector product. */
export function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** The difference `a - b`. */
export function minus(a: Vector3, b: Vector3): Vector3 {
  return combine([1, a], [-1, b])
}

/** Where a frame lies; frames without a place in the patient all lie at the origin, in pixels or calibrated mm. */
export function framePlane(
  medical: Pick<MedicalImage, 'geometry' | 'pixelSpacing'> | null,
  size: { readonly height: number; readonly width: number },
  frame: number,
): FramePlane {
  const { geometry, pixelSpacing } = medical ?? { geometry: null, pixelSpacing: null }
  const { height, width } = size
  const origin = geometry?.positions[frame]
  if (geometry && origin) {
    const [right, down] = geometry.orientation
    return { origin, right, down, spacing: geometry.pixelSpacing, height, width, isCalibrated: true, isInPatient: true }
  }
  return {
    origin: [0, 0, 0],
    right: [1, 0, 0],
    down: [0, 1, 0],
    spacing: pixelSpacing ?? [1, 1],
    height,
    width,
    isCalibrated: pixelSpacing !== null,
    isInPatient: false,
  }
}

/** The normal of a frame, towards which slices are counted. */
export function normalOf({ right, down }: Pick<FramePlane, 'right' | 'down'>): Vector3 {
  return cross(right, down)
}

/** Place in space of a place on a frame. */
export function toPatient(plane: FramePlane, [column, row]: FramePoint): Vector3 {
  const { origin, right, down, spacing } = plane
  return combine([1, origin], [(column - 0.5) * spacing[1], right], [(row - 0.5) * spacing[0], down])
}

/** The middle of a frame. */
export function frameCentre(plane: FramePlane): Vector3 {
  return toPatient(plane, [plane.width / 2, plane.height / 2])
}

/** The place on a frame that is nearest to a place in space. */
export function toFramePoint(plane: FramePlane, point: Vector3): FramePoint {
  const from = minus(point, plane.origin)
  return [dot(from, plane.right) / plane.spacing[1] + 0.5, dot(from, plane.down) / plane.spacing[0] + 0.5]
}

/** Components below this part of a direction are not named: within about 12 degrees an axis counts as straight. */
const smallestNamed = 0.2
const letters = [
  ['R', 'L'],
  ['A', 'P'],
  ['F', 'H'],
] as const

/**
 * What lies in a direction, by the letters of the standard, the strongest first: `L` or `AH` (Left, Right, Anterior, Posterior, Head, Foot).
 * Source: DICOM PS3.3 C.7.6.1.1.1 (Patient Orientation)
 */
export function directionLetters(direction: Vector3): string {
  return direction
    .map((part, axis) => ({ size: Math.abs(part), letter: letters[axis]?.[part > 0 ? 1 : 0] ?? '' }))
    .filter(({ size }) => size >= smallestNamed)
    .sort((a, b) => b.size - a.size)
    .map(({ letter }) => letter)
    .join('')
}

/** Position of a frame along its normal, in mm from the origin of the patient system. */
export function slicePosition(geometry: FrameGeometry, frame: number): number | null {
  const position = geometry.positions[frame]
  return position ? dot(position, cross(...geometry.orientation)) : null
}

/** The frame that lies nearest to a place, or null where there is none. */
export function nearestSlice(geometry: FrameGeometry, point: Vector3): number | null {
  const normal = cross(...geometry.orientation)
  const wanted = dot(point, normal)
  let best: number | null = null
  let shortest = Infinity
  geometry.positions.forEach((position, frame) => {
    const distance = Math.abs(dot(position, normal) - wanted)
    if (distance < shortest) [shortest, best] = [distance, frame]
  })
  return best
}

/** Cosine above which two series count as cut in the same direction (25 degrees). */
const parallelCosine = Math.cos((25 * Math.PI) / 180)

/** Whether slices of both can be followed side by side: one coordinate system, and cut in about the same direction. */
export function areParallel(a: FrameGeometry, b: FrameGeometry): boolean {
  if (a.frameOfReference === null || a.frameOfReference !== b.frameOfReference) return false
  return Math.abs(dot(cross(...a.orientation), cross(...b.orientation))) >= parallelCosine
}

/** Why no other planes can be cut through a series; null where they can. */
export function whyNoPlanes(
  medical: Pick<MedicalImage, 'geometry'> | null,
  frames: number,
  bands: number,
): 'place' | 'single' | 'uneven' | 'colour' | null {
  if (bands >= 3) return 'colour'
  const geometry = medical?.geometry
  if (!geometry) return 'place'
  if (frames < 2) return 'single'
  return geometry.isVolume && geometry.frameSpacing !== null ? null : 'uneven'
}

/** The line in which a frame cuts the plane of another one, as its two ends on the first one's border; null where it does not. */
export function cutLine(cutting: FramePlane, plane: FramePlane): readonly [Vector3, Vector3] | null {
  const normal = normalOf(plane)
  const corners = (
    [
      [0, 0],
      [cutting.width, 0],
      [cutting.width, cutting.height],
      [0, cutting.height],
    ] as const
  ).map((corner) => toPatient(cutting, corner))
  const side = (point: Vector3): number => dot(minus(point, plane.origin), normal)
  const ends: Vector3[] = []
  corners.forEach((from, i) => {
    const to = corners[(i + 1) % corners.length] ?? from
    const [a, b] = [side(from), side(to)]
    if (a < 0 !== b < 0) ends.push(combine([b / (b - a), from], [-a / (b - a), to]))
  })
  const [first, second] = ends
  return first && second ? [first, second] : null
}
