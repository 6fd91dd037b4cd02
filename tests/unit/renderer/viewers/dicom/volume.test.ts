import { describe, expect, test } from 'vitest'
import { differenceOf, whyNoDifference } from '../../../../../renderer/viewers/dicom/compare-slices.ts'
import type { SliceImage } from '../../../../../renderer/viewers/dicom/painter.ts'
import {
  combine,
  cross,
  dot,
  minus,
  toPatient,
  type Vector3,
} from '../../../../../renderer/viewers/dicom/patient-space.ts'
import {
  cutVolume,
  gridPlane,
  gridSlice,
  planeGrid,
  toVoxel,
  volumeCentre,
  withinVolume,
  type Volume,
} from '../../../../../renderer/viewers/dicom/volume.ts'

/** A tilted system: turned by 30 degrees around x, then its axes as a sagittal series has them. */
const [cosine, sine] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]
const axes: readonly [Vector3, Vector3, Vector3] = [
  [0, cosine, sine],
  [0, sine, -cosine],
  [-1, 0, 0],
]
/** Any linear function of the place in the patient is kept exactly between voxels. */
const field = ([x, y, z]: Vector3): number => 3 * x - 2 * y + 0.5 * z + 7
const size = [9, 7, 5] as const
const spacing: Vector3 = [0.8, 1.1, 2.5]
const origin: Vector3 = [4, -20, 33]

function makeVolume(): Volume {
  const values = new Float32Array(size[0] * size[1] * size[2])
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++)
        values[(k * size[1] + j) * size[0] + i] = field(
          combine([1, origin], [i * spacing[0], axes[0]], [j * spacing[1], axes[1]], [k * spacing[2], axes[2]]),
        )
  return { key: 'v', values, size, origin, axes, spacing }
}
const volume = makeVolume()

describe('planes through a tilted volume with three different spacings', () => {
  test.each(['axial', 'coronal', 'sagittal'] as const)('%s slices hold the values of their places', (name) => {
    const grid = planeGrid(volume, name)
    let compared = 0
    for (let slice = 0; slice < grid.slices; slice++) {
      const plane = gridPlane(grid, slice)
      const values = cutVolume(volume, plane)
      for (let row = 0; row < plane.height; row++)
        for (let column = 0; column < plane.width; column++) {
          const place = toPatient(plane, [column + 0.5, row + 0.5])
          const voxel = toVoxel(volume, place)
          const isBetween = voxel.every((at, axis) => at >= 0 && at <= (size[axis] ?? 0) - 1)
          const value = values[row * plane.width + column] ?? NaN
          if (isBetween) {
            compared++
            // float32 of values up to 100.
            expect(Math.abs(value - field(place))).toBeLessThan(1e-4)
          } else if (voxel.some((at, axis) => at < -0.51 || at > (size[axis] ?? 0) - 0.49)) expect(value).toBeNaN()
        }
    }
    expect(compared).toBeGreaterThan(100)
  })

  test.each(['axial', 'coronal', 'sagittal'] as const)(
    '%s slices cover the whole volume, at true distances',
    (name) => {
      const grid = planeGrid(volume, name)
      expect(grid.step).toBe(0.8)
      const [first, next] = [gridPlane(grid, 0), gridPlane(grid, 1)]
      expect(dot(minus(next.origin, first.origin), grid.normal)).toBeCloseTo(0.8, 12)
      expect(Math.hypot(...minus(toPatient(first, [10, 0]), toPatient(first, [0, 0])))).toBeCloseTo(8, 12)
      expect(Math.hypot(...minus(toPatient(first, [0, 5]), toPatient(first, [0, 0])))).toBeCloseTo(4, 12)
      const last = combine(
        [1, origin],
        ...axes.map((axis, i) => [((size[i] ?? 1) - 1) * (spacing[i] ?? 1), axis] as const),
      )
      for (const corner of [origin, last]) {
        const at = gridSlice(grid, corner)
        expect(Math.abs(dot(minus(gridPlane(grid, at).origin, corner), grid.normal))).toBeLessThanOrEqual(0.4 + 1e-9)
      }
    },
  )

  test('meet within the volume, wherever a person points', () => {
    const far = withinVolume(volume, [500, 0, -900])
    toVoxel(volume, far).forEach((at, axis) => {
      expect(at).toBeGreaterThanOrEqual(-1e-9)
      expect(at).toBeLessThanOrEqual((size[axis] ?? 0) - 1 + 1e-9)
    })
    const centre = volumeCentre(volume)
    withinVolume(volume, centre).forEach((part, axis) => expect(part).toBeCloseTo(centre[axis] ?? NaN, 9))
    expect(toVoxel(volume, centre).map((at) => at.toFixed(6))).toEqual(['4.000000', '3.000000', '2.000000'])
  })
})

describe('the difference of two slices', () => {
  const plane = gridPlane(planeGrid(volume, 'axial'), 0)
  const image = (key: string, values: number[], bands: 1 | 3 = 1): SliceImage => ({
    key,
    values: Float32Array.from(values),
    bands,
    plane: { ...plane, width: 2, height: 1 },
  })

  test('is the second minus the first, and nothing where either has no value', () => {
    const { values, key } = differenceOf(image('a', [1, NaN]), image('b', [5, 2]))
    expect([...values]).toEqual([4, NaN])
    expect(key).toBe('b-a')
  })

  test('needs one grid and grey values', () => {
    const other = { ...image('b', [1]), plane: { ...plane, width: 1, height: 1 } }
    expect(whyNoDifference(image('a', [1, 2]), image('b', [1, 2]), true)).toBeNull()
    expect(whyNoDifference(image('a', [1, 2]), other, true)).toBe('otherGrid')
    expect(whyNoDifference(image('a', [1, 2, 3, 4, 5, 6], 3), image('b', [1, 2]), true)).toBe('colour')
  })

  test('needs pixels of one size', () => {
    const [a, b] = [image('a', [1, 2]), image('b', [1, 2])]
    const [row, column] = b.plane.spacing
    const larger = { ...b, plane: { ...b.plane, spacing: [row, column * 1.01] as const } }
    expect(whyNoDifference(a, larger, false)).toBe('otherGrid')
    expect(whyNoDifference(a, { ...larger, plane: { ...larger.plane, isCalibrated: false } }, false)).toBeNull()
  })

  test('needs slices that lie behind each other, where both are in one coordinate system', () => {
    const [a, b] = [image('a', [1, 2]), image('b', [1, 2])]
    const moved = (by: number, direction: Vector3): SliceImage => ({
      ...b,
      plane: { ...b.plane, origin: combine([1, b.plane.origin], [by, direction]) },
    })
    const normal = cross(b.plane.right, b.plane.down)
    expect(whyNoDifference(a, moved(12, normal), true)).toBeNull()
    expect(whyNoDifference(a, moved(b.plane.spacing[1], b.plane.right), true)).toBe('otherPlace')
    expect(whyNoDifference(a, moved(b.plane.spacing[1], b.plane.right), false)).toBeNull()
    const mirrored = { ...b, plane: { ...b.plane, right: combine([-1, b.plane.right]) } }
    expect(whyNoDifference(a, mirrored, true)).toBe('otherPlace')
  })
})
