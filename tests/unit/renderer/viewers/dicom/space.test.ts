import { describe, expect, test } from 'vitest'
import {
  areParallel,
  combine,
  cutLine,
  directionLetters,
  dot,
  framePlane,
  nearestSlice,
  toFramePoint,
  toPatient,
  whyNoPlanes,
  type Vector3,
} from '../../../../../renderer/viewers/dicom/patient-space.ts'
import {
  fitView,
  flip,
  frameTransform,
  fromPane,
  onFrame,
  panBy,
  resized,
  rotateBy,
  scaleBar,
  toPane,
  zoomBy,
} from '../../../../../renderer/viewers/dicom/view-plane.ts'
import type { FrameGeometry } from '../../../../../shared/domain/medical-image.ts'
import reference from './reference/measurements.json' with { type: 'json' }

const [rightX, rightY, rightZ, downX, downY, downZ] = reference.orientation as [
  number,
  number,
  number,
  number,
  number,
  number,
]
const right: Vector3 = [rightX, rightY, rightZ]
const down: Vector3 = [downX, downY, downZ]
const normal: Vector3 = [
  rightY * downZ - rightZ * downY,
  rightZ * downX - rightX * downZ,
  rightX * downY - rightY * downX,
]
const first = reference.position as [number, number, number]
/** The tilted sagittal series of the reference, with frames 0.9 mm apart and anisotropic pixels. */
const geometry: FrameGeometry = {
  orientation: [[...right], [...down]],
  positions: [0, 1, 2, 3].map((i) => [...combine([1, first], [0.9 * i, normal])]),
  pixelSpacing: [0.8, 0.4],
  isVolume: true,
  frameSpacing: 0.9,
  frameOfReference: 'a',
}
const size = { height: 100, width: 60 }
const plane = framePlane({ geometry, pixelSpacing: null }, size, 1)

describe('places on a frame and in the patient', () => {
  test('the middle of a pixel lies where pydicom and numpy put it', () => {
    const real = framePlane(
      {
        geometry: { ...geometry, positions: [first], pixelSpacing: reference.spacing as [number, number] },
        pixelSpacing: null,
      },
      { height: reference.rows, width: reference.columns },
      0,
    )
    const { column, row, place } = reference.pixel
    toPatient(real, [column + 0.5, row + 0.5]).forEach((part, axis) => expect(part).toBeCloseTo(place[axis] ?? NaN, 9))
  })

  test('come back', () => {
    const [column, row] = toFramePoint(plane, toPatient(plane, [12.25, 70.75]))
    // The stored directions are unit vectors and at right angles to about 1e-7.
    expect(column).toBeCloseTo(12.25, 4)
    expect(row).toBeCloseTo(70.75, 4)
  })

  test('without a place in the patient are in calibrated mm, or in pixels', () => {
    expect(framePlane({ geometry: null, pixelSpacing: [0.3, 0.2] }, size, 5)).toMatchObject({
      spacing: [0.3, 0.2],
      isCalibrated: true,
      isInPatient: false,
    })
    expect(framePlane(null, size, 0)).toMatchObject({ spacing: [1, 1], isCalibrated: false })
  })
})

describe('orientation marks', () => {
  test.each([
    [[1, 0, 0], 'L'],
    [[-1, 0, 0], 'R'],
    [[0, 1, 0], 'P'],
    [[0, -1, 0], 'A'],
    [[0, 0, 1], 'H'],
    [[0, 0, -1], 'F'],
    [[0.6, -0.8, 0], 'AL'],
    [[0.1, 0.7, -0.7], 'PF'],
    [[-0.5, 0.55, 0.67], 'HPR'],
  ] as const)('direction %j is %s', (direction, letters) => expect(directionLetters(direction)).toBe(letters))

  test('of the tilted sagittal series name the tilt', () => {
    expect([directionLetters(right), directionLetters(down)]).toEqual(['PH', 'FP'])
  })
})

