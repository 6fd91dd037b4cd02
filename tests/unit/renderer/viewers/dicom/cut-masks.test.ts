import { describe, expect, test } from 'vitest'
import { cutMask, markedWindow, maskStack } from '../../../../../renderer/viewers/dicom/cut-masks.ts'
import { preparedOverlay } from '../../../../../renderer/viewers/dicom/prepared-overlay.ts'
import { middleOf, overlayStacks, paintedStacks } from '../../../../../renderer/viewers/dicom/shown-masks.ts'
import {
  combine,
  minus,
  toFramePoint,
  toPatient,
  type Vector3,
} from '../../../../../renderer/viewers/dicom/patient-space.ts'
import { gridPlane, gridSlice, planeGrid, type VolumeBox } from '../../../../../renderer/viewers/dicom/volume.ts'
import type { FrameLabelOf } from '../../../../../shared/domain/label-frame.ts'
import { countPixels, hasPixel, type PixelSet } from '../../../../../shared/domain/label-pixels.ts'
import { maskToText } from '../../../../../shared/domain/label-rle.ts'

const [columns, rows, slices] = [9, 7, 5]
/** Cut obliquely: a sagittal series turned by 30 degrees around the axis from right to left, with three different spacings. */
const [cosine, sine] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]
const box: VolumeBox = {
  size: [columns, rows, slices],
  origin: [4, -20, 33],
  axes: [
    [0, cosine, sine],
    [0, sine, -cosine],
    [-1, 0, 0],
  ],
  spacing: [0.8, 1.1, 2.5],
}
const voxelPlace = (i: number, j: number, k: number): Vector3 =>
  combine([1, box.origin], [i * 0.8, box.axes[0]], [j * 1.1, box.axes[1]], [k * 2.5, box.axes[2]])

/** Voxels of one frame as a window. */
function marks(...voxels: readonly (readonly [column: number, row: number])[]): PixelSet {
  const bits = new Uint8Array(columns * rows)
  for (const [column, row] of voxels) bits[row * columns + column] = 1
  return markedWindow(bits, columns, rows)
}

/** Whether the nearest of all voxels is marked; false outside of the block, null between two that are as near. */
function nearestMark(
  voxels: readonly { readonly place: Vector3; readonly isMarked: boolean }[],
  place: Vector3,
): boolean | null {
  let [best, second] = [Infinity, Infinity]
  let nearest: (typeof voxels)[number] | undefined
  for (const voxel of voxels) {
    const from = (voxel.place[0] - place[0]) ** 2 + (voxel.place[1] - place[1]) ** 2 + (voxel.place[2] - place[2]) ** 2
    if (from < best) [second, best, nearest] = [best, from, voxel]
    else if (from < second) second = from
  }
  const [dx, dy, dz] = minus(place, nearest?.place ?? place)
  const isOutside = box.axes.some(
    ([x, y, z], i) => Math.abs(x * dx + y * dy + z * dz) > (box.spacing[i] ?? 0) / 2 + 1e-9,
  )
  if (isOutside) return false
  return second - best < 1e-9 ? null : (nearest?.isMarked ?? null)
}

