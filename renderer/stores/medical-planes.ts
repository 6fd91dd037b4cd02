import { defineStore } from 'pinia'
import { markRaw, ref, shallowRef } from 'vue'
import type { AppError } from '../../shared/base/app-error.ts'
import type { OpenSequence } from '../../shared/contracts/sequences.ts'
import { useFrameCache } from '../composables/use-frame-cache.ts'
import { coreError, isGivenUp } from '../transport/core-error.ts'
import { createPane, planePaneId, type PaneState } from '../viewers/dicom/pane-state.ts'
import { combine, dot, minus, nearestSlice, type Vector3 } from '../viewers/dicom/patient-space.ts'
import { planeNames } from '../viewers/dicom/plane-names.ts'
import {
  gridSlice,
  planeGrid,
  readVolume,
  volumeCentre,
  withinVolume,
  type PlaneGrid,
  type Volume,
} from '../viewers/dicom/volume.ts'

/** The three planes through a series, and the place where they meet. */
export const usePlanesStore = defineStore('medicalPlanes', () => {
  const cache = useFrameCache()
  const volume = shallowRef<Volume | null>(null)
  const grids = shallowRef<readonly PlaneGrid[]>([])
  /** Part of the series that is read, 0 to 1; null while nothing is read. */
  const progress = ref<number | null>(null)
  const problem = shallowRef<AppError | null>(null)
  /** Where the planes meet. */
  const meeting = shallowRef<Vector3>([0, 0, 0])
  const panes: readonly PaneState[] = markRaw(planeNames.map((_, i) => createPane(planePaneId + i)))
  let reading: AbortController | null = null

  async function open(series: OpenSequence, key: string | null, start: Vector3 | null): Promise<void> {
    if (volume.value?.key === series.handle) return
    close()
    const mine = new AbortController()
    reading = mine
    progress.value = 0
    try {
      const read = await readVolume(cache(), series, (part) => (progress.value = part), mine.signal)
      if (reading !== mine) return
      grids.value = planeNames.map((name) => planeGrid(read, name))
      for (const pane of panes) {
        pane.series = series
        pane.key = key
        pane.view = null
        pane.image = null
      }
      volume.value = markRaw(read)
      moveTo(start ?? volumeCentre(read))
    } catch (error) {
      if (reading === mine && !isGivenUp(error)) problem.value = coreError(error)
    } finally {
      if (reading === mine) progress.value = null
    }
  }

  function close(): void {
    reading?.abort()
    reading = null
    progress.value = null
    problem.value = null
    volume.value = null
    grids.value = []
  }

  /** Lets all planes meet in a place; it stays within the volume's box. */
  function moveTo(point: Vector3): void {
    if (!volume.value) return
    meeting.value = withinVolume(volume.value, point)
    grids.value.forEach((grid, i) => {
      const pane = panes[i]
      if (pane) pane.frame = gridSlice(grid, meeting.value)
    })
  }

  /** Goes to another slice of one plane. */
  function goTo(pane: PaneState, index: number): void {
    const grid = grids.value[pane.id - planePaneId]
    if (!grid) return
    const slice = Math.min(grid.slices - 1, Math.max(0, Math.round(index)))
    const now = dot(minus(meeting.value, grid.corner), grid.normal)
    moveTo(combine([1, meeting.value], [(slice + 0.5) * grid.step - now, grid.normal]))
  }

  /** The acquired slice that is nearest to where the planes meet. */
  function acquiredSlice(series: OpenSequence): number | null {
    const geometry = series.medical?.geometry
    return geometry ? nearestSlice(geometry, meeting.value) : null
  }

  return { volume, grids, progress, problem, meeting, panes, open, close, moveTo, goTo, acquiredSlice }
})
