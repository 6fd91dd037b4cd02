import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef, watch } from 'vue'
import { z } from 'zod'
import type { JobSnapshot } from '../../shared/contracts/jobs.ts'
import type { StudyOutlines, Tracking, TrackingSummary } from '../../shared/contracts/lesions.ts'
import { type Correction, type CorrectionLog, withCorrection } from '../../shared/domain/medical/lesion-corrections.ts'
import type { LesionTrack } from '../../shared/domain/medical/lesion-tracking.ts'
import type { TrackedMeasurement } from '../../shared/domain/medical/track-report.ts'
import { correctedReport } from '../../shared/metrics/summarise-tracking.ts'
import { coreError } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useFollowFormStore } from './follow-form.ts'
import { useJobsStore } from './jobs.ts'
import { keepInProject } from './keep-state.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

const keptSchema = z.object({
  tracking: z.string().nullable(),
  lesion: z.number().int().nullable(),
  study: z.number().int(),
  figure: z.enum(['diameter', 'volume']),
})
type Kept = z.infer<typeof keptSchema>

/** Lesions that were followed over studies: what was found, what the reader corrects, and which one is looked at. */
export const useFollowStore = defineStore('follow', () => {
  const connection = useConnectionStore()
  const form = useFollowFormStore()
  const jobs = useJobsStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const list = shallowRef<readonly TrackingSummary[]>([])
  const current = shallowRef<Tracking | null>(null)
  const log = shallowRef<CorrectionLog>({ steps: [], position: 0 })
  const outlines = shallowRef<ReadonlyMap<number, StudyOutlines>>(new Map())
  const isLoading = ref(false)
  const isStarting = ref(false)
  /** Whether the form is shown although there is a tracking. */
  const isAnew = ref(false)
  const lesion = ref<number | null>(null)
  const study = ref(0)
  const figure = ref<'diameter' | 'volume'>('diameter')
  let waiting: Kept | null = null
  /** A listing that is going on, and the job whose end is waited for. */
  let loading: Promise<void> | null = null
  let awaited: string | null = null
  let saving: Promise<void> = Promise.resolve()

  keepInProject('follow', keptSchema, {
    read: (): Kept =>
      current.value || !waiting
        ? {
            tracking: current.value?.summary.id ?? null,
            lesion: lesion.value,
            study: study.value,
            figure: figure.value,
          }
        : { ...waiting, figure: figure.value },
    write: (kept) => {
      waiting = kept
      list.value = []
      current.value = null
      isAnew.value = false
      lesion.value = kept?.lesion ?? null
      study.value = kept?.study ?? 0
      figure.value = kept?.figure ?? 'diameter'
    },
  })

  const running = computed(() => list.value.find(({ state }) => state === 'running') ?? null)
  const job = computed<JobSnapshot | null>(() =>
    running.value?.job ? (jobs.jobs.get(running.value.job) ?? null) : null,
  )
  const report = computed(() => (current.value ? correctedReport(current.value.report, log.value) : null))
  const tracks = computed<readonly LesionTrack[]>(() => report.value?.lesions ?? [])
  const byId = computed(
    () => new Map<string, TrackedMeasurement>((report.value?.measurements ?? []).map((one) => [one.id, one])),
  )
  const track = computed(() => tracks.value.find(({ number }) => number === lesion.value) ?? null)
  const roles = computed(() => new Map((report.value?.response.roles ?? []).map((one) => [one.track, one])))
  const canUndo = computed(() => log.value.position > 0 && !project.isReadOnly)
  const canRedo = computed(() => log.value.position < log.value.steps.length && !project.isReadOnly)
  const at = (of: LesionTrack | null, on: number): TrackedMeasurement | null =>
    byId.value.get(of?.lesions[on] ?? '') ?? null
  const isNode = (number: number): boolean => report.value?.notes.get(number)?.type === 'node'
  /** The diameter that counts: the short axis of a node, else the longest. */
  const diameterOf = (one: TrackedMeasurement): number =>
    isNode(one.track) ? one.measures.shortAxisMm : one.measures.longAxisMm

  /** Loads what there is; joins a listing that is going on. */
  function load(): Promise<void> {
    loading ??= listAll().finally(() => (loading = null))
    return loading
  }

  /** The tracking that was looked at last, else the latest. */
  async function listAll(): Promise<void> {
    const value = project.project?.id
    if (value === undefined) return
    isLoading.value = list.value.length === 0
    try {
      const found = await notices.guard(() => connection.core().lesions.list({ project: value }))
      if (!found || project.project?.id !== value) return
      list.value = found
      const finished = found.filter(({ state }) => state === 'finished')
      const wanted =
        finished.find(({ id }) => id === (current.value?.summary.id ?? waiting?.tracking)) ?? finished.at(-1)
      if (wanted && wanted.id !== current.value?.summary.id) await show(wanted.id)
      const { job: going } = found.find(({ state }) => state === 'running') ?? {}
      if (going) void waitFor(going)
    } finally {
      isLoading.value = false
    }
  }

  async function show(id: string): Promise<void> {
    const { project: of } = project.current()
    const found = await notices.guard(() => connection.core().lesions.get({ project: of, tracking: id }))
    if (!found || project.project?.id !== of) return
    const isSame = (current.value?.summary.id ?? waiting?.tracking) === id
    current.value = markRaw(found)
    log.value = found.corrections
    outlines.value = new Map()
    isAnew.value = false
    if (!isSame) {
      lesion.value = null
      study.value = 0
    }
    if (!track.value) lesion.value = tracks.value[0]?.number ?? null
    study.value = Math.min(study.value, found.report.studies.length - 1)
    await Promise.all(found.report.studies.map((_, index) => loadOutlines(of, id, index)))
  }

  async function loadOutlines(of: string, id: string, index: number): Promise<void> {
    const found = await notices.guard(() =>
      connection.core().lesions.outlines({ project: of, tracking: id, study: index }),
    )
    if (found && current.value?.summary.id === id) outlines.value = new Map(outlines.value).set(index, markRaw(found))
  }

  async function waitFor(id: string): Promise<void> {
    if (awaited === id) return
    awaited = id
    const of = project.project?.id
    const isDone = await jobs.finished(id).then(
      () => true,
      (error: unknown) => {
        notices.fail(error)
        return false
      },
    )
    if (project.project?.id !== of) return
    if (isDone) {
      // What was just made is what a person wants to see.
      waiting = null
      current.value = null
      isAnew.value = false
    }
    await load()
  }

  /** Follows what the form says. */
  async function start(): Promise<void> {
    isStarting.value = true
    try {
      const started = await notices.guard(() =>
        connection.core().lesions.start({
          project: project.current().project,
          studies: form.choices,
          lesions: form.lesions,
          run: form.lesions === 'network' ? form.run : null,
          registration: form.registration,
          minimumMm3: form.minimumMm3,
        }),
      )
      if (started) await load()
    } finally {
      isStarting.value = false
    }
  }

  async function remove(id: string): Promise<void> {
    const { project: of } = project.current()
    if ((await notices.guard(() => connection.core().lesions.remove({ project: of, tracking: id }))) === undefined)
      return
    current.value = null
    waiting = null
    await load()
  }

  /** Takes a new state of the corrections over at once, and keeps it. */
  function take(next: CorrectionLog): void {
    if (project.isReadOnly || !current.value) return
    log.value = next
    if (lesion.value !== null && !track.value) lesion.value = tracks.value[0]?.number ?? null
    // One save after the other: each needs the revision that the one before gave.
    saving = saving.then(save)
  }

  async function save(): Promise<void> {
    const { value } = current
    if (!value || value.corrections === log.value) return
    const { project: of } = project.current()
    const corrections = log.value
    try {
      const { revision } = await connection
        .core()
        .lesions.correct({ project: of, tracking: value.summary.id, corrections, revision: value.revision })
      if (current.value?.summary.id === value.summary.id) current.value = markRaw({ ...value, corrections, revision })
    } catch (error) {
      notices.fail(error)
      // What is kept is what counts.
      if (coreError(error).code === 'lesions/changed-elsewhere') await show(value.summary.id)
    }
  }

  const correct = (step: Correction): void => take(withCorrection(log.value, step))
  function undo(): void {
    if (canUndo.value) take({ ...log.value, position: log.value.position - 1 })
  }
  function redo(): void {
    if (canRedo.value) take({ ...log.value, position: log.value.position + 1 })
  }

  /** Whether a sight can be put into the row of another lesion: one that is there on another date too. */
  function mayMove(sight: string, into: LesionTrack): boolean {
    const own = byId.value.get(sight)?.study
    return (
      own !== undefined && !into.lesions.includes(sight) && into.lesions.some((id, on) => on !== own && id !== null)
    )
  }

  function move(sight: string, into: LesionTrack): void {
    const [target] = into.lesions.filter((id) => id !== null)
    if (target === undefined || !mayMove(sight, into)) return
    correct({ kind: 'move', lesion: sight, into: target })
    lesion.value = byId.value.get(sight)?.track ?? lesion.value
  }

  /** Chooses a lesion at a study. */
  function select(number: number | null, on = study.value): void {
    lesion.value = number
    study.value = on
  }
  /** The next lesion of the table, or the one before. */
  function step(by: 1 | -1): void {
    const index = tracks.value.findIndex(({ number }) => number === lesion.value)
    const next = tracks.value[Math.min(tracks.value.length - 1, Math.max(0, index + by))]
    if (next) select(next.number)
  }
  function stepStudy(by: 1 | -1): void {
    const last = (report.value?.studies.length ?? 1) - 1
    study.value = Math.min(last, Math.max(0, study.value + by))
  }

  watch(
    () => project.project?.id,
    () => (outlines.value = new Map()),
  )

  return {
    list,
    current,
    log,
    outlines,
    isLoading,
    isStarting,
    isAnew,
    lesion,
    study,
    figure,
    running,
    job,
    report,
    tracks,
    byId,
    track,
    roles,
    canUndo,
    canRedo,
    at,
    isNode,
    diameterOf,
    load,
    show,
    start,
    remove,
    correct,
    undo,
    redo,
    mayMove,
    move,
    select,
    step,
    stepStudy,
  }
})