describe('masks in the planes of an oblique series', () => {
  test('a voxel is seen in all three planes at the place that was worked out by hand', () => {
    // x: 4 - 3 * 2.5; y: -20 + 6 * 0.8 * cos 30 + 2 * 1.1 * sin 30; z: 33 + 6 * 0.8 * sin 30 - 2 * 1.1 * cos 30.
    const byHand: Vector3 = [-3.5, -14.743078, 33.494744]
    const stack = maskStack([[3, marks([6, 2])]], slices, false)
    for (const name of ['axial', 'coronal', 'sagittal'] as const) {
      const grid = planeGrid(box, name)
      const plane = gridPlane(grid, gridSlice(grid, byHand))
      const cut = cutMask(box, stack, plane)
      const [column, row] = toFramePoint(plane, byHand)
      expect(hasPixel(cut, Math.floor(column), Math.floor(row)), name).toBe(true)
      // Not seen two voxels away, in any direction.
      const away = gridPlane(grid, gridSlice(grid, byHand) + (name === 'sagittal' ? 4 : 3))
      expect(countPixels(cutMask(box, stack, away)), name).toBe(0)
    }
  })

  test.each([false, true])(
    'every pixel of every plane takes the voxel whose middle is nearest (slices counted backwards: %s)',
    (isReversed) => {
      const marked = new Map<number, PixelSet>([
        [1, marks([6, 2], [7, 2], [7, 3], [0, 6])],
        [2, marks([7, 2])],
        [4, marks([8, 6], [0, 0])],
      ])
      const stack = maskStack(marked, slices, isReversed)
      const voxels = Array.from({ length: columns * rows * slices }, (_, at) => {
        const [i, j, k] = [at % columns, Math.floor(at / columns) % rows, Math.floor(at / columns / rows)] as const
        const window = marked.get(isReversed ? slices - 1 - k : k)
        return { place: voxelPlace(i, j, k), isMarked: window ? hasPixel(window, i, j) : false }
      })
      let seen = 0
      for (const name of ['axial', 'coronal', 'sagittal'] as const) {
        const grid = planeGrid(box, name)
        for (let slice = 0; slice < grid.slices; slice++) {
          const plane = gridPlane(grid, slice)
          const cut = cutMask(box, stack, plane)
          for (let row = 0; row < plane.height; row++)
            for (let column = 0; column < plane.width; column++) {
              const place = toPatient(plane, [column + 0.5, row + 0.5])
              const expected = nearestMark(voxels, place)
              if (expected) seen++
              if (expected !== null && hasPixel(cut, column, row) !== expected)
                expect({ name, slice, row, column }).toBe(expected)
            }
        }
      }
      expect(seen).toBeGreaterThan(20)
    },
  )

  test('nothing is marked where nothing lies', () => {
    expect(maskStack([[0, marks()]], slices, false).bounds).toBeNull()
    expect(countPixels(cutMask(box, maskStack([], slices, false), gridPlane(planeGrid(box, 'axial'), 0)))).toBe(0)
  })
})

describe('what lies over a series', () => {
  const counts = (...voxels: readonly (readonly [number, number])[]): string => {
    const bits = new Uint8Array(columns * rows)
    for (const [column, row] of voxels) bits[row * columns + column] = 1
    return maskToText(bits, rows, columns)
  }

  test('segments that lie over each other stay apart', () => {
    const segment = { number: 1, label: 'a', kind: '', colour: null, voxels: 1, volumeMl: null, frame: 1 }
    const prepared = preparedOverlay({
      kind: 'segmentation',
      height: rows,
      width: columns,
      segments: [segment, { ...segment, number: 2, label: 'b' }],
      frames: [
        {
          frame: 1,
          layers: [
            { segment: 0, counts: counts([2, 3]) },
            { segment: 1, counts: counts([2, 3], [3, 3]) },
          ],
        },
        { frame: 4, layers: [{ segment: 1, counts: counts([5, 0]) }] },
      ],
      report: null,
      warnings: [],
    })
    const [a, b] = overlayStacks(prepared, slices, true)
    expect(a?.bounds).toEqual({ first: [2, 3, 3], last: [2, 3, 3] })
    expect(b?.bounds).toEqual({ first: [2, 0, 0], last: [5, 3, 3] })
  })

  test('painted classes are gathered from all frames', () => {
    const mask = (frame: number, layers: { label: string; counts: string }[]): FrameLabelOf<'mask'> => ({
      ...{ kind: 'mask', id: String(frame), sequence: 's', frame, height: rows, width: columns, layers },
    })
    const stacks = paintedStacks(
      [
        mask(0, [{ label: 'node', counts: counts([1, 1]) }]),
        mask(2, [{ label: 'lesion', counts: counts([4, 4]) }, { label: 'node', counts: counts([1, 2]) }]), // prettier-ignore
      ],
      slices,
      false,
    )
    expect([...stacks].map(([name, { bounds }]) => [name, bounds])).toEqual([
      ['node', { first: [1, 1, 0], last: [1, 2, 2] }],
      ['lesion', { first: [4, 4, 2], last: [4, 4, 2] }],
    ])
  })

  test('the middle of a ring is a pixel of the ring', () => {
    expect(middleOf(marks([1, 1], [1, 2], [1, 3], [3, 1], [3, 2], [3, 3], [2, 1]))).toEqual([2.5, 1.5])
    expect(middleOf(marks())).toBeNull()
  })
})
