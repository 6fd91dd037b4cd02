import { computed, shallowRef, type ShallowRef } from 'vue'
import {
  isNoChange,
  labelChangeBetween,
  type LabelChange,
  type LabelSet,
  withChange,
} from '../../shared/domain/label-changes.ts'
import type { LabelClass } from '../../shared/domain/label-collection.ts'

/** One step of undo: what to change to go back, and to go on again. */
interface Step {
  readonly back: LabelChange
  readonly on: LabelChange
  readonly classesBefore: readonly LabelClass[]
  readonly classesAfter: readonly LabelClass[]
}

const undoSteps = 200

/**
 * Undo and redo of labels. Steps hold changes and not states, so that what came from another window meanwhile stays.
 * @param state      the labels, which undo and redo change
 * @param onChanged  called after undo and redo
 */
export function labelHistory(state: ShallowRef<LabelSet>, onChanged: () => void) {
  const past = shallowRef<readonly Step[]>([])
  const future = shallowRef<readonly Step[]>([])

  /** Notes a step that was made. @returns false where nothing differs */
  function record(before: LabelSet, after: LabelSet): boolean {
    const on = labelChangeBetween(before, after)
    if (isNoChange(on) && before.classes === after.classes) return false
    const back = labelChangeBetween(after, before)
    const step = { back, on, classesBefore: before.classes, classesAfter: after.classes }
    past.value = [...past.value, step].slice(-undoSteps)
    future.value = []
    return true
  }

  function undo(): void {
    const step = past.value.at(-1)
    if (!step) return
    past.value = past.value.slice(0, -1)
    future.value = [step, ...future.value]
    state.value = { ...withChange(state.value, step.back), classes: classes(step.classesAfter, step.classesBefore) }
    onChanged()
  }

  function redo(): void {
    const [step, ...rest] = future.value
    if (!step) return
    future.value = rest
    past.value = [...past.value, step]
    state.value = { ...withChange(state.value, step.on), classes: classes(step.classesBefore, step.classesAfter) }
    onChanged()
  }

  /** The classes of a step, with those that came from another window meanwhile. */
  function classes(from: readonly LabelClass[], to: readonly LabelClass[]): readonly LabelClass[] {
    if (from === to) return state.value.classes
    const known = new Set([...from, ...to].map(({ name }) => name))
    return [...to, ...state.value.classes.filter(({ name }) => !known.has(name))]
  }

  function clear(): void {
    past.value = []
    future.value = []
  }

  return {
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    record,
    undo,
    redo,
    clear,
  }
}
