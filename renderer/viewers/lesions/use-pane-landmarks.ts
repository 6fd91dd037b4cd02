import { computed } from 'vue'
import { useFollowLandmarksStore } from '../../stores/follow-landmarks.ts'
import { useFollowPanesStore } from '../../stores/follow-panes.ts'
import type { PaneState } from '../dicom/pane-state.ts'
import { combine, nearestSlice, toFramePoint, toPatient, type Vector3 } from '../dicom/patient-space.ts'
import { fromPane, toPane } from '../dicom/view-plane.ts'
import type { ShownLandmark } from './paint-landmarks.ts'

/** A landmark is taken hold of within this distance, in pixels of the screen. */
const reach = 10
/** Steps of the arrow keys, in [columns, rows] of the picture. */
const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** Landmarks in a pane: which are on its slice, and how hand and keys set and move them. */
export function usePaneLandmarks(pane: PaneState, frame: () => number | null) {
  const landmarks = useFollowLandmarksStore()
  const panes = useFollowPanesStore()
  const end = computed(() => (landmarks.isOn ? landmarks.endIn(panes.studyOf(pane)) : null))
  const shown = computed<readonly ShownLandmark[]>(() => {
    const geometry = pane.series?.medical?.geometry
    const { value } = end
    if (!geometry || value === null) return []
    return landmarks.pairs.flatMap((pair, index) => {
      const place = pair[value]
      if (!place || nearestSlice(geometry, place) !== frame()) return []
      return [{ index, place, isChosen: index === landmarks.chosen }]
    })
  })

  /** The place of the shown slice at a position of the pane. */
  function placeAt(position: readonly [number, number]): Vector3 | null {
    const { view, image } = pane
    if (!view || !image) return null
    return toPatient(image.plane, toFramePoint(image.plane, fromPane(view, ...position)))
  }
  /** Takes hold of the landmark at a position. @returns whether there is one */
  function grab(position: readonly [number, number]): boolean {
    const { view } = pane
    if (!view || end.value === null) return false
    const distance = (place: Vector3): number => {
      const [x, y] = toPane(view, place)
      return Math.hypot(x - position[0], y - position[1])
    }
    const [nearest] = shown.value
      .filter(({ place }) => distance(place) <= reach)
      .sort((a, b) => distance(a.place) - distance(b.place))
    if (!nearest) return false
    landmarks.chosen = nearest.index
    landmarks.moving = { index: nearest.index, end: end.value, place: nearest.place }
    return true
  }
  function drag(position: readonly [number, number]): void {
    const place = placeAt(position)
    if (landmarks.moving && place) landmarks.moving = { ...landmarks.moving, place }
  }
  /** Lets go; a landmark that was only pointed at stays where it is. */
  function drop(wasMoved: boolean): void {
    const { moving } = landmarks
    landmarks.moving = null
    if (moving && wasMoved) landmarks.moveEnd(moving, moving.place)
  }
  function set(place: Vector3 | null): void {
    if (place) landmarks.set(panes.studyOf(pane), place)
  }

  /** Keys that mean something while landmarks are set. @returns whether this was one */
  function key(event: KeyboardEvent): boolean {
    if (!landmarks.isOn || event.ctrlKey || event.metaKey || event.altKey) return false
    const { view, image } = pane
    if (event.key === 'Enter' && view) {
      set(placeAt([view.width / 2, view.height / 2]))
      return true
    }
    if (event.key === 'Delete' && landmarks.chosen !== null) {
      landmarks.remove(landmarks.chosen)
      return true
    }
    const step = event.shiftKey ? steps[event.key] : undefined
    const { chosen } = landmarks
    const place = chosen === null || end.value === null ? null : landmarks.pairs[chosen]?.[end.value]
    if (!step || !place || !image || chosen === null || end.value === null) return false
    const { right, down, spacing } = image.plane
    const next = combine([1, place], [step[0] * spacing[1], right], [step[1] * spacing[0], down])
    landmarks.moveEnd({ index: chosen, end: end.value }, next, true)
    return true
  }
  return { shown, grab, drag, drop, set, key }
}