describe('slices', () => {
  test('the nearest to a place is found along the normal', () => {
    expect(nearestSlice(geometry, toPatient(framePlane({ geometry, pixelSpacing: null }, size, 2), [50, 3]))).toBe(2)
  })

  test('of two series are followed only in one coordinate system and cut alike', () => {
    expect(areParallel(geometry, { ...geometry })).toBe(true)
    expect(areParallel(geometry, { ...geometry, frameOfReference: 'b' })).toBe(false)
    expect(areParallel({ ...geometry, frameOfReference: null }, { ...geometry, frameOfReference: null })).toBe(false)
    expect(areParallel(geometry, { ...geometry, orientation: [[...down], [...normal]] })).toBe(false)
  })

  test('say why other planes cannot be cut', () => {
    expect(whyNoPlanes({ geometry }, 4, 1)).toBeNull()
    expect(whyNoPlanes({ geometry }, 1, 1)).toBe('single')
    expect(whyNoPlanes({ geometry: { ...geometry, isVolume: false } }, 4, 1)).toBe('uneven')
    expect(whyNoPlanes({ geometry: null }, 4, 1)).toBe('place')
    expect(whyNoPlanes({ geometry }, 4, 3)).toBe('colour')
  })

  test('cut each other in a line whose ends lie in both planes', () => {
    const other = { ...plane, right: normal, down, origin: toPatient(plane, [30, 0]) }
    const line = cutLine(plane, other)
    expect(line).not.toBeNull()
    for (const end of line ?? []) {
      expect(toFramePoint(plane, end)[0]).toBeCloseTo(30, 4)
      expect(dot(combine([1, end], [-1, plane.origin]), normal)).toBeCloseTo(0, 4)
    }
    expect(cutLine(plane, { ...plane, origin: combine([1, plane.origin], [5, normal]) })).toBeNull()
  })
})

describe('views', () => {
  const pane = { width: 300, height: 200 }
  const view = fitView(plane, pane)

  test('show the whole frame in the middle, rows from left to right', () => {
    // 24 x 80 mm into 300 x 200 pixels: the height decides.
    expect(view.scale).toBeCloseTo((0.97 * 200) / 80, 9)
    const [x, y] = toPane(view, toPatient(plane, [0, 0]))
    expect([x, y].map((n) => n.toFixed(3))).toEqual([
      (150 - 12 * view.scale).toFixed(3),
      (100 - 40 * view.scale).toFixed(3),
    ])
  })

  test.each([
    ['moved', panBy(view, 13, -7)],
    ['enlarged', zoomBy(view, 3.5, 20, 40)],
    ['turned', rotateBy(view, 37)],
    ['mirrored', flip(rotateBy(view, 90), 'horizontal')],
    ['resized', resized(view, { width: 150, height: 150 })],
  ])('%s keep places and their positions together', (_, changed) => {
    const [x, y] = toPane(changed, fromPane(changed, 33, 44))
    expect([x, y].map((n) => n.toFixed(6))).toEqual(['33.000000', '44.000000'])
    const [a, b, c, d, e, f] = frameTransform(changed, plane)
    const [x2, y2] = toPane(changed, toPatient(plane, [7, 9]))
    expect(a * 7 + c * 9 + e).toBeCloseTo(x2, 6)
    expect(b * 7 + d * 9 + f).toBeCloseTo(y2, 6)
  })

  test('of a whole frame stay so when the pane changes its size and back, turned or not', () => {
    const turned = rotateBy(onFrame(view, plane), 180)
    const narrow = resized(turned, { width: 90, height: 200 }, plane)
    expect(narrow.scale).toBeCloseTo(Math.min((0.97 * 90) / 24, (0.97 * 200) / 80), 9)
    expect(narrow.up).toEqual(turned.up)
    expect(resized(narrow, pane, plane).scale).toBe(view.scale)
    const near = zoomBy(view, 3, 10, 10)
    expect(resized(resized(near, { width: 90, height: 200 }, plane), pane, plane).scale).toBeCloseTo(near.scale, 9)
  })

  test('enlarge around the pointer', () => {
    const spot = fromPane(view, 210, 30)
    const [x, y] = toPane(zoomBy(view, 4, 210, 30), spot)
    expect(x).toBeCloseTo(210, 9)
    expect(y).toBeCloseTo(30, 9)
  })

  test('turned clockwise by 90 degrees show the first column on top', () => {
    const turned = rotateBy(view, 90)
    const middle = toPane(turned, toPatient(plane, [30, 50]))
    const firstColumn = toPane(turned, toPatient(plane, [0, 50]))
    expect(firstColumn[0]).toBeCloseTo(middle[0], 4)
    expect(firstColumn[1]).toBeLessThan(middle[1])
  })

  test('keep zoom and place on the next slice', () => {
    const moved = zoomBy(panBy(view, 20, 10), 2)
    const next = onFrame(moved, framePlane({ geometry, pixelSpacing: null }, size, 2))
    const [before, after] = [moved, next].map((of) => toPane(of, toPatient(plane, [10, 10])))
    expect(after?.[0]).toBeCloseTo(before?.[0] ?? NaN, 4)
    expect(after?.[1]).toBeCloseTo(before?.[1] ?? NaN, 4)
    expect(dot(combine([1, next.centre], [-1, moved.centre]), normal)).toBeCloseTo(0.9, 6)
  })

  test('have a scale bar of a round length that is as long as it says', () => {
    const { length, pixels } = scaleBar(view, 100)
    expect(length).toBe(20)
    expect(pixels).toBeCloseTo(20 * view.scale, 9)
    expect(pixels).toBeLessThanOrEqual(100)
  })
})
