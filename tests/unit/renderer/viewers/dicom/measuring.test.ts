import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test } from 'vitest'
import { useMedicalStore, type MedicalTool } from '../../../../../renderer/stores/medical.ts'
import { measuredNumbers } from '../../../../../renderer/viewers/dicom/measurement.ts'
import { measuredPlane, measuredPosition } from '../../../../../renderer/viewers/dicom/measured-slice.ts'
import { createPane, planePaneId, showIn, type PaneState } from '../../../../../renderer/viewers/dicom/pane-state.ts'
import { cutLine, framePlane, toFramePoint, toPatient } from '../../../../../renderer/viewers/dicom/patient-space.ts'
import { useMeasuring } from '../../../../../renderer/viewers/dicom/use-measuring.ts'
import { fitView } from '../../../../../renderer/viewers/dicom/view-plane.ts'
import { cutVolume, gridPlane, planeGrid, volumeBox } from '../../../../../renderer/viewers/dicom/volume.ts'
import type { OpenSequence } from '../../../../../shared/contracts/sequences.ts'

type Vector = [number, number, number]

/** A series of axial slices 3 mm apart, or of coronal ones, with pixels of 2 × 1 mm; only what places need. */
function series(frames: number, options: { from?: number; space?: string; isCoronal?: boolean } = {}): OpenSequence {
  const { from = 0, space = 'space', isCoronal = false } = options
  const orientation: [Vector, Vector] = isCoronal
    ? [
        [1, 0, 0],
        [0, 0, -1],
      ]
    : [
        [1, 0, 0],
        [0, 1, 0],
      ]
  const positions = Array.from({ length: frames }, (_, i): Vector => (isCoronal ? [0, 3 * i + from, 30] : [0, 0, 3 * i + from])) // prettier-ignore
  const geometry = { orientation, positions, pixelSpacing: [2, 1], isVolume: true, frameSpacing: 3, frameOfReference: space } // prettier-ignore
  return {
    handle: `${space} ${frames} ${from} ${isCoronal}`,
    info: { frames, height: 20, width: 24, dtype: 'int16', bands: ['value'], name: 'series' },
    composite: [0, 0, 0],
    medical: { geometry, units: 'HU', series: { description: '' } },
  } as unknown as OpenSequence
}

/** A pane that shows a slice as the stage does. */
function showSlice(pane: PaneState, of: OpenSequence, frame: number): void {
  pane.series = of
  pane.frame = frame
  const plane = framePlane(of.medical, of.info, frame)
  const values = Float32Array.from({ length: plane.width * plane.height }, (_, i) => i % plane.width)
  showIn(pane, { key: `${of.handle}/${frame}`, values, bands: 1, plane }, fitView(plane, { width: 240, height: 400 }))
}

const at = (clientX: number, clientY: number): PointerEvent => ({ clientX, clientY }) as PointerEvent

beforeEach(() => setActivePinia(createPinia()))

/** A pane of the series `s` in which a tool is in hand. */
function paneWith(tool: MedicalTool): { pane: PaneState; medical: ReturnType<typeof useMedicalStore> } {
  const medical = useMedicalStore()
  const pane = createPane(0)
  pane.key = 's'
  showSlice(pane, series(11), 4)
  medical.tool = tool
  return { pane, medical }
}

