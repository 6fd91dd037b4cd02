import { AppError } from '../../base/app-error.ts'
import { type LandmarkFit, type LandmarkModel, type LandmarkPair } from './landmarks.ts'
import { moved, type PatientTransform } from './patient-transform.ts'
import { symmetricEigen } from './symmetric-eigen.ts'
import type { PatientVector } from './volume-geometry.ts'

/** Landmarks nearer than this to one line (rigid) or plane (affine), root mean square, leave a turn or stretch open. */
const leastSpreadMm = 1
/** A stretch beyond this, or below its inverse, along any direction is none of a body. */
const largestStretch = 3

/** A transform that was found from landmarks. */
export interface AlignedLandmarks {
  /** Places of the baseline to places of the later study. */
  readonly transform: PatientTransform
  readonly fit: LandmarkFit
  /** Root mean square distance of the landmarks of either study from the line (rigid) or plane (affine) they lie next to. */
  readonly spreadMm: number
}

/** How many pairs a model needs at least. */
export function landmarksNeeded(model: LandmarkModel): number {
  return model === 'rigid' ? 3 : 4
}

/**
 * The transform that brings places of the baseline nearest to those of a later study (least squares). A rigid one turns by the
 * eigenvector of the largest eigenvalue of a 4 x 4 matrix, as a quaternion, so it is never a mirror.
 * @throws `lesions/few-landmarks` for fewer than three pairs or pairs on one line (affine: four, in one plane),
 *   `lesions/landmarks-unlikely` when they would mirror the body or stretch it beyond measure
 * Source: Horn, Journal of the Optical Society of America A 4 (1987) 629-642; affine: linear least squares.
 */
export function alignLandmarks(pairs: readonly LandmarkPair[], model: LandmarkModel = 'rigid'): AlignedLandmarks {
  if (pairs.length < landmarksNeeded(model)) throw few(model, pairs.length, `there are ${pairs.length}`)
  const means = { baseline: meanOf(pairs, 'baseline'), followUp: meanOf(pairs, 'followUp') }
  const spreadMm = Math.min(
    ...(['baseline', 'followUp'] as const).map((end) => spreadOf(pairs, end, means[end], model)),
  )
  if (spreadMm < leastSpreadMm)
    throw few(model, pairs.length, model === 'rigid' ? 'these lie on one line' : 'these lie in one plane')
  const cross = products(pairs, 'baseline', 'followUp', means)
  const linear = model === 'rigid' ? turnOf(cross) : stretchOf(cross, products(pairs, 'baseline', 'baseline', means))
  const rowOf = (i: 0 | 1 | 2): [number, number, number, number] => {
    const [a, b, c] = linear[i]
    const [x, y, z] = means.baseline
    return [a, b, c, means.followUp[i] - a * x - b * y - c * z]
  }
  const transform: PatientTransform = [rowOf(0), rowOf(1), rowOf(2)]
  const residualsMm = residualsOf(pairs, transform)
  const meanMm = residualsMm.reduce((sum, mm) => sum + mm, 0) / pairs.length
  const fit = { model, pairs: [...pairs], residualsMm, meanMm, largestMm: Math.max(...residualsMm) }
  return { transform, fit, spreadMm }
}

/** Distance in mm between where each place goes and where it was set. */
export function residualsOf(pairs: readonly LandmarkPair[], transform: PatientTransform): number[] {
  return pairs.map(({ baseline, followUp }) => {
    const at = moved(transform, baseline)
    return Math.hypot(at[0] - followUp[0], at[1] - followUp[1], at[2] - followUp[2])
  })
}

type Rows = readonly [PatientVector, PatientVector, PatientVector]
type Means = Readonly<Record<keyof LandmarkPair, PatientVector>>

function few(model: LandmarkModel, pairs: number, reason: string): AppError {
  return new AppError(
    'lesions/few-landmarks',
    model === 'rigid'
      ? `Three landmarks that do not lie on one line are needed to lay one study over another; ${reason}.`
      : `Four landmarks that do not lie in one plane are needed for stretch and shear; ${reason}.`,
    { pairs, needed: landmarksNeeded(model) },
  )
}

function meanOf(pairs: readonly LandmarkPair[], end: keyof LandmarkPair): PatientVector {
  const along = (axis: 0 | 1 | 2): number => pairs.reduce((sum, pair) => sum + pair[end][axis], 0) / pairs.length
  return [along(0), along(1), along(2)]
}

/** Sums of `a[i] b[j]` over the pairs, each from its mean. */
function products(pairs: readonly LandmarkPair[], a: keyof LandmarkPair, b: keyof LandmarkPair, means: Means): Rows {
  const entry = (i: 0 | 1 | 2, j: 0 | 1 | 2): number =>
    pairs.reduce((sum, pair) => sum + (pair[a][i] - means[a][i]) * (pair[b][j] - means[b][j]), 0)
  const rowOf = (i: 0 | 1 | 2): PatientVector => [entry(i, 0), entry(i, 1), entry(i, 2)]
  return [rowOf(0), rowOf(1), rowOf(2)]
}

function spreadOf(
  pairs: readonly LandmarkPair[],
  end: keyof LandmarkPair,
  mean: PatientVector,
  model: LandmarkModel,
): number {
  const values = symmetricEigen(products(pairs, end, end, { baseline: mean, followUp: mean })).map(({ value }) => value)
  const [, middle = 0, least = 0] = values
  return Math.sqrt(Math.max(0, model === 'rigid' ? middle + least : least) / pairs.length)
}

function turnOf([[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]]: Rows): Rows {
  const [largest] = symmetricEigen([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ])
  const [w = 1, x = 0, y = 0, z = 0] = largest?.vector ?? []
  return [
    [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
  ]
}

/** Linear least squares: (baseline x follow-up)ᵀ times the inverse of (baseline x baseline). */
function stretchOf(cross: Rows, own: Rows): Rows {
  const eigen = symmetricEigen(own)
  const inverse = (i: 0 | 1 | 2, j: 0 | 1 | 2): number =>
    eigen.reduce((sum, { value, vector }) => sum + ((vector[i] ?? 0) * (vector[j] ?? 0)) / value, 0)
  const entry = (i: 0 | 1 | 2, j: 0 | 1 | 2): number =>
    cross[0][i] * inverse(0, j) + cross[1][i] * inverse(1, j) + cross[2][i] * inverse(2, j)
  const rowOf = (i: 0 | 1 | 2): PatientVector => [entry(i, 0), entry(i, 1), entry(i, 2)]
  const rows: Rows = [rowOf(0), rowOf(1), rowOf(2)]
  const [a, b, c] = rows
  const determinant =
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
  const square = ([0, 1, 2] as const).map((i) =>
    ([0, 1, 2] as const).map((j) => a[i] * a[j] + b[i] * b[j] + c[i] * c[j]),
  )
  const stretches = symmetricEigen(square).map(({ value }) => Math.sqrt(Math.max(0, value)))
  if (determinant <= 0 || stretches.some((stretch) => stretch > largestStretch || stretch < 1 / largestStretch))
    throw new AppError(
      'lesions/landmarks-unlikely',
      'These landmarks would mirror the body or stretch it more than three times; check that no two are exchanged, or set more of them.',
    )
  return rows
}
