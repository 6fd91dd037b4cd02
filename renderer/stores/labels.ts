import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { Grant } from '../../shared/contracts/files.ts'
import type { LabelFileFormat, ProjectLabels } from '../../shared/contracts/labels.ts'
import {
  countClasses,
  emptyLabelSet,
  isNoChange,
  labelChangeBetween,
  type LabelChange,
  type LabelSet,
  touchedIds,
  withChange,
  withoutIds,
} from '../../shared/domain/label-changes.ts'
import { removeClass, renameClass } from '../../shared/domain/label-classes.ts'
import type { LabelClass, LabelFeature, LabelGeometry } from '../../shared/domain/label-collection.ts'
import { classesOf, type FrameLabel, maskId, sequenceLabelId } from '../../shared/domain/label-frame.ts'
import { type IntervalLabel, placeInterval } from '../../shared/domain/label-intervals.ts'
import { type PaintedFrame, storedMask } from '../../shared/domain/label-mask.ts'
import { classColours } from '../../shared/imaging/class-colours.ts'
import { toHex } from '../../shared/imaging/colour-maps.ts'
import { coreError } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useLookStore } from './look.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** One step of undo: what to change to go back, and to go on again. */
interface Step {
  readonly back: LabelChange
  readonly on: LabelChange
  readonly classesBefore: readonly LabelClass[]
  readonly classesAfter: readonly LabelClass[]
}

const saveAfterMs = 600
const undoSteps = 200

/**
 * The labels of the open data: classes, labels on the map and on frames, undo and redo, saved by themselves. Only what was
 * changed is sent; what another window has changed comes back with the answer.
 */
