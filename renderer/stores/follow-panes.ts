import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import {
  composed,
  identityTransform,
  inverted,
  moved,
  type PatientTransform,
} from '../../shared/domain/medical/patient-transform.ts'
import type { StretchRange } from '../../shared/imaging/paint-frame.ts'
import { createPane, type PaneState } from '../viewers/dicom/pane-state.ts'
import {
  combine,
  cross,
  frameCentre,
  nearestSlice,
  slicePosition,
  type Vector3,
} from '../viewers/dicom/patient-space.ts'
import { fitView, onFrame } from '../viewers/dicom/view-plane.ts'
import { useConnectionStore } from './connection.ts'
import { useFollowStore } from './follow.ts'
import { keepInProject } from './keep-state.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** Most dates side by side. */
export const mostPanes = 4
const keptSchema = z.object({
  count: z.number().int().min(1).max(mostPanes),
  isLinked: z.boolean(),
  outlines: z.enum(['all', 'chosen', 'none']),
  hasCrosshair: z.boolean(),
})

/** The dates side by side: which study each pane shows, and the place in the patient at which all of them look. */
export const useFollowPanesStore = defineStore('followPanes', () => {
  const connection = useConnectionStore()
  const follow = useFollowStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const count = ref(2)
  const wantsLinked = ref(true)
  /** While landmarks are set: whether the panes go their own ways, whatever is wanted else. Null at other times. */
  const isApart = ref<boolean | null>(null)
  const isLinked = computed({
    get: () => (isApart.value === null ? wantsLinked.value : !isApart.value),
    set: (next) => {
      if (isApart.value === null) wantsLinked.value = next
      else isApart.value = !next
    },
  })
  const outlines = ref<'all' | 'chosen' | 'none'>('all')
  const hasCrosshair = ref(true)
  const panes: readonly PaneState[] = markRaw(Array.from({ length: mostPanes }, (_, i) => createPane(100 + i)))
  /** Study of each pane. */
  const studies = ref<number[]>([])
  const active = ref(0)
  /** Where all look, in the places of the baseline. */
  const place = shallowRef<Vector3 | null>(null)
  /** Slices between where a pane looks and the place, so that each shows its own slice of a lesion. */
  let offsets: number[] = []
  /** Where a pane is to look once its first slice is there. */
  const waiting = new Map<number, Vector3>()
  let isOpen = false

  keepInProject('followPanes', keptSchema, {
    read: () => ({
      count: count.value,
      isLinked: wantsLinked.value,
      outlines: outlines.value,
      hasCrosshair: hasCrosshair.value,
    }),
    write: (kept) => {
      count.value = kept?.count ?? 2
      wantsLinked.value = kept?.isLinked ?? true
      outlines.value = kept?.outlines ?? 'all'
      hasCrosshair.value = kept?.hasCrosshair ?? true
    },
  })

  const studyCount = computed(() => follow.report?.studies.length ?? 0)
  const shown = computed(() => panes.slice(0, Math.min(count.value, studyCount.value)))
  const studyOf = (pane: PaneState): number => studies.value[panes.indexOf(pane)] ?? 0
  const fromBaseline = (study: number): PatientTransform =>
    follow.report?.studies[study]?.registration.transform ?? identityTransform
  const into = (study: number, at: Vector3): Vector3 => moved(fromBaseline(study), at)
  const backFrom = (study: number, at: Vector3): Vector3 => moved(inverted(fromBaseline(study)), at)

  /** Where a pane's crosshair lies in its own study; null while there is none. */
  const crosshair = (pane: PaneState): Vector3 | null => (place.value ? into(studyOf(pane), place.value) : null)

  /** Shows the dates of a tracking: the baseline and the latest ones. */
  function open(): void {
    isOpen = true
    const last = studyCount.value - 1
    const number = Math.min(count.value, studyCount.value)
    studies.value = Array.from({ length: mostPanes }, (_, i) => (i === 0 ? 0 : Math.max(i, last - number + 1 + i)))
    active.value = 0
    place.value = null
    offsets = []
    void fill()
    goToLesion()
  }

  async function fill(): Promise<void> {
    await Promise.all(shown.value.map((pane) => openIn(pane, studyOf(pane))))
  }

  async function openIn(pane: PaneState, study: number): Promise<void> {
    const choice = follow.current?.summary.studies[study]
    if (!choice) return
    const key = `${choice.data}/${choice.sequence}`
    if (pane.key === key) return
    await release(pane)
    const grants = project.project?.data.find(({ id }) => id === choice.data)?.grants.map(({ id }) => id) ?? []
    pane.key = key
    pane.isOpening = true
    try {
      const opened = await notices.guard(() => connection.core().sequences.open({ grants, sequence: choice.sequence }))
      if (!opened) {
        pane.key = null
        return
      }
      if (pane.key !== key || !isOpen) {
        await connection.close(opened.handle)
        return
      }
      pane.view = null
      pane.image = null
      pane.range = null
      pane.isInverted = opened.medical?.isInverted ?? false
      pane.frame = Math.floor(opened.info.frames / 2)
      pane.series = markRaw(opened)
      settle(pane)
    } finally {
      pane.isOpening = false
    }
  }

  async function release(pane: PaneState): Promise<void> {
    const { series } = pane
    pane.key = null
    pane.series = null
    pane.image = null
    pane.view = null
    if (series) await connection.close(series.handle)
  }

  /** Lets go of all series; the page is left. */
  function close(): void {
    isOpen = false
    for (const pane of panes) void release(pane)
  }

  /** Puts a study into a pane; one that is in another pane already changes places with it. */
  function setStudy(pane: PaneState, study: number): void {
    const index = panes.indexOf(pane)
    const other = studies.value.slice(0, shown.value.length).indexOf(study)
    const next = [...studies.value]
    if (other >= 0) next[other] = next[index] ?? 0
    next[index] = study
    studies.value = next
    void fill().then(goToLesion)
  }
  function setCount(next: number): void {
    count.value = next
    for (const pane of panes.slice(next)) void release(pane)
    open()
  }

  /** Shows the baseline and one later study side by side. */
  function compare(study: number): void {
    count.value = 2
    for (const pane of panes.slice(2)) void release(pane)
    studies.value = [0, study, ...studies.value.slice(2)]
    void fill()
  }

  const lastFrame = (pane: PaneState): number => Math.max(0, (pane.series?.info.frames ?? 1) - 1)
  const clamp = (pane: PaneState, frame: number): number => Math.min(lastFrame(pane), Math.max(0, Math.round(frame)))

  /** The slice of a pane for the present place. */
  function sliceFor(pane: PaneState): number | null {
    const geometry = pane.series?.medical?.geometry
    const here = crosshair(pane)
    return geometry && here ? nearestSlice(geometry, here) : null
  }
  /** Puts a pane where the others are. */
  function settle(pane: PaneState): void {
    const own = follow.at(follow.track, studyOf(pane))
    const base = sliceFor(pane)
    offsets[panes.indexOf(pane)] = own && base !== null ? own.measures.slice - base : 0
    const wanted = own?.measures.slice ?? base
    if (wanted !== null) pane.frame = clamp(pane, wanted)
    const centre = own?.measures.centre ?? crosshair(pane)
    if (centre) waiting.set(pane.id, centre)
  }

  /** All panes go to the chosen lesion; a study without it shows where it would be. */
  function goToLesion(): void {
    const { track } = follow
    if (!track) return
    const nearest =
      follow.at(track, follow.study) ??
      track.lesions
        .flatMap((id) => follow.byId.get(id ?? '') ?? [])
        .sort((a, b) => Math.abs(a.study - follow.study) - Math.abs(b.study - follow.study))[0]
    if (!nearest) return
    place.value = backFrom(nearest.study, nearest.measures.centre)
    const visible = studies.value.slice(0, shown.value.length)
    if (!visible.includes(follow.study) && shown.value.length > 0) {
      // The date that was asked for takes the place of the last one that is not the baseline.
      const pane = shown.value[Math.max(shown.value.length - 1, 0)]
      if (pane) {
        setStudy(pane, follow.study)
        active.value = panes.indexOf(pane)
        return
      }
    }
    active.value = Math.max(0, visible.indexOf(follow.study))
    for (const pane of shown.value) {
      if (!pane.series) continue
      settle(pane)
      lookAt(pane, waiting.get(pane.id) ?? null)
      waiting.delete(pane.id)
    }
  }

  /** Moves an enlarged picture so that a place is in its middle; one that shows a whole slice stays. */
  function lookAt(pane: PaneState, centre: Vector3 | null): void {
    const { view, image } = pane
    if (!view || !image || !centre) return
    const fit = fitView(image.plane, view)
    if (view.scale > fit.scale * 1.05) pane.view = onFrame({ ...view, centre }, image.plane)
  }
  /** One pane goes to a place of its own study. */
  function show(pane: PaneState, at: Vector3): void {
    const geometry = pane.series?.medical?.geometry
    const slice = geometry ? nearestSlice(geometry, at) : null
    if (slice === null) return
    pane.frame = clamp(pane, slice)
    lookAt(pane, at)
  }
  /** After the first slice of a pane is there. */
  function ready(pane: PaneState): void {
    // Without a lesion to go to, all look at the middle of the first picture.
    if (place.value === null && pane.image) place.value = backFrom(studyOf(pane), frameCentre(pane.image.plane))
    const leader = shown.value.find((other) => other !== pane && other.view !== null && other.image !== null)
    if (leader?.view && pane.view && isLinked.value) passOn(leader, [pane])
    lookAt(pane, waiting.get(pane.id) ?? null)
    waiting.delete(pane.id)
  }

  /** Goes to a slice; the others go as far, in the patient. */
  function goTo(pane: PaneState, frame: number): void {
    const next = clamp(pane, frame)
    const geometry = pane.series?.medical?.geometry
    if (next === pane.frame) return
    pane.frame = next
    const index = panes.indexOf(pane)
    const here = crosshair(pane)
    if (!geometry || !here || !isLinked.value) {
      offsets[index] = next - (sliceFor(pane) ?? next)
      return
    }
    const own = nearestSlice(geometry, here) ?? next
    const wanted = clamp(pane, next - (offsets[index] ?? 0))
    const way = (slicePosition(geometry, wanted) ?? 0) - (slicePosition(geometry, own) ?? 0)
    place.value = backFrom(studyOf(pane), combine([1, here], [way, cross(...geometry.orientation)]))
    for (const other of shown.value)
      if (other !== pane && other.series)
        other.frame = clamp(other, (sliceFor(other) ?? other.frame) + (offsets[panes.indexOf(other)] ?? 0))
  }

  /** All look at a place that was pointed at in one pane. */
  function pointAt(pane: PaneState, at: Vector3): void {
    place.value = backFrom(studyOf(pane), at)
    offsets = []
    if (!isLinked.value) return
    for (const other of shown.value) if (other !== pane && other.series) other.frame = sliceFor(other) ?? other.frame
  }

  /** Zoom and place of a pane for the others, through the registration. */
  function passOn(leader: PaneState, followers: readonly PaneState[] = shown.value): void {
    const { view } = leader
    if (!view || !isLinked.value) return
    for (const pane of followers) {
      if (pane === leader || !pane.view || !pane.image) continue
      const way = composed(fromBaseline(studyOf(pane)), inverted(fromBaseline(studyOf(leader))))
      const scale = view.scale * Math.min(pane.view.width / view.width, pane.view.height / view.height)
      pane.view = onFrame({ ...pane.view, centre: moved(way, view.centre), scale }, pane.image.plane)
    }
  }

  /** Enlarges the chosen lesion to a good part of every pane. */
  function zoomToLesion(): void {
    const { track } = follow
    if (!track) return
    const longest = Math.max(...track.lesions.map((id) => follow.byId.get(id ?? '')?.measures.longAxisMm ?? 0))
    const field = Math.max(45, 3.2 * longest)
    goToLesion()
    for (const pane of shown.value) {
      const { view, image } = pane
      const centre = follow.at(track, studyOf(pane))?.measures.centre ?? crosshair(pane)
      if (view && image && centre)
        pane.view = onFrame({ ...view, centre, scale: Math.min(view.width, view.height) / field }, image.plane)
    }
  }
  function fit(): void {
    for (const pane of shown.value) if (pane.view && pane.image) pane.view = fitView(pane.image.plane, pane.view)
  }

  /** Changes the window of a pane; studies in one unit (HU) share it. */
  function setRange(pane: PaneState, range: StretchRange): void {
    const units = pane.series?.medical?.units ?? null
    for (const other of shown.value)
      if (other === pane || (isLinked.value && units !== null && other.series?.medical?.units === units))
        other.range = range
  }

  // A correction that changes nothing of the chosen lesion leaves the pictures where they are.
  watch(() => [follow.lesion, follow.study, follow.track?.lesions.join()] as const, goToLesion)

  return {
    count,
    isLinked,
    isApart,
    outlines,
    hasCrosshair,
    panes,
    studies,
    active,
    place,
    shown,
    studyCount,
    studyOf,
    crosshair,
    open,
    close,
    setStudy,
    setCount,
    compare,
    show,
    goTo,
    goToLesion,
    pointAt,
    passOn,
    ready,
    zoomToLesion,
    fit,
    setRange,
  }
})
