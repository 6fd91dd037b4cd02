import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import type { OpenSequence } from '../../shared/contracts/sequences.ts'
import { measurementSchema, type Measurement, type MeasurementKind } from '../viewers/dicom/measurement.ts'
import { createPane, lookOf, planePaneId, sliceLookSchema, type PaneState } from '../viewers/dicom/pane-state.ts'
import { areParallel, framePlane, nearestSlice, toPatient, type Vector3 } from '../viewers/dicom/patient-space.ts'
import type { SliceLook } from '../viewers/dicom/paint-slice.ts'
import { useConnectionStore } from './connection.ts'
import { useLookStore } from './look.ts'
import { usePlanesStore } from './medical-planes.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'
import { useSequencesStore } from './sequences.ts'

/** What a drag of the first mouse button does. */
export type MedicalTool = 'window' | 'pan' | 'zoom' | 'scroll' | 'crosshair' | 'point' | MeasurementKind
/** How the stage is divided; `planes` are three orthogonal cuts through one series. */
export type MedicalLayout = 'one' | 'two' | 'four' | 'planes'
/** Which texts lie on the picture; `anonymous` leaves out who it is. */
export type PictureTexts = 'all' | 'anonymous' | 'none'
/** What draws the slices. */
export type Graphics = 'automatic' | 'card' | 'processor'

const keptSchema = z.object({
  texts: z.enum(['all', 'anonymous', 'none']).catch('all'),
  layout: z.enum(['one', 'two', 'four', 'planes']).catch('one'),
  links: z.object({ scroll: z.boolean(), window: z.boolean(), view: z.boolean() }).catch({
    scroll: true,
    window: false,
    view: false,
  }),
  graphics: z.enum(['automatic', 'card', 'processor']).catch('automatic'),
  looks: z.record(z.string(), sliceLookSchema).catch({}),
  measurements: z.record(z.string(), z.array(measurementSchema).max(2000)).catch({}),
})
type Kept = z.infer<typeof keptSchema>

/** Steps that can be taken back. */
const historyLength = 100
export const paneCount: Readonly<Record<MedicalLayout, number>> = { one: 1, two: 2, four: 4, planes: 1 }