describe('measuring by hand', () => {
  test('draws a freehand outline in one stroke, and knows the values inside', () => {
    const { pane, medical } = paneWith('freehand')
    const measuring = useMeasuring(pane)
    const ring = [
      [4, 4],
      [10, 4],
      [10, 8],
      [7, 8],
      [4, 8],
    ] as const
    measuring.press([...ring[0]], at(40, 40))
    for (const point of ring.slice(1)) measuring.move([...point])
    measuring.release([4, 8], at(40, 80))
    const [one] = medical.of('s')
    expect(one).toMatchObject({ kind: 'freehand', frame: 4 })
    expect(one?.points).toHaveLength(5)
    const { image } = pane
    if (!one || !image) throw new Error('Nothing was drawn.')
    const { area, region } = measuredNumbers(one, image.plane, image.values)
    // 6 columns of 1 mm, 4 rows of 2 mm; the columns hold 4 to 9.
    expect([area, region?.pixels, region?.mean, region?.minimum, region?.maximum]).toEqual([48, 24, 6.5, 4, 9])
  })

  test('leaves no outline after a mere click', () => {
    const { pane, medical } = paneWith('freehand')
    const measuring = useMeasuring(pane)
    measuring.press([4, 4], at(40, 40))
    measuring.release([4, 4], at(40, 40))
    expect([medical.of('s'), measuring.draft.value]).toEqual([[], null])
  })

  test('draws an arrow from its tip to its tail, by dragging and by two clicks', () => {
    const { pane, medical } = paneWith('arrow')
    const measuring = useMeasuring(pane)
    measuring.press([3, 3], at(30, 30))
    measuring.move([9, 5])
    measuring.release([9, 5], at(90, 50))
    for (const [point, event] of [
      [[6, 7], at(60, 70)],
      [[1, 2], at(10, 20)],
    ] as const) {
      measuring.press([...point], event)
      measuring.release([...point], event)
    }
    expect(medical.of('s').map(({ kind, points }) => [kind, points])).toEqual([
      ['arrow', [[3, 3], [9, 5]]],
      ['arrow', [[6, 7], [1, 2]]],
    ]) // prettier-ignore
    expect(measuredNumbers(medical.of('s')[0] ?? ({} as never), pane.image?.plane ?? ({} as never), null)).toEqual({
      length: null,
      shortLength: null,
      degrees: null,
      area: null,
      region: null,
    })
  })

  test('takes all of a drag back in one step', () => {
    const { pane, medical } = paneWith('length')
    const measuring = useMeasuring(pane)
    measuring.press([3, 3], at(30, 30))
    measuring.release([9, 3], at(90, 30))
    const [one] = medical.of('s')
    measuring.grab(one?.id ?? '', 1, [9, 3])
    measuring.move([10, 3])
    measuring.move([12, 6])
    measuring.release([12, 6], at(120, 60))
    expect(medical.of('s')[0]?.points).toEqual([[3, 3], [12, 6]]) // prettier-ignore
    medical.undo()
    expect(medical.of('s')[0]?.points).toEqual([[3, 3], [9, 3]]) // prettier-ignore
  })
})

describe('measuring in a cut plane', () => {
  const of = series(11)
  const { box } = volumeBox(of)
  const grid = planeGrid(box, 'coronal')
  const plane = gridPlane(grid, 20)
  // Values rise by 10 with each mm towards the head.
  const values = Float32Array.from({ length: 24 * 20 * 11 }, (_, i) => 30 * Math.floor(i / (24 * 20)))
  const volume = { key: of.handle, values, ...box }

  test('is in mm of the patient, whatever the spacing of slices is', () => {
    const medical = useMedicalStore()
    const pane = createPane(planePaneId + 1)
    Object.assign(pane, { key: 's', series: of, frame: 20 })
    showIn(
      pane,
      { key: 'cut', values: cutVolume(volume, plane), bands: 1, plane },
      fitView(plane, { width: 300, height: 300 }),
    )
    medical.tool = 'length'
    const measuring = useMeasuring(pane)
    // From 6 mm to 24 mm above the first slice, and 8 mm to the side.
    const [from, to] = [toFramePoint(plane, [4, 20.5, 6]), toFramePoint(plane, [12, 20.5, 24])]
    measuring.press(from, at(0, 0))
    measuring.release(to, at(50, 90))
    const [one] = medical.of('s')
    expect(one).toMatchObject({ kind: 'length', cut: 'coronal', frame: 20 })
    if (!one) return
    expect(measuredNumbers(one, measuredPlane(of, one), null).length).toBeCloseTo(Math.hypot(8, 18), 2)
    expect(measuredPosition(of, one)).toBeCloseTo(plane.origin[1], 9)
    expect(measuring.onSlice.value).toHaveLength(1)
    pane.frame = 21
    expect(useMeasuring(pane).onSlice.value).toEqual([])
  })

  test('is not seen on the acquired slice of the same number', () => {
    const medical = useMedicalStore()
    medical.setMeasurements('s', [{ id: 'a', kind: 'length', frame: 4, cut: 'coronal', name: '', points: [[1, 1], [2, 2]] }]) // prettier-ignore
    const pane = createPane(0)
    pane.key = 's'
    showSlice(pane, of, 4)
    expect(useMeasuring(pane).onSlice.value).toEqual([])
  })

  test('tells the values between the slices', () => {
    const [left, top] = toFramePoint(plane, [5, 20.5, 24.5])
    const [right, bottom] = toFramePoint(plane, [15, 20.5, 5.5])
    const region = measuredNumbers({ kind: 'rectangle', points: [[left, top], [right, bottom]] }, plane, cutVolume(volume, plane)).region // prettier-ignore
    // Middles of pixels from 6 to 24 mm, though slices lie only at every third of them.
    expect([region?.mean, region?.minimum, region?.maximum].map((n) => n?.toFixed(3))).toEqual([
      '150.000',
      '60.000',
      '240.000',
    ])
  })
})

