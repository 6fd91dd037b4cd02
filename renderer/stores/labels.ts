import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { z } from 'zod'
import {
  countClasses,
  emptyLabelSet,
  type LabelChange,
  type LabelSet,
  withChange,
} from '../../shared/domain/label-changes.ts'
import { removeClass, renameClass } from '../../shared/domain/label-classes.ts'
import type { LabelFeature, LabelGeometry } from '../../shared/domain/label-collection.ts'
import { classesOf, type FrameLabel, maskId, sequenceLabelId } from '../../shared/domain/label-frame.ts'
import { type IntervalLabel, placeInterval } from '../../shared/domain/label-intervals.ts'
import { type PaintedFrame, storedMask } from '../../shared/domain/label-mask.ts'
import { classColours } from '../../shared/imaging/class-colours.ts'
import { toHex } from '../../shared/imaging/colour-maps.ts'
import { keepInProject } from './keep-state.ts'
import { labelHistory } from './label-history.ts'
import { labelSync } from './label-sync.ts'
import { useLookStore } from './look.ts'
import { useProjectStore } from './project.ts'

const keptSchema = z.object({ currentClass: z.string().nullable(), hidden: z.array(z.string()).max(10_000) })

/** The labels of the open data: classes, labels on the map and on frames; with undo and redo, and saved by themselves. */
export const useLabelsStore = defineStore('labels', () => {
  const project = useProjectStore()
  const look = useLookStore()
  const state = shallowRef<LabelSet>(emptyLabelSet)
  const currentClass = ref<string | null>(null)
  const selected = ref<string | null>(null)
  const hiddenClasses = ref<ReadonlySet<string>>(new Set())
  /** Days a new label holds for; null for all times. */
  const interval = ref<{ from: string | null; to: string | null }>({ from: null, to: null })
  const history = labelHistory(state, () => sync.saveSoon())
  const sync = labelSync(state, history, {
    onTaken: ({ classes: taken }) => {
      if (!taken.some(({ name }) => name === currentClass.value)) currentClass.value = taken[0]?.name ?? null
    },
    onOther: () => (selected.value = null),
  })
  const { isLoaded, saving, elsewhere, candidates } = sync

  keepInProject('labelling', keptSchema, {
    read: () => ({ currentClass: currentClass.value, hidden: [...hiddenClasses.value] }),
    write: (kept) => {
      currentClass.value = kept?.currentClass ?? null
      hiddenClasses.value = new Set(kept?.hidden)
    },
  })

  const classes = computed(() => state.value.classes)
  const features = computed(() => state.value.features)
  const frames = computed(() => state.value.frames)
  const colours = computed(() => new Map(classes.value.map(({ name, colour }) => [name, colour])))
  /** Labels of each class in the whole project. */
  const counts = computed(() => {
    const result = countClasses(state.value)
    for (const [name, count] of Object.entries(elsewhere.value)) result.set(name, (result.get(name) ?? 0) + count)
    return result
  })
  const total = computed(() => [...counts.value.values()].reduce((sum, count) => sum + count, 0))
  /** Id of the sequence that is shown. */
  const sequence = computed(() => look.info?.id ?? null)
  /** Id of the data that the labels belong to. */
  const data = computed(() => project.data?.id ?? null)
  /** Labels of the sequence that is shown. */
  const framesHere = computed(() => frames.value.filter((label) => label.sequence === sequence.value))
  const countsHere = computed(() => countClasses({ features: features.value, frames: framesHere.value }))
  const intervals = computed(() =>
    framesHere.value.filter((label): label is IntervalLabel => label.kind === 'interval'),
  )
  const sequenceLabel = computed(() => framesHere.value.find(({ kind }) => kind === 'sequence') ?? null)
  /** Whole-sequence classes by sequence. */
  const sequenceClasses = computed(
    () => new Map(frames.value.flatMap((label) => (label.kind === 'sequence' ? [[label.sequence, label.label]] : []))),
  )
  const selectedFeature = computed(() => features.value.find(({ id }) => id === selected.value) ?? null)
  const selectedFrameLabel = computed(() => framesHere.value.find(({ id }) => id === selected.value) ?? null)
  const mayOverlap = computed(() => project.view['labelOverlap'] === true)

  /** Every change goes through here: it can be undone, and is saved a moment later. */
  function apply(next: Partial<LabelSet>): void {
    if (project.isReadOnly || !isLoaded.value) return
    const after = { ...state.value, ...next }
    if (!history.record(state.value, after)) return
    state.value = after
    sync.saveSoon()
  }

  function change(part: Partial<LabelChange>): void {
    apply(withChange(state.value, { features: [], frames: [], remove: [], ...part }))
  }

  function clear(): void {
    sync.clear()
    selected.value = null
  }

  function addClass(name: string): void {
    const clean = name.trim()
    if (clean === '' || classes.value.some((one) => one.name === clean)) return
    // The first colour of the palette that no class has yet.
    const used = new Set(classes.value.map(({ colour }) => colour))
    const palette = classColours(classes.value.length + 16).map(toHex)
    const colour = palette.find((candidate) => !used.has(candidate)) ?? '#888888'
    apply({ classes: [...classes.value, { name: clean, colour }] })
    currentClass.value = clean
  }

  /** Gives a class another name; one that is taken joins the two classes. */
  function rename(from: string, to: string): void {
    const clean = to.trim()
    if (clean === '' || clean === from) return
    apply(renameClass(state.value, from, clean))
    if (currentClass.value === from) currentClass.value = clean
  }

  function recolour(name: string, colour: string): void {
    apply({ classes: classes.value.map((one) => (one.name === name ? { ...one, colour } : one)) })
  }

  /** Removes a class and its labels. */
  function dropClass(name: string): void {
    apply(removeClass(state.value, name))
    if (currentClass.value === name) currentClass.value = classes.value[0]?.name ?? null
  }

  /** Adds a label of the current class on the map; its id. Null when there is no class to give it. */
  function add(geometry: LabelGeometry): string | null {
    if (currentClass.value === null) return null
    const id = crypto.randomUUID()
    const properties = { label: currentClass.value, ...interval.value }
    change({ features: [{ type: 'Feature', id, geometry, properties }] })
    selected.value = id
    return id
  }

  function move(id: string, geometry: LabelGeometry): void {
    const known = features.value.find((feature) => feature.id === id)
    if (known) change({ features: [{ ...known, geometry }] })
  }

  function edit(id: string, part: Partial<LabelFeature['properties']>): void {
    const known = features.value.find((feature) => feature.id === id)
    if (known) change({ features: [{ ...known, properties: { ...known.properties, ...part } }] })
  }

  /** Changes and removes several labels on the map in one step. */
  function replaceFeatures(changed: readonly LabelFeature[], removed: readonly string[]): void {
    change({ features: [...changed], remove: [...removed] })
    if (selected.value !== null && removed.includes(selected.value)) selected.value = null
  }

  function remove(id: string): void {
    change({ remove: [id] })
    if (selected.value === id) selected.value = null
  }

  /** Puts a label of a frame or sequence in the place of the one with its id, or adds it. */
  function setFrameLabel(label: FrameLabel): void {
    change({ frames: [label] })
  }

  /** Gives the whole sequence a class; null takes it away. */
  function classifySequence(of: string, label: string | null): void {
    const id = sequenceLabelId(of)
    if (label === null) remove(id)
    else setFrameLabel({ kind: 'sequence', id, sequence: of, label })
  }

  /** Adds an interval or changes one; others give way as the project wants it. */
  function setInterval(given: Omit<IntervalLabel, 'id' | 'kind'> & { readonly id?: string }): string {
    const made: IntervalLabel = { ...given, kind: 'interval', id: given.id ?? crypto.randomUUID() }
    const { set, remove: gone } = placeInterval(intervals.value, made, mayOverlap.value, () => crypto.randomUUID())
    change({ frames: [...set], remove: [...gone] })
    selected.value = made.id
    return made.id
  }

  /** Sets what is painted on a frame. */
  function paint(of: string, frame: number, painted: PaintedFrame): void {
    const mask = storedMask(of, frame, painted)
    change(mask ? { frames: [mask] } : { remove: [maskId(of, frame)] })
  }

  /** Sets what is painted on several frames, in one step of undo. */
  function paintFrames(of: string, all: readonly { readonly frame: number; readonly painted: PaintedFrame }[]): void {
    const masks = all.map(({ frame, painted }) => ({ frame, mask: storedMask(of, frame, painted) }))
    change({
      frames: masks.flatMap(({ mask }) => (mask ? [mask] : [])),
      remove: masks.flatMap(({ frame, mask }) => (mask ? [] : [maskId(of, frame)])),
    })
  }

  function toggleClass(name: string): void {
    const next = new Set(hiddenClasses.value)
    if (!next.delete(name)) next.add(name)
    hiddenClasses.value = next
  }

  function allowOverlap(may: boolean): void {
    project.keepView({ labelOverlap: may })
  }

  /** How many labels a class has in this data and in the project's other data. */
  function countOf(name: string): { here: number; project: number } {
    return { here: countsHere.value.get(name) ?? 0, project: counts.value.get(name) ?? 0 }
  }

  return {
    classes,
    features,
    frames,
    framesHere,
    intervals,
    data,
    sequence,
    sequenceLabel,
    sequenceClasses,
    colours,
    counts,
    countsHere,
    countOf,
    total,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    saving,
    isLoaded,
    currentClass,
    selected,
    selectedFeature,
    selectedFrameLabel,
    hiddenClasses,
    interval,
    mayOverlap,
    candidates,
    load: sync.load,
    clear,
    undo: history.undo,
    redo: history.redo,
    addClass,
    renameClass: rename,
    recolour,
    removeClass: dropClass,
    add,
    move,
    edit,
    replaceFeatures,
    remove,
    setFrameLabel,
    classifySequence,
    setInterval,
    paint,
    paintFrames,
    toggleClass,
    allowOverlap,
    save: sync.save,
    importFile: sync.importFile,
    exportFile: sync.exportFile,
  }
})

/** Whether a label is seen while some classes are hidden; a painted frame is, and hides their pixels. */
export function isShown(label: FrameLabel, hidden: ReadonlySet<string>): boolean {
  return label.kind === 'mask' || !classesOf(label).every((name) => hidden.has(name))
}