/** How medical images are looked at, and what was measured on them. */
export const useMedicalStore = defineStore('medical', () => {
  const connection = useConnectionStore()
  const look = useLookStore()
  const notices = useNoticesStore()
  const planes = usePlanesStore()
  const project = useProjectStore()
  const sequences = useSequencesStore()
  const tool = ref<MedicalTool>('window')
  const layout = ref<MedicalLayout>('one')
  const texts = ref<PictureTexts>('all')
  const links = ref({ scroll: true, window: false, view: false })
  const graphics = ref<Graphics>('automatic')
  /** How the first pane shows a second slice beside its own: under a curtain, or as the difference. */
  const compareMode = ref<'swipe' | 'difference'>('swipe')
  /** The second slice is of another series, the one of the second pane; else of the same one, `look.compareFrame`. */
  const comparesPane = ref(false)
  const curtain = ref(0.5)
  /** The first pane always shows the sequence of the look store; the others what was put into them. */
  const panes: readonly PaneState[] = markRaw([0, 1, 2, 3].map(createPane))
  const activeIndex = ref(0)
  /** The pane that buttons and keys work on: one of these, or a plane. */
  const activePlane = shallowRef<PaneState | null>(null)
  const active = computed(
    () => (layout.value === 'planes' && activePlane.value) || (panes[activeIndex.value] ?? panes[0] ?? createPane(0)),
  )
  const shownPanes = computed(() => panes.slice(0, paneCount[layout.value]))

  const looks = shallowRef<Kept['looks']>({})
  const measurements = shallowRef<Kept['measurements']>({})
  const selected = ref<string | null>(null)
  const past = shallowRef<readonly Kept['measurements'][]>([])
  const future = shallowRef<readonly Kept['measurements'][]>([])
  const canUndo = computed(() => past.value.length > 0)
  const canRedo = computed(() => future.value.length > 0)

  function keep(): void {
    project.keepView({
      medical: {
        texts: texts.value,
        layout: layout.value,
        links: { ...links.value },
        graphics: graphics.value,
        looks: looks.value,
        measurements: measurements.value,
      },
    })
  }

  function restore(): void {
    const kept = keptSchema.safeParse(project.view['medical'] ?? {})
    const found = kept.success ? kept.data : keptSchema.parse({})
    texts.value = found.texts
    layout.value = found.layout
    links.value = found.links
    graphics.value = found.graphics
    looks.value = found.looks
    measurements.value = found.measurements
    past.value = []
    future.value = []
    selected.value = null
  }
  watch(() => project.project?.id ?? null, restore, { immediate: true })
  watch([texts, layout, graphics, links], keep, { deep: true })
  watch(layout, (now, before) => {
    // In the planes a press goes to a place, unless it moves the picture; a window can still be chosen.
    if (now === 'planes' && !['pan', 'zoom', 'scroll'].includes(tool.value)) tool.value = 'crosshair'
    else if (before === 'planes' && tool.value === 'crosshair') tool.value = 'window'
  })
  watch(layout, () => (activeIndex.value = Math.min(activeIndex.value, paneCount[layout.value] - 1)))

  /** Says which pane buttons and keys work on. */
  function activate(pane: PaneState): void {
    if (pane.id >= planePaneId) activePlane.value = pane
    else {
      activePlane.value = null
      activeIndex.value = pane.id
    }
  }

  /** Puts a series into a pane; how it was looked at before comes back. */
  function show(pane: PaneState, series: OpenSequence | null, frame = 0, key: string | null = null): void {
    const kept = key === null ? undefined : looks.value[key]
    pane.key = series && key
    pane.image = null
    pane.view = null
    pane.series = series
    pane.frame = frame
    pane.range = kept?.range ?? null
    pane.colourMap = kept?.colourMap ?? 'grey'
    pane.isInverted = kept?.isInverted ?? series?.medical?.isInverted ?? false
    pane.isSmooth = kept?.isSmooth ?? true
  }

  // The first pane follows the look store, which the time axis and the browser of sequences work on.
  watch(
    () => look.sequence,
    (sequence) => {
      const [first] = panes
      // What was shared with the first pane is about to be closed.
      for (const pane of panes.slice(1)) if (pane.series && pane.series === first?.series) show(pane, null)
      if (first) show(first, sequence, look.frame, look.key)
    },
    { immediate: true },
  )
  watch(
    () => look.frame,
    (frame) => {
      const [first] = panes
      if (!first || first.frame === frame) return
      first.frame = frame
      follow(first)
    },
  )

  /** Shows a sequence of the project in a pane other than the first. */
  async function openIn(pane: PaneState, key: string): Promise<void> {
    if (key === look.key) {
      await release(pane)
      if (look.sequence) show(pane, look.sequence, look.frame, key)
      return
    }
    const found = sequences.byKey.get(key)
    const grants = project.project?.data.find(({ id }) => id === found?.data)?.grants.map(({ id }) => id) ?? []
    if (!found || grants.length === 0) return
    pane.isOpening = true
    try {
      const opened = await notices.guard(() => connection.core().sequences.open({ grants, sequence: found.info.id }))
      if (!opened) return
      await release(pane)
      show(pane, markRaw(opened), Math.floor(opened.info.frames / 2), key)
      const [first] = panes
      if (first?.series) follow(first, [pane])
    } finally {
      pane.isOpening = false
    }
  }
  watch(
    () => project.project?.id ?? null,
    () => panes.slice(1).forEach((pane) => void release(pane)),
  )
  // A choice in the list of sequences is for the pane that is worked in.
  watch(
    layout,
    () => {
      look.taker = (key: string): boolean => {
        const pane = active.value
        if (layout.value === 'one' || layout.value === 'planes' || pane.id === 0 || !canShow(key)) return false
        void openIn(pane, key)
        return true
      }
    },
    { immediate: true },
  )
  const canShow = (key: string): boolean => {
    const kind = sequences.byKey.get(key)?.info.kind
    return kind === 'dicom' || kind === 'nifti'
  }
  /** Sequences of the project that a pane can show. */
  const choices = computed(() => sequences.list.filter(({ key }) => canShow(key)))

  /** Lets go of the series of a pane, unless another pane shows it. */
  async function release(pane: PaneState): Promise<void> {
    const { series } = pane
    if (!series) return
    show(pane, null)
    const isUsed = look.sequence === series || panes.some((other) => other.series === series)
    if (!isUsed) await connection.close(series.handle)
  }

  /** Goes to a slice of a pane; linked panes follow. */
  function goTo(pane: PaneState, index: number): void {
    const frames = pane.series?.info.frames ?? 0
    const frame = Math.min(Math.max(0, Math.round(index)), Math.max(0, frames - 1))
    if (frame === pane.frame) return
    pane.frame = frame
    if (pane.id === 0) look.goTo(frame)
    follow(pane)
  }

  function follow(leader: PaneState, followers: readonly PaneState[] = shownPanes.value): void {
    const { series } = leader
    if (!links.value.scroll || !series) return
    for (const pane of followers) {
      if (pane === leader || !pane.series) continue
      const next = matchingFrame(leader, series, pane.series)
      if (next === null || next === pane.frame) continue
      pane.frame = next
      if (pane.id === 0) look.goTo(next)
    }
  }

  /** Lets all other panes that share the patient's coordinates go to the slice on which a place lies. */
  function goToPlace(from: PaneState, place: Vector3): void {
    const own = from.series?.medical?.geometry?.frameOfReference
    if (layout.value === 'planes') planes.moveTo(place)
    if (!own) return
    for (const pane of shownPanes.value) {
      const geometry = pane.series?.medical?.geometry
      const frame = pane !== from && geometry?.frameOfReference === own ? nearestSlice(geometry, place) : null
      if (frame === null) continue
      pane.frame = frame
      if (pane.id === 0) look.goTo(frame)
    }
  }

  /** Changes how a pane shows its series; kept, and passed on to linked panes. */
  function changeLook(given: PaneState, part: Partial<SliceLook>): void {
    // Planes always look like the slices they are cut from.
    const pane = given.id >= planePaneId ? (panes[0] ?? given) : given
    Object.assign(pane, part)
    keepLook(pane)
    if (!links.value.window || !part.range) return
    for (const other of shownPanes.value)
      if (other !== pane && other.series?.medical?.units === pane.series?.medical?.units) {
        other.range = part.range
        keepLook(other)
      }
  }

  function keepLook(pane: PaneState): void {
    const now = lookOf(pane)
    if (pane.key === null || !now) return
    looks.value = { ...looks.value, [pane.key]: now }
    keep()
  }

  const of = (key: string | null): readonly Measurement[] => (key !== null && measurements.value[key]) || []

  /** Changes the measurements of a series; a change with the same `step` as the one before is taken back together with it. */
  function setMeasurements(key: string, next: readonly Measurement[], step: string | null = null): void {
    if (step === null || step !== lastStep) {
      past.value = [...past.value, measurements.value].slice(-historyLength)
      future.value = []
    }
    lastStep = step
    measurements.value = { ...measurements.value, [key]: [...next] }
    keep()
  }
  let lastStep: string | null = null

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

  function take(state: Kept['measurements']): void {
    measurements.value = state
    lastStep = null
    keep()
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
    tool,
    layout,
    texts,
    links,
    graphics,
    compareMode,
    comparesPane,
    curtain,
    panes,
    activeIndex,
    active,
    shownPanes,
    measurements,
    selected,
    canUndo,
    canRedo,
    of,
    activate,
    show,
    choices,
    openIn,
    release,
    goTo,
    goToPlace,
    changeLook,
    setMeasurements,
    removeMeasurement,
    renameMeasurement,
    undo,
    redo,
  }
})

/** The slice of a series that belongs to the one a pane shows: by place in the patient, else by the part of the way through. */
function matchingFrame(leader: PaneState, from: OpenSequence, to: OpenSequence): number | null {
  const [a, b] = [from.medical?.geometry, to.medical?.geometry]
  if (a && b && a.frameOfReference !== null && a.frameOfReference === b.frameOfReference) {
    if (!areParallel(a, b)) return null
    const plane = framePlane(from.medical, from.info, leader.frame)
    return nearestSlice(b, toPatient(plane, [plane.width / 2, plane.height / 2]))
  }
  const last = Math.max(1, from.info.frames - 1)
  return Math.round((leader.frame / last) * (to.info.frames - 1))
}
