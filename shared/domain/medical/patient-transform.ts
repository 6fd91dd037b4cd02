import { z } from 'zod'
import type { PatientVector } from './volume-geometry.ts'

const row = z.tuple([z.number(), z.number(), z.number(), z.number()])

/**
 * Maps places of one study to places of another, in mm (LPS): three rows of a 4 x 4 matrix, the last column is the shift.
 * Row `i` gives coordinate `i`: `m[i][0] x + m[i][1] y + m[i][2] z + m[i][3]`.
 */
export const patientTransformSchema = z.tuple([row, row, row])
/** Maps places of one study to places of another. */
export type PatientTransform = z.infer<typeof patientTransformSchema>

/** Leaves every place where it is. */
export const identityTransform: PatientTransform = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
]

/** Where a place goes. */
export function moved(transform: PatientTransform, [x, y, z]: PatientVector): PatientVector {
  const [a, b, c] = transform
  return [
    a[0] * x + a[1] * y + a[2] * z + a[3],
    b[0] * x + b[1] * y + b[2] * z + b[3],
    c[0] * x + c[1] * y + c[2] * z + c[3],
  ]
}

/** First `first`, then `second`. */
export function composed(second: PatientTransform, first: PatientTransform): PatientTransform {
  const entry = (i: 0 | 1 | 2, j: 0 | 1 | 2 | 3): number =>
    second[i][0] * first[0][j] + second[i][1] * first[1][j] + second[i][2] * first[2][j] + (j === 3 ? second[i][3] : 0)
  const rowOf = (i: 0 | 1 | 2): [number, number, number, number] => [entry(i, 0), entry(i, 1), entry(i, 2), entry(i, 3)]
  return [rowOf(0), rowOf(1), rowOf(2)]
}

/** The way back; entries are not finite when the transform flattens space. */
export function inverted([a, b, c]: PatientTransform): PatientTransform {
  const minor = (p: readonly number[], q: readonly number[], i: number, j: number): number =>
    (p[i] ?? 0) * (q[j] ?? 0) - (p[j] ?? 0) * (q[i] ?? 0)
  const determinant = a[0] * minor(b, c, 1, 2) - a[1] * minor(b, c, 0, 2) + a[2] * minor(b, c, 0, 1)
  const inverse = [
    [minor(b, c, 1, 2), -minor(a, c, 1, 2), minor(a, b, 1, 2)],
    [-minor(b, c, 0, 2), minor(a, c, 0, 2), -minor(a, b, 0, 2)],
    [minor(b, c, 0, 1), -minor(a, c, 0, 1), minor(a, b, 0, 1)],
  ]
  const rowOf = (i: number): [number, number, number, number] => {
    const [x = 0, y = 0, z = 0] = (inverse[i] ?? []).map((value) => value / determinant)
    return [x, y, z, -(x * a[3] + y * b[3] + z * c[3])]
  }
  return [rowOf(0), rowOf(1), rowOf(2)]
}

/** The transform whose linear part acts around a place that is moved by a shift only. */
export function aroundCentre(
  linear: readonly [PatientVector, PatientVector, PatientVector],
  centre: PatientVector,
  shift: PatientVector,
): PatientTransform {
  const rowOf = (i: 0 | 1 | 2): [number, number, number, number] => {
    const [x, y, z] = linear[i]
    return [x, y, z, centre[i] + shift[i] - (x * centre[0] + y * centre[1] + z * centre[2])]
  }
  return [rowOf(0), rowOf(1), rowOf(2)]
}

/** Turns by three angles in radians: about x first, then y, then z; right-handed. */
export function turnedBy([about, aboutY, aboutZ]: PatientVector): [PatientVector, PatientVector, PatientVector] {
  const [cx, sx, cy, sy] = [Math.cos(about), Math.sin(about), Math.cos(aboutY), Math.sin(aboutY)]
  const [cz, sz] = [Math.cos(aboutZ), Math.sin(aboutZ)]
  return [
    [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
    [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
    [-sy, cy * sx, cy * cx],
  ]
}

/** How much a transform turns, in degrees, its scale and shear left out; 0 to 180. */
export function rotationDegrees([a, b, c]: PatientTransform): number {
  const minor = b[1] * c[2] - b[2] * c[1]
  const determinant = a[0] * minor - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
  const scale = Math.cbrt(Math.abs(determinant)) || 1
  const cosine = ((a[0] + b[1] + c[2]) / scale - 1) / 2
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI
}
