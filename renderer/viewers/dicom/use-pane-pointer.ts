import type { Ref } from 'vue'
import { useMedicalStore, type MedicalTool } from '../../stores/medical.ts'
import { toFramePoint, type FramePoint } from './patient-space.ts'
import type { PaneState } from './pane-state.ts'
import { fromPane, panBy, zoomBy } from './view-plane.ts'

/** What a pane does with a pointer beside the tools themselves. */
export interface PointerActions {
  /** A press of the first button with a measuring tool or `point`; true where it is taken. */
  readonly onPress: (point: FramePoint, event: PointerEvent) => boolean
  readonly onMove: (point: FramePoint | null, event: PointerEvent) => void
  readonly onRelease: (point: FramePoint, event: PointerEvent) => void
  readonly onView: () => void
  /** Goes on by some slices. */
  readonly onScroll: (slices: number) => void
}

/** Pixels of a drag for one slice. */
const pixelsPerSlice = 8
/** Part of the width of a window that one pixel of a drag changes. */
const windowPart = 1 / 250

/** Drags and the wheel on a pane: the first button does what the tool says, the middle one moves, the right one zooms. */
export function usePanePointer(pane: PaneState, element: Readonly<Ref<HTMLElement | null>>, actions: PointerActions) {
  const medical = useMedicalStore()
  let drag: { tool: MedicalTool; x: number; y: number; startX: number; startY: number; rest: number } | null = null
  let wheelRest = 0

  function placeOf(event: MouseEvent): readonly [number, number] {
    const box = element.value?.getBoundingClientRect()
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)]
  }

  function pointAt(event: MouseEvent): FramePoint | null {
    const { view, image } = pane
    return view && image && toFramePoint(image.plane, fromPane(view, ...placeOf(event)))
  }

  function down(event: PointerEvent): void {
    medical.activate(pane)
    if (!pane.view || !element.value) return
    element.value.focus({ preventScroll: true })
    const point = pointAt(event)
    const tool = event.button === 1 ? 'pan' : event.button === 2 ? 'zoom' : medical.tool
    if (event.button === 0 && point && actions.onPress(point, event)) {
      element.value.setPointerCapture(event.pointerId)
      return
    }
    const [startX, startY] = placeOf(event)
    drag = { tool, x: event.clientX, y: event.clientY, startX, startY, rest: 0 }
    element.value.setPointerCapture(event.pointerId)
    event.preventDefault()
  }

  function move(event: PointerEvent): void {
    if (!drag || !pane.view) {
      actions.onMove(pointAt(event), event)
      return
    }
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y]
    if (drag.tool === 'window' && pane.range) {
      const { low, high } = pane.range
      const step = Math.max(Math.abs(high - low), 1e-6) * windowPart * (event.shiftKey ? 0.2 : 1)
      const width = Math.max(Math.abs(high - low) + x * step, step)
      const middle = (low + high) / 2 + y * step
      medical.changeLook(pane, { range: { low: middle - width / 2, high: middle + width / 2 } })
    } else if (drag.tool === 'pan') pane.view = panBy(pane.view, x, y)
    else if (drag.tool === 'zoom') pane.view = zoomBy(pane.view, Math.exp(-y / 150), drag.startX, drag.startY)
    else if (drag.tool === 'scroll') {
      drag.rest += y
      const slices = Math.trunc(drag.rest / pixelsPerSlice)
      drag.rest -= slices * pixelsPerSlice
      if (slices !== 0) actions.onScroll(slices)
    }
    if (drag.tool === 'pan' || drag.tool === 'zoom') actions.onView()
    ;[drag.x, drag.y] = [event.clientX, event.clientY]
    actions.onMove(pointAt(event), event)
  }

  function up(event: PointerEvent): void {
    const point = pointAt(event)
    if (drag) drag = null
    else if (point) actions.onRelease(point, event)
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault()
    medical.activate(pane)
    if (!pane.view) return
    if (event.ctrlKey || event.metaKey) {
      pane.view = zoomBy(pane.view, Math.exp(-event.deltaY / 400), ...placeOf(event))
      actions.onView()
      return
    }
    // A wheel sends about 100 for a notch, a touchpad many small ones.
    wheelRest += event.deltaMode === 0 ? event.deltaY : event.deltaY * 40
    const slices = Math.abs(event.deltaY) >= 50 ? Math.sign(event.deltaY) : Math.trunc(wheelRest / 40)
    if (slices === 0) return
    wheelRest = 0
    actions.onScroll(slices)
  }

  return { down, move, up, wheel, pointAt, isDragging: () => drag !== null }
}
