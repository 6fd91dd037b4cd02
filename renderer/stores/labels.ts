import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Grant } from '../../shared/contracts/files.ts'
import type { ProjectLabels } from '../../shared/contracts/labels.ts'
import type { LabelClass, LabelFeature, LabelGeometry } from '../../shared/domain/label-collection.ts'
import { classColours } from '../../shared/imaging/class-colours.ts'
import { toHex } from '../../shared/imaging/colour-maps.ts'
import { coreError } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** All labels at one moment; never changed in place, so a step of undo is one reference. */
interface LabelState {
  readonly classes: readonly LabelClass[]
  readonly features: readonly LabelFeature[]
}

const saveAfterMs = 900
const undoSteps = 200

/** The labels of the project: classes, points and areas with their time, undo and redo, saved by themselves. */
export const useLabelsStore = defineStore('labels', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const state = shallowRef<LabelState>({ classes: [], features: [] })
  const past = shallowRef<readonly LabelState[]>([])
  const future = shallowRef<readonly LabelState[]>([])
  const revision = ref(0)
  const isLoaded = ref(false)
  const saving = ref<'saved' | 'waiting' | 'saving' | 'conflict' | 'failed'>('saved')
  const currentClass = ref<string | null>(null)
  const selected = ref<string | null>(null)
  const hiddenClasses = ref<ReadonlySet<string>>(new Set())
  /** Days a new label holds for; null for all times. */
  const interval = ref<{ from: string | null; to: string | null }>({ from: null, to: null })
  const candidates = shallowRef<readonly Grant[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastSave: Promise<void> = Promise.resolve()

  const classes = computed(() => state.value.classes)
  const features = computed(() => state.value.features)
  const canUndo = computed(() => past.value.length > 0)
  const canRedo = computed(() => future.value.length > 0)
  const colours = computed(() => new Map(classes.value.map(({ name, colour }) => [name, colour])))
  const counts = computed(() => {
    const result = new Map<string, number>()
    for (const { properties } of features.value) result.set(properties.label, (result.get(properties.label) ?? 0) + 1)
    return result
  })
  const selectedFeature = computed(() => features.value.find(({ id }) => id === selected.value) ?? null)

  function take(labels: ProjectLabels): void {
    revision.value = labels.revision
    state.value = { classes: labels.classes, features: labels.collection.features }
    past.value = []
    future.value = []
    saving.value = 'saved'
    isLoaded.value = true
    if (!labels.classes.some(({ name }) => name === currentClass.value))
      currentClass.value = labels.classes[0]?.name ?? null
  }

  async function load(): Promise<void> {
    isLoaded.value = false
    const loaded = await notices.guard(() => connection.core().labels.load(project.current()))
    if (loaded) take(loaded)
    candidates.value = (await notices.guard(() => connection.core().labels.candidates(project.current()))) ?? []
  }

  function clear(): void {
    clearTimeout(timer)
    state.value = { classes: [], features: [] }
    past.value = []
    future.value = []
    isLoaded.value = false
    selected.value = null
    currentClass.value = null
    candidates.value = []
  }

  /** Every change goes through here: it can be undone, and is saved a moment later. */
  function apply(next: Partial<LabelState>): void {
    if (project.isReadOnly) return
    past.value = [...past.value, state.value].slice(-undoSteps)
    future.value = []
    state.value = { ...state.value, ...next }
    saveSoon()
  }

  function undo(): void {
    const before = past.value.at(-1)
    if (!before) return
    future.value = [state.value, ...future.value]
    past.value = past.value.slice(0, -1)
    state.value = before
    saveSoon()
  }

  function redo(): void {
    const [after, ...rest] = future.value
    if (!after) return
    past.value = [...past.value, state.value]
    future.value = rest
    state.value = after
    saveSoon()
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

  function renameClass(from: string, to: string): void {
    const clean = to.trim()
    if (clean === '' || clean === from || classes.value.some(({ name }) => name === clean)) return
    apply({
      classes: classes.value.map((one) => (one.name === from ? { ...one, name: clean } : one)),
      features: features.value.map((feature) =>
        feature.properties.label === from ? withProperties(feature, { label: clean }) : feature,
      ),
    })
    if (currentClass.value === from) currentClass.value = clean
  }

  function recolour(name: string, colour: string): void {
    apply({ classes: classes.value.map((one) => (one.name === name ? { ...one, colour } : one)) })
  }

  /** Removes a class and its labels. */
  function removeClass(name: string): void {
    apply({
      classes: classes.value.filter((one) => one.name !== name),
      features: features.value.filter(({ properties }) => properties.label !== name),
    })
    if (currentClass.value === name) currentClass.value = classes.value[0]?.name ?? null
  }

  /** Adds a label of the current class; its id. Null when there is no class to give it. */
  function add(geometry: LabelGeometry): string | null {
    if (currentClass.value === null) return null
    const id = crypto.randomUUID()
    const properties = { label: currentClass.value, ...interval.value }
    apply({ features: [...features.value, { type: 'Feature', id, geometry, properties }] })
    selected.value = id
    return id
  }

  function move(id: string, geometry: LabelGeometry): void {
    apply({ features: features.value.map((feature) => (feature.id === id ? { ...feature, geometry } : feature)) })
  }

  function edit(id: string, part: Partial<LabelFeature['properties']>): void {
    apply({ features: features.value.map((feature) => (feature.id === id ? withProperties(feature, part) : feature)) })
  }

  function remove(id: string): void {
    apply({ features: features.value.filter((feature) => feature.id !== id) })
    if (selected.value === id) selected.value = null
  }

  function toggleClass(name: string): void {
    const next = new Set(hiddenClasses.value)
    if (!next.delete(name)) next.add(name)
    hiddenClasses.value = next
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
    if (saving.value === 'saved' || !isLoaded.value || !project.project) return
    saving.value = 'saving'
    const saved = state.value
    try {
      const answer = await connection.core().labels.save({
        ...project.current(),
        revision: revision.value,
        classes: [...saved.classes],
        collection: { type: 'FeatureCollection', features: [...saved.features] },
      })
      revision.value = answer.revision
      if (state.value === saved) saving.value = 'saved'
    } catch (error) {
      saving.value = coreError(error).code === 'labels/changed-elsewhere' ? 'conflict' : 'failed'
      notices.fail(error)
    }
  }

  async function importFile(file: string, replace: boolean): Promise<void> {
    await save()
    await notices.guard(async () => {
      const result = await connection.core().labels.importFile({ ...project.current(), file, replace })
      take(result.labels)
      notices.tell(
        'label.imported',
        { added: result.added, skipped: result.skipped },
        result.skipped > 0 ? 'info' : 'good',
      )
    })
  }

  async function exportFile(format: 'csv' | 'geojson') {
    await save()
    return notices.guard(() => connection.core().labels.exportFile({ ...project.current(), format }))
  }

  return {
    classes,
    features,
    colours,
    counts,
    canUndo,
    canRedo,
    saving,
    isLoaded,
    currentClass,
    selected,
    selectedFeature,
    hiddenClasses,
    interval,
    candidates,
    load,
    clear,
    undo,
    redo,
    addClass,
    renameClass,
    recolour,
    removeClass,
    add,
    move,
    edit,
    remove,
    toggleClass,
    save,
    importFile,
    exportFile,
  }
})

function withProperties(feature: LabelFeature, part: Partial<LabelFeature['properties']>): LabelFeature {
  return { ...feature, properties: { ...feature.properties, ...part } }
}
