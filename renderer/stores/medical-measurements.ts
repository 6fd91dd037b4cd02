import { computed, ref, shallowRef } from 'vue'
import type { Measurement } from '../viewers/dicom/measurement.ts'
import type { KeptMedical } from './medical-kept.ts'

type All = KeptMedical['measurements']

/** Steps that can be taken back. */
const historyLength = 100

/**
 * The measurements of all series of a project, with undo and redo.
 * @param onChanged  called after each change
 */
export function medicalMeasurements(onChanged: () => void) {
  const measurements = shallowRef<All>({})
  const selected = ref<string | null>(null)
  const past = shallowRef<readonly All[]>([])
  const future = shallowRef<readonly All[]>([])
  let lastStep: string | null = null

  const of = (key: string | null): readonly Measurement[] => (key !== null && measurements.value[key]) || []

  /** Takes over the measurements of a project that is opened. */
  function restore(kept: All): void {
    measurements.value = kept
    past.value = []
    future.value = []
    selected.value = null
    lastStep = null
  }

  /** Changes the measurements of a series; a change with the same `step` as the one before is taken back together with it. */
  function setMeasurements(key: string, next: readonly Measurement[], step: string | null = null): void {
    if (step === null || step !== lastStep) {
      past.value = [...past.value, measurements.value].slice(-historyLength)
      future.value = []
    }
    lastStep = step
    measurements.value = { ...measurements.value, [key]: [...next] }
    onChanged()
  }

  function undo(): void {
    const before = past.value.at(-1)
    if (!before) return
    future.value = [...future.value, measurements.value]
    past.value = past.value.slice(0, -1)
    take(before)
  }

  function redo(): void {
    const after = future.value.at(-1)
    if (!after) return
    past.value = [...past.value, measurements.value]
    future.value = future.value.slice(0, -1)
    take(after)
  }

  function take(state: All): void {
    measurements.value = state
    lastStep = null
    onChanged()
  }

  function removeMeasurement(key: string, id: string): void {
    const all = of(key)
    if (!all.some((one) => one.id === id)) return
    setMeasurements(
      key,
      all.filter((one) => one.id !== id),
    )
    if (selected.value === id) selected.value = null
  }

  function renameMeasurement(key: string, id: string, name: string): void {
    setMeasurements(
      key,
      of(key).map((one) => (one.id === id ? { ...one, name: name.slice(0, 200) } : one)),
      `name ${id}`,
    )
  }

  return {
    restore,
    /** What the store shows of them. */
    api: {
      measurements,
      selected,
      canUndo: computed(() => past.value.length > 0),
      canRedo: computed(() => future.value.length > 0),
      of,
      setMeasurements,
      removeMeasurement,
      renameMeasurement,
      undo,
      redo,
    },
  }
}
