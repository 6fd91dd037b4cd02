import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import type { OpenSequence } from '../../shared/contracts/sequences.ts'
import type { MeasurementKind } from '../viewers/dicom/measurement.ts'
import { createPane, lookOf, planePaneId, type PaneState } from '../viewers/dicom/pane-state.ts'
import { areParallel, framePlane, nearestSlice, toPatient, type Vector3 } from '../viewers/dicom/patient-space.ts'
import type { SliceLook } from '../viewers/dicom/paint-slice.ts'
import type { ViewPlane } from '../viewers/dicom/view-plane.ts'
import { useConnectionStore } from './connection.ts'
import { useLookStore } from './look.ts'
import { parseKeptMedical, type KeptMedical } from './medical-kept.ts'
import { medicalMeasurements } from './medical-measurements.ts'
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

  const looks = shallowRef<KeptMedical['looks']>({})
  const measuring = medicalMeasurements(keep)
  /** What the panes showed when the project was closed, until they show it again. */
  let waiting: (KeptMedical['panes'][number] | null)[] = []
  /** Where the three planes met when the project was closed. */
  const keptPlanes = shallowRef<KeptMedical['planes']>(null)

  function keep(): void {
    project.keepView({
      medical: {
        texts: texts.value,
        layout: layout.value,
        links: { ...links.value },
        graphics: graphics.value,
        looks: looks.value,
        measurements: measuring.api.measurements.value,
        panes: panes.map(
          ({ key, frame, view }, i) => (key === null && waiting[i]) || { key, frame, view: view && plain(view) },
        ),
        planes: keptPlanes.value && { key: keptPlanes.value.key, meeting: [...keptPlanes.value.meeting] },
        compare: { mode: compareMode.value, isOfPane: comparesPane.value, curtain: curtain.value },
      },
    })
  }

  function restore(): void {
    const found = parseKeptMedical(project.project ? project.view['medical'] : undefined)
    texts.value = found.texts
    layout.value = found.layout
    links.value = found.links
    graphics.value = found.graphics
    looks.value = found.looks
    measuring.restore(found.measurements)
    waiting = panes.map((_, i) => found.panes[i] ?? null)
    keptPlanes.value = found.planes
    compareMode.value = found.compare.mode
    comparesPane.value = found.compare.isOfPane
    curtain.value = found.compare.curtain
  }
  watch(() => project.project?.id ?? null, restore, { immediate: true, flush: 'sync' })
  watch([texts, layout, graphics, links, compareMode, comparesPane, curtain, keptPlanes], keep, { deep: true })
  watch(() => panes.map(({ key, frame, view }) => [key, frame, view]), keep)
  // Series of the other panes come back when the project's sequences are known.
  watch(
    () => [look.sequence, sequences.list, layout.value] as const,
    ([first, list]) => {
      if (!first || list.length === 0) return
      for (const pane of shownPanes.value.slice(1)) {
        const kept = waiting[pane.id]
        if (kept?.key != null && !pane.series && !pane.isOpening) void openIn(pane, kept.key, kept.frame)
      }
    },
  )
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
    const before = waiting[pane.id]
    pane.key = series && key
    pane.image = null
    // Only the first series that is shown after the project was opened finds the pane as it was left.
    pane.view = series && before?.key === key ? before.view : null
    if (series) waiting[pane.id] = null
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
  async function openIn(pane: PaneState, key: string, frame: number | null = null): Promise<void> {
    if (key === look.key) {
      await release(pane)
      if (look.sequence) show(pane, look.sequence, frame ?? look.frame, key)
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
      const { frames } = opened.info
      show(pane, markRaw(opened), Math.min(frame ?? Math.floor(frames / 2), frames - 1), key)
      const [first] = panes
      if (first?.series && frame === null) follow(first, [pane])
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
    waiting[pane.id] = null
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
    keptPlanes,
    ...measuring.api,
    activate,
    show,
    choices,
    openIn,
    release,
    goTo,
    goToPlace,
    changeLook,
  }
})

/** A view in the form that is stored. */
function plain({ centre, right, up, scale, width, height }: ViewPlane): KeptMedical['panes'][number]['view'] {
  return { centre: [...centre], right: [...right], up: [...up], scale, width, height }
}

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
