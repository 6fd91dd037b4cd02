import { AppError } from '../../../shared/base/app-error.ts'
import { type PatientTransform, moved } from '../../../shared/domain/medical/patient-transform.ts'
import type { PatientVector } from '../../../shared/domain/medical/volume-geometry.ts'

/** One place of the body, seen in both studies. */
export interface LandmarkPair {
  readonly from: PatientVector
  readonly to: PatientVector
}

/**
 * The rigid transform that brings places of one study nearest to those of the other (least squares). The rotation is the
 * eigenvector of the largest eigenvalue of a 4 x 4 matrix, as a quaternion, so it is never a mirror.
 * @returns the transform and the root mean square distance left, in mm
 * @throws `lesions/few-landmarks` for fewer than three pairs, or when they lie on one line
 * Source: Horn, Journal of the Optical Society of America A 4 (1987) 629-642.
 */
export function alignLandmarks(pairs: readonly LandmarkPair[]): { transform: PatientTransform; residualMm: number } {
  const few = (reason: string): AppError =>
    new AppError(
      'lesions/few-landmarks',
      `Three landmarks that do not lie on one line are needed to lay one study over another; ${reason}.`,
      { pairs: pairs.length },
    )
  if (pairs.length < 3) throw few(`there are ${pairs.length}`)
  const mean = (end: 'from' | 'to'): [number, number, number] => {
    const sum = [0, 1, 2].map((axis) => pairs.reduce((total, pair) => total + (pair[end][axis] ?? 0), 0) / pairs.length)
    return [sum[0] ?? 0, sum[1] ?? 0, sum[2] ?? 0]
  }
  const [fromMean, toMean] = [mean('from'), mean('to')]
  const s = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]
  for (const { from, to } of pairs)
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) {
        const row = s[i]
        if (row) row[j] = (row[j] ?? 0) + ((from[i] ?? 0) - (fromMean[i] ?? 0)) * ((to[j] ?? 0) - (toMean[j] ?? 0))
      }
  if (isOnLine(pairs, fromMean)) throw few('these lie on one line')
  const [[xx = 0, xy = 0, xz = 0] = [], [yx = 0, yy = 0, yz = 0] = [], [zx = 0, zy = 0, zz = 0] = []] = s
  const [w, x, y, z] = largestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ])
  const rotation = [
    [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
  ]
  const rowOf = (i: number): [number, number, number, number] => {
    const [a = 0, b = 0, c = 0] = rotation[i] ?? []
    return [a, b, c, (toMean[i] ?? 0) - a * fromMean[0] - b * fromMean[1] - c * fromMean[2]]
  }
  const transform: PatientTransform = [rowOf(0), rowOf(1), rowOf(2)]
  const squares = pairs.map(({ from, to }) => {
    const at = moved(transform, from)
    return (at[0] - to[0]) ** 2 + (at[1] - to[1]) ** 2 + (at[2] - to[2]) ** 2
  })
  return { transform, residualMm: Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / pairs.length) }
}

/** Whether all places lie within a tenth of a millimetre of one line. */
function isOnLine(pairs: readonly LandmarkPair[], mean: PatientVector): boolean {
  let far: PatientVector = [0, 0, 0]
  const offsets = pairs.map(({ from }): PatientVector => [from[0] - mean[0], from[1] - mean[1], from[2] - mean[2]])
  for (const offset of offsets) if (Math.hypot(...offset) > Math.hypot(...far)) far = offset
  const length = Math.hypot(...far)
  if (length < 0.1) return true
  return offsets.every((offset) => {
    const along = (offset[0] * far[0] + offset[1] * far[1] + offset[2] * far[2]) / length
    return Math.hypot(...offset) ** 2 - along ** 2 < 0.01
  })
}

/** Jacobi rotations; 4 x 4, symmetric. */
function largestEigenvector(source: readonly (readonly number[])[]): [number, number, number, number] {
  const m = source.map((row) => [...row])
  const v = source.map((_, i) => source.map((__, j) => (i === j ? 1 : 0)))
  const at = (matrix: number[][], i: number, j: number): number => matrix[i]?.[j] ?? 0
  const set = (matrix: number[][], i: number, j: number, value: number): void => {
    const row = matrix[i]
    if (row) row[j] = value
  }
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0
    for (let p = 0; p < 3; p++)
      for (let q = p + 1; q < 4; q++) {
        const apq = at(m, p, q)
        off += Math.abs(apq)
        if (apq === 0) continue
        const theta = (at(m, q, q) - at(m, p, p)) / (2 * apq)
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < 4; k++) {
          const [kp, kq] = [at(m, k, p), at(m, k, q)]
          set(m, k, p, c * kp - s * kq)
          set(m, k, q, s * kp + c * kq)
        }
        for (let k = 0; k < 4; k++) {
          const [pk, qk] = [at(m, p, k), at(m, q, k)]
          set(m, p, k, c * pk - s * qk)
          set(m, q, k, s * pk + c * qk)
          const [vp, vq] = [at(v, k, p), at(v, k, q)]
          set(v, k, p, c * vp - s * vq)
          set(v, k, q, s * vp + c * vq)
        }
      }
    if (off < 1e-14) break
  }
  let best = 0
  for (let i = 1; i < 4; i++) if (at(m, i, i) > at(m, best, best)) best = i
  const [w = 1, x = 0, y = 0, z = 0] = v.map((row) => row[best] ?? 0)
  return [w, x, y, z]
}
