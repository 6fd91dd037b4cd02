import { describe, expect, test } from 'vitest'
import { intoSight } from '../../../../../renderer/viewers/frame-view.ts'
import {
  fitView,
  frameBox,
  paneFrameView,
  panBy,
  zoomAt,
  type PaneView,
} from '../../../../../renderer/viewers/video/pane-view.ts'

const pane = { width: 800, height: 600 }
/** A frame of 720 x 576 pixels that are 16:15 as wide as tall: 768 x 576 to the eye. */
const frame = { width: 720, height: 576, pixelAspect: 16 / 15 }
const nowhere = (): void => undefined

describe('the view of a frame whose pixels are not square', () => {
  test('is as wide as its pixels ask for', () => {
    const box = frameBox(fitView(frame, pane), frame, pane)
    expect(box.width / box.height).toBeCloseTo(768 / 576, 10)
    expect(box.height).toBeCloseTo(600, 10)
    const narrow = frameBox(fitView(frame, { width: 384, height: 600 }), frame, { width: 384, height: 600 })
    expect([narrow.width, narrow.height]).toEqual([384, 288])
  })

  test('has both directions between stage and frame agree', () => {
    const view: PaneView = { scale: 2.5, column: 300, row: 200 }
    const both = paneFrameView(view, frame, pane, nowhere)
    expect(both.toStage(300, 200)).toEqual([400, 300])
    const [x, y] = both.toStage(301, 201)
    expect(x - 400).toBeCloseTo((2.5 * 16) / 15, 10)
    expect(y - 300).toBeCloseTo(2.5, 10)
    const [column, row] = both.toFrame(x, y) ?? []
    expect(column).toBeCloseTo(301, 10)
    expect(row).toBeCloseTo(201, 10)
  })

  test('keeps what lies under the pointer when it is enlarged, and follows it when it is dragged', () => {
    const view = fitView(frame, pane)
    const place = paneFrameView(view, frame, pane, nowhere).toFrame(120, 450)
    const near = zoomAt(view, 3, [120, 450], frame, pane)
    const [x, y] = paneFrameView(near, frame, pane, nowhere).toStage(place?.[0] ?? 0, place?.[1] ?? 0)
    expect(x).toBeCloseTo(120, 8)
    expect(y).toBeCloseTo(450, 8)
    const moved = paneFrameView(panBy(near, 10, -20, frame), frame, pane, nowhere)
    const [movedX, movedY] = moved.toStage(place?.[0] ?? 0, place?.[1] ?? 0)
    expect(movedX).toBeCloseTo(130, 8)
    expect(movedY).toBeCloseTo(430, 8)
  })
})

describe('bringing a place into sight', () => {
  const square = { width: 400, height: 300, pixelAspect: 1 }
  const enlarged: PaneView = { scale: 10, column: 200, row: 150 } // Sees columns 160 to 240 and rows 120 to 180.

  test('leaves alone what is in sight', () => {
    expect(intoSight(paneFrameView(enlarged, square, pane, nowhere), [200.5, 150.5], pane)).toEqual([0, 0])
  })

  test.each([
    ['to the left', [150.5, 150.5]],
    ['to the right', [260.5, 150.5]],
    ['above', [200.5, 100.5]],
    ['below and right', [245.5, 190.5]],
  ] as const)('moves the picture just so far that a place %s is seen with room around it', (_, place) => {
    let view = enlarged
    const before = paneFrameView(view, square, pane, (next) => (view = next))
    before.panBy(...intoSight(before, place, pane))
    const after = paneFrameView(view, square, pane, nowhere)
    const [x, y] = after.toStage(...place)
    for (const [at, length] of [
      [x, 800],
      [y, 600],
    ] as const) {
      // prettier-ignore
      expect(at).toBeGreaterThanOrEqual(48 - 1e-9)
      expect(at).toBeLessThanOrEqual(length - 48 + 1e-9)
    }
    expect(intoSight(after, place, pane).every((shift) => Math.abs(shift) < 1e-9)).toBe(true)
  })
})
