import { computed, shallowRef } from 'vue'
import { useCurvesStore } from '../../stores/curves.ts'
import { useMedicalStore } from '../../stores/medical.ts'
import { measurementKinds, type Measurement, type MeasurementKind } from './measurement.ts'
import { movePoint, movePoints, pointsToSet, shapePoints, tidyStroke } from './measurement-edit.ts'
import { toFramePoint, type FramePoint } from './patient-space.ts'
import { cutOf, type PaneState } from './pane-state.ts'

/** Screen pixels that tell a drag from a click. */
const dragThreshold = 4

/** Drawing and changing the measurements of a pane's slice: by dragging, by clicking point after point, or by keys. */
export function useMeasuring(pane: PaneState) {
  const medical = useMedicalStore()
  const curves = useCurvesStore()
  /** The shape that is being drawn; not yet one of the series. */
  const draft = shallowRef<Measurement | null>(null)
  let set: FramePoint[] = []
  let pressedAt: readonly [number, number] = [0, 0]
  let hold: { id: string; index: number | null; last: FramePoint; step: string } | null = null

  const all = computed(() => medical.of(pane.key))
  const cut = cutOf(pane)
  const place = () => ({ frame: pane.frame, ...(cut ? { cut } : {}) })
  const onSlice = computed(() => all.value.filter((one) => one.frame === pane.frame && one.cut === cut))
  const spacing = (): readonly [number, number] => pane.image?.plane.spacing ?? [1, 1]
  const isMeasuring = (): boolean => (measurementKinds as readonly string[]).includes(medical.tool)

  function preview(kind: MeasurementKind, last: FramePoint): void {
    const points = kind === 'freehand' ? set : [...set, last]
    draft.value = { id: 'draft', kind, ...place(), name: '', points: shapePoints(kind, points, spacing()) }
  }

  function press(point: FramePoint, event: PointerEvent): boolean {
    pressedAt = [event.clientX, event.clientY]
    if (medical.tool === 'point') {
      const [column, row] = point.map(Math.floor) as [number, number]
      const { image } = pane
      if (pane.id === 0 && image && column >= 0 && row >= 0 && column < image.plane.width && row < image.plane.height)
        void curves.pin(column, row, row, column)
      return true
    }
    if (!isMeasuring() || !pane.image) return false
    medical.selected = null
    set.push(point)
    preview(medical.tool as MeasurementKind, point)
    return true
  }

  function move(point: FramePoint | null): void {
    if (!point) return
    if (hold) {
      change(hold.id, hold.index, point, hold.last, hold.step)
      hold.last = point
      return
    }
    const { value } = draft
    if (!value) return
    if (value.kind === 'freehand') set.push(point)
    preview(value.kind, point)
  }

  function release(point: FramePoint, event: PointerEvent): void {
    if (hold) {
      hold = null
      return
    }
    const { value } = draft
    if (!value) return
    const isDrag = Math.hypot(event.clientX - pressedAt[0], event.clientY - pressedAt[1]) >= dragThreshold
    if (value.kind === 'freehand') {
      finish(tidyStroke(set), set.length > 4)
      return
    }
    // Pressed, dragged and let go sets two points at once; clicks set one after the other.
    if (isDrag) set.push(point)
    if (set.length >= pointsToSet(value.kind))
      finish(shapePoints(value.kind, set.slice(0, pointsToSet(value.kind)), spacing()), true)
  }

  function finish(points: Measurement['points'], isWhole: boolean): void {
    const { value } = draft
    cancel()
    if (!value || !isWhole || points.length < 2) return
    add({ ...value, points })
  }

  function add(shape: Measurement): void {
    const { key } = pane
    if (key === null) return
    const id = crypto.randomUUID()
    medical.setMeasurements(key, [...all.value, { ...shape, id, points: shape.points.map(roundPoint) }])
    medical.selected = id
  }

  function cancel(): boolean {
    const had = draft.value !== null
    draft.value = null
    set = []
    return had
  }

  /** Takes hold of a point of a measurement, or of all of it. */
  function grab(id: string, index: number | null, point: FramePoint): void {
    medical.selected = id
    hold = { id, index, last: point, step: `drag ${id} ${performance.now()}` }
  }

  function change(id: string, index: number | null, to: FramePoint, from: FramePoint, step: string): void {
    const { key } = pane
    if (key === null) return
    medical.setMeasurements(
      key,
      all.value.map((one) =>
        one.id === id
          ? {
              ...one,
              points: (index === null
                ? movePoints(one.points, to[0] - from[0], to[1] - from[1])
                : movePoint(one, index, to, spacing())
              ).map(roundPoint),
            }
          : one,
      ),
      step,
    )
  }

  /** Moves a point, or the whole, by keys. */
  function nudge(one: Measurement, index: number | null, columns: number, rows: number): void {
    const from = one.points[index ?? 0]
    if (from) change(one.id, index, [from[0] + columns, from[1] + rows], from, `nudge ${one.id} ${index}`)
  }

  /** Puts a shape of the chosen kind into the middle of what is seen, to be moved by keys. */
  function addByKey(): boolean {
    const { image, view } = pane
    if (!image || !view || !isMeasuring()) return false
    const kind = medical.tool as MeasurementKind
    const [column, row] = toFramePoint(image.plane, view.centre)
    const reach = (0.12 * Math.min(view.width, view.height)) / view.scale
    const [across, along] = [reach / image.plane.spacing[1], reach / image.plane.spacing[0]]
    const corners: FramePoint[] =
      kind === 'angle'
        ? [
            [column - across, row],
            [column, row],
            [column, row - along],
          ]
        : kind === 'freehand'
          ? [
              [column - across, row - along],
              [column + across, row - along],
              [column + across, row + along],
              [column - across, row + along],
            ]
          : kind === 'rectangle' || kind === 'ellipse'
            ? [
                [column - across, row - along],
                [column + across, row + along],
              ]
            : [
                [column - across, row],
                [column + across, row],
              ]
    add({ id: '', kind, ...place(), name: '', points: shapePoints(kind, corners, spacing()) })
    return true
  }

  return { draft, all, onSlice, press, move, release, cancel, grab, nudge, addByKey, isHolding: () => hold !== null }
}

function roundPoint([column, row]: readonly [number, number]): [number, number] {
  return [Math.round(column * 1000) / 1000, Math.round(row * 1000) / 1000]
}