describe('panes that follow each other', () => {
  function two(first: OpenSequence, second: OpenSequence) {
    const medical = useMedicalStore()
    medical.layout = 'two'
    const [a, b] = medical.panes
    if (!a || !b) throw new Error('no panes')
    medical.show(a, first, 0, 'a')
    medical.show(b, second, 0, 'b')
    return { medical, a, b }
  }

  test('go to the slice at the same place in the patient, not to the one of the same number', () => {
    const { medical, a, b } = two(series(11), series(30, { from: -30 }))
    medical.goTo(a, 5)
    // Slice 5 lies at 15 mm; the other series begins at -30 mm.
    expect(b.frame).toBe(15)
    medical.goTo(b, 12)
    expect(a.frame).toBe(2)
  })

  test('go by the part of the way through where they share no coordinates', () => {
    const { medical, a, b } = two(series(11), series(30, { from: -30, space: 'another' }))
    medical.goTo(a, 5)
    expect(b.frame).toBe(Math.round((5 / 10) * 29))
  })

  test('do not follow slices that are cut another way, or when they are not linked', () => {
    const crossing = two(series(11), series(10, { isCoronal: true }))
    crossing.medical.goTo(crossing.a, 5)
    expect(crossing.b.frame).toBe(0)
    setActivePinia(createPinia())
    const free = two(series(11), series(30))
    free.medical.links = { ...free.medical.links, scroll: false }
    free.medical.goTo(free.a, 5)
    expect(free.b.frame).toBe(0)
  })

  test('go to a place that is pointed at, each on its nearest slice', () => {
    const { medical, a, b } = two(series(11), series(10, { isCoronal: true }))
    showSlice(a, a.series ?? series(11), 5)
    medical.goToPlace(a, toPatient(a.image?.plane ?? ({} as never), [10.5, 6.5]))
    // Row 6 lies 12 mm to the back: the fifth coronal slice.
    expect(b.frame).toBe(4)
  })

  test('show where the slice that is worked on cuts the other one', () => {
    const [axial, coronal] = [series(11), series(10, { isCoronal: true })]
    const [on, of] = [framePlane(coronal.medical, coronal.info, 4), framePlane(axial.medical, axial.info, 5)]
    const line = cutLine(of, on)
    if (!line) throw new Error('They do not meet.')
    const ends = line.map((end) => toFramePoint(on, end))
    // The axial slice at 15 mm is a row of the coronal one, across its whole width.
    expect(ends.map(([column]) => column).sort((x, y) => x - y)).toEqual([0, 24])
    expect(ends.map(([, row]) => row)).toEqual([8, 8])
    expect(cutLine(framePlane(axial.medical, axial.info, 4), of)).toBeNull()
  })
})