export const useLabelsStore = defineStore('labels', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const look = useLookStore()
  const state = shallowRef<LabelSet>(emptyLabelSet)
  const past = shallowRef<readonly Step[]>([])
  const future = shallowRef<readonly Step[]>([])
  const elsewhere = shallowRef<Readonly<Record<string, number>>>({})
  const isLoaded = ref(false)
  const saving = ref<'saved' | 'waiting' | 'saving' | 'conflict' | 'failed'>('saved')
  const currentClass = ref<string | null>(null)
  const selected = ref<string | null>(null)
  const hiddenClasses = ref<ReadonlySet<string>>(new Set())
  /** Days a new label holds for; null for all times. */
  const interval = ref<{ from: string | null; to: string | null }>({ from: null, to: null })
  const candidates = shallowRef<readonly Grant[]>([])
  /** The labels as the core has them, at which revision, and whose they are. */
  let saved: LabelSet = emptyLabelSet
  let revision = 0
  let place: { project: string; data: string; sequence?: string } | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastSave: Promise<void> = Promise.resolve()

  const classes = computed(() => state.value.classes)
  const features = computed(() => state.value.features)
  const frames = computed(() => state.value.frames)
  const canUndo = computed(() => past.value.length > 0)
  const canRedo = computed(() => future.value.length > 0)
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

  function take(labels: ProjectLabels): void {
    revision = labels.revision
    saved = { classes: labels.classes, features: labels.collection.features, frames: labels.frames }
    state.value = saved
    elsewhere.value = labels.elsewhere
    saving.value = 'saved'
    isLoaded.value = true
    if (!labels.classes.some(({ name }) => name === currentClass.value))
      currentClass.value = labels.classes[0]?.name ?? null
  }

  function here(): { project: string; data: string; sequence?: string } {
    const id = look.info?.id
    return { ...project.current(), ...(id === undefined ? {} : { sequence: id }) }
  }

  async function load(): Promise<void> {
    isLoaded.value = false
    // It may have been closed while something else was waited for.
    if (!project.project || !project.data) return
    const wanted = here()
    place = wanted
    const loaded = await notices.guard(() => connection.core().labels.load(wanted))
    if (place !== wanted) return
    past.value = []
    future.value = []
    if (loaded) take(loaded)
    const files = (await notices.guard(() => connection.core().labels.candidates(wanted))) ?? []
    if (place === wanted) candidates.value = files
  }

  function clear(): void {
    clearTimeout(timer)
    state.value = emptyLabelSet
    saved = emptyLabelSet
    past.value = []
    future.value = []
    elsewhere.value = {}
    isLoaded.value = false
    selected.value = null
    currentClass.value = null
    candidates.value = []
    place = null
  }

  // Labels of frames are here for all sequences of the data; those on the map are in the units of one.
  watch(
    () => [look.info?.id, look.info?.crs, project.data?.id] as const,
    async ([id, crs, data]) => {
      if (!place || id === undefined || (place.sequence === id && place.data === data)) return
      selected.value = null
      if (place.data === data && !crs && features.value.length === 0) {
        place = here()
        return
      }
      await save()
      await load()
    },
  )

  /** Every change goes through here: it can be undone, and is saved a moment later. */
  function apply(next: Partial<LabelSet>): void {
    if (project.isReadOnly || !isLoaded.value) return
    const [before, after] = [state.value, { ...state.value, ...next }]
    const on = labelChangeBetween(before, after)
    if (isNoChange(on) && before.classes === after.classes) return
    const back = labelChangeBetween(after, before)
    const step = { back, on, classesBefore: before.classes, classesAfter: after.classes }
    past.value = [...past.value, step].slice(-undoSteps)
    future.value = []
    state.value = after
    saveSoon()
  }

  function change(part: Partial<LabelChange>): void {
    apply(withChange(state.value, { features: [], frames: [], remove: [], ...part }))
  }

  function undo(): void {
    const step = past.value.at(-1)
    if (!step) return
    past.value = past.value.slice(0, -1)
    future.value = [step, ...future.value]
    state.value = {
      ...withChange(state.value, step.back),
      classes: classesAfter(step.classesAfter, step.classesBefore),
    }
    saveSoon()
  }

  function redo(): void {
    const [step, ...rest] = future.value
    if (!step) return
    future.value = rest
    past.value = [...past.value, step]
    state.value = { ...withChange(state.value, step.on), classes: classesAfter(step.classesBefore, step.classesAfter) }
    saveSoon()
  }

  /** The classes of a step, with those that came from another window meanwhile. */
  function classesAfter(from: readonly LabelClass[], to: readonly LabelClass[]): readonly LabelClass[] {
    if (from === to) return state.value.classes
    const known = new Set([...from, ...to].map(({ name }) => name))
    return [...to, ...state.value.classes.filter(({ name }) => !known.has(name))]
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

  function toggleClass(name: string): void {
    const next = new Set(hiddenClasses.value)
    if (!next.delete(name)) next.add(name)
    hiddenClasses.value = next
  }

  function allowOverlap(may: boolean): void {
    project.keepView({ labelOverlap: may })
  }

  function saveSoon(): void {
    saving.value = 'waiting'
    clearTimeout(timer)
    timer = setTimeout(() => void save(), saveAfterMs)
  }

  /** Writes the labels now; saves follow one another, so that revisions rise in order. */
  function save(): Promise<void> {
    clearTimeout(timer)
    lastSave = lastSave.then(saveNow)
    return lastSave
  }

  async function saveNow(): Promise<void> {
    if (saving.value === 'saved' || !isLoaded.value || !project.project || !place) return
    const [sent, to] = [state.value, place]
    const sending = labelChangeBetween(saved, sent)
    const isOldClasses = saved.classes === sent.classes
    if (isNoChange(sending) && isOldClasses) {
      saving.value = 'saved'
      return
    }
    saving.value = 'saving'
    try {
      const answer = await connection
        .core()
        .labels.save({ ...to, revision, classes: isOldClasses ? null : [...sent.classes], change: sending })
      if (place !== to) return
      revision = answer.revision
      if (answer.isStale) {
        await load()
        return
      }
      adopt(sent, answer.theirs, answer.classes)
      if (answer.overwritten.length > 0) notices.tell('labels.overwrote', { n: answer.overwritten.length }, 'info')
      if (isNoChange(labelChangeBetween(saved, state.value)) && saved.classes === state.value.classes)
        saving.value = 'saved'
    } catch (error) {
      saving.value = coreError(error).code === 'labels/changed-elsewhere' ? 'conflict' : 'failed'
      notices.fail(error)
    }
  }

  /** Takes over what others have changed, except where something was changed here since it was sent. */
  function adopt(sent: LabelSet, theirs: LabelChange, theirClasses: readonly LabelClass[]): void {
    const isSame = JSON.stringify(theirClasses) === JSON.stringify(sent.classes)
    saved = { ...withChange(sent, theirs), classes: isSame ? sent.classes : theirClasses }
    const ownIds = touchedIds(labelChangeBetween(sent, state.value))
    const kept = state.value.classes === sent.classes ? saved.classes : state.value.classes
    state.value = { ...withChange(state.value, withoutIds(theirs, ownIds)), classes: kept }
    if (!isNoChange(theirs)) notices.tell('labels.merged', { n: touchedIds(theirs).size }, 'info')
  }

  async function importFile(file: string, replace: boolean): Promise<void> {
    await save()
    await notices.guard(async () => {
      const before = state.value
      const result = await connection.core().labels.importFile({ ...here(), file, replace })
      const { features: known, frames: knownFrames } = before
      result.labels.collection.features = withKnown(known, result.labels.collection.features)
      result.labels.frames = withKnown(knownFrames, result.labels.frames)
      take(result.labels)
      const [on, back] = [labelChangeBetween(before, saved), labelChangeBetween(saved, before)]
      const step = { on, back, classesBefore: before.classes, classesAfter: saved.classes }
      past.value = [...past.value, step].slice(-undoSteps)
      future.value = []
      notices.tell(
        'label.imported',
        { added: result.added, skipped: result.skipped },
        result.skipped > 0 ? 'info' : 'good',
      )
    })
  }

  async function exportFile(format: LabelFileFormat) {
    await save()
    return notices.guard(() => connection.core().labels.exportFile({ ...project.current(), format }))
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
    canUndo,
    canRedo,
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
    load,
    clear,
    undo,
    redo,
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
    toggleClass,
    allowOverlap,
    save,
    importFile,
    exportFile,
  }
})

/** The labels, with those that have not changed as the objects that are known: then a step of undo holds only what is new. */
function withKnown<L extends { readonly id: string }>(known: readonly L[], labels: readonly L[]): L[] {
  const byId = new Map(known.map((label) => [label.id, label]))
  return labels.map((label) => {
    const before = byId.get(label.id)
    return before && JSON.stringify(before) === JSON.stringify(label) ? before : label
  })
}

/** Whether a label is seen while some classes are hidden; a painted frame is, and hides their pixels. */
export function isShown(label: FrameLabel, hidden: ReadonlySet<string>): boolean {
  return label.kind === 'mask' || !classesOf(label).every((name) => hidden.has(name))
}
