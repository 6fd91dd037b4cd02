import { defineStore } from 'pinia'
import { computed, markRaw, ref, shallowRef } from 'vue'
import { z } from 'zod'
import { AbortError } from '../../shared/base/abort.ts'
import type { FitReport } from '../../shared/domain/run.ts'
import type { Prediction, PredictionSummary } from '../../shared/contracts/inference.ts'
import type { OpenSequence } from '../../shared/contracts/sequences.ts'
import { colourTable, parseHex } from '../../shared/imaging/colour-maps.ts'
import type { FramePaint } from '../../shared/imaging/paint-frame.ts'
import type { FrameLayerState } from '../viewers/map/frame-layer.ts'
import { useConnectionStore } from './connection.ts'
import { useJobsStore } from './jobs.ts'
import { keepInProject } from './keep-state.ts'
import { useLookStore } from './look.ts'
import { useNoticesStore } from './notices.ts'
import { useOtherDataStore } from './other-data.ts'
import { useProjectStore } from './project.ts'
import { sequenceKey } from './sequences.ts'
import { useVideoPredictionsStore } from './video-predictions.ts'

const keptSchema = z.object({
  /** The prediction these belong to, its season and the classes that are hidden. */
  prediction: z.string().nullable(),
  season: z.string().nullable(),
  hidden: z.array(z.number()).max(10_000),
  role: z.enum(['classes', 'entropy']),
  opacity: z.number().min(0).max(1),
  isVisible: z.boolean(),
})
type Kept = z.infer<typeof keptSchema>

const atFirst: Kept = {
  prediction: null,
  season: null,
  hidden: [],
  role: 'classes',
  opacity: 0.7,
  isVisible: true,
}

/** Predictions of the project, and the one whose maps lie over the imagery. */
export const usePredictionsStore = defineStore('predictions', () => {
  const connection = useConnectionStore()
  const jobs = useJobsStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  const look = useLookStore()
  const other = useOtherDataStore()
  const video = useVideoPredictionsStore()
  const list = shallowRef<readonly PredictionSummary[]>([])
  const current = shallowRef<Prediction | null>(null)
  const season = ref<string | null>(null)
  const role = ref<'classes' | 'entropy'>('classes')
  const opacity = ref(0.7)
  const hidden = ref<ReadonlySet<number>>(new Set())
  const isVisible = ref(true)
  const maps = shallowRef<ReadonlyMap<string, OpenSequence>>(new Map())
  const isStarting = ref(false)
  /** Whether the chosen model can be used on the chosen images; null while that is not known. */
  const fit = shallowRef<FitReport | null>(null)
  const isChecking = ref(false)
  let checks = 0
  /** What was on the screen when the project was closed, until it is there again. */
  let waiting: Kept | null = null

  keepInProject('overlay', keptSchema, {
    read: (): Kept => {
      const { value } = current
      if (!value && waiting) return { ...waiting, role: role.value, opacity: opacity.value, isVisible: isVisible.value }
      return {
        prediction: value?.summary.id ?? video.summary?.id ?? null,
        season: season.value,
        hidden: [...hidden.value],
        role: role.value,
        opacity: opacity.value,
        isVisible: isVisible.value,
      }
    },
    write: (kept) => {
      waiting = kept
      const next = kept ?? atFirst
      role.value = next.role
      opacity.value = next.opacity
      isVisible.value = next.isVisible
    },
  })

  const runningJob = computed(() => list.value.find(({ state }) => state === 'running')?.job ?? null)
  const map = computed(() => maps.value.get(`${season.value}/${role.value}`) ?? null)
  const legend = computed(() => current.value?.legend ?? [])
  const paint = computed<FramePaint>(() =>
    role.value === 'entropy'
      ? { kind: 'single', range: { low: 0, high: 1 }, colourMap: 'magma', gamma: 1 }
      : {
          kind: 'classes',
          colours: new Map(
            legend.value.filter(({ value }) => !hidden.value.has(value)).map((e) => [e.value, parseHex(e.colour)]),
          ),
        },
  )
  /** The prediction, while the images it was made of are looked at; over others it would say nothing. */
  const here = computed(() => (current.value?.summary.data === project.data?.id ? current.value : null))
  /** What lies over the imagery; null when nothing does. */
  const overlay = computed<FrameLayerState | null>(() =>
    map.value && here.value && isVisible.value
      ? { handle: map.value.handle, frame: 0, bands: [0], paint: paint.value }
      : null,
  )
  /** What lies over an image of one season; null while its map is not open. */
  const overlayOf = computed(() => (label: string): FrameLayerState | null => {
    const opened = maps.value.get(`${label}/${role.value}`)
    return opened && here.value && isVisible.value
      ? { handle: opened.handle, frame: 0, bands: [0], paint: paint.value }
      : null
  })

  async function load(): Promise<void> {
    const { project: id } = project.current()
    list.value = (await notices.guard(() => connection.core().inference.list({ project: id }))) ?? []
    for (const { job } of list.value) if (job) void waitFor(job)
  }

  function clear(): void {
    list.value = []
    leave()
  }

  function leave(): void {
    leaveMaps()
    video.leave()
  }

  function leaveMaps(): void {
    for (const { handle } of maps.value.values()) void connection.close(handle)
    maps.value = new Map()
    current.value = null
    season.value = null
    hidden.value = new Set()
  }

  async function waitFor(job: string): Promise<void> {
    try {
      await jobs.finished(job)
    } catch (error) {
      notices.fail(error)
    }
    if (project.project) await load()
  }

  /** Compares the model's needs with images of the project. */
  async function check(run: string, data: string, sequence?: string): Promise<void> {
    const mine = ++checks
    fit.value = null
    isChecking.value = true
    const { project: id } = project.current()
    const found = await notices.guard(() => connection.core().inference.fits({ project: id, run, data, sequence }))
    if (mine !== checks) return
    fit.value = found ?? null
    isChecking.value = false
  }

  /** Applies a run's model to data of the project, and shows what came out when it is there. */
  async function start(
    run: string,
    data: string,
    options: { readonly sequence?: string | undefined; readonly set?: Record<string, string> } = {},
  ): Promise<boolean> {
    isStarting.value = true
    try {
      const started = await notices.guard(() =>
        connection.core().inference.start({ project: project.current().project, data, run, ...options }),
      )
      if (!started) return false
      await load()
      await jobs.finished(started.job).then(
        () => show(started.prediction),
        (error: unknown) => {
          if (error instanceof AbortError) notices.tell('newdata.cancelled', {}, 'info')
        },
      )
      return true
    } finally {
      isStarting.value = false
    }
  }

  /** Shows a prediction: for maps the last season over the imagery, or what was kept of it. */
  async function show(prediction: string, kept?: Kept): Promise<void> {
    const { project: id } = project.current()
    const known = list.value.find((one) => one.id === prediction)
    if (known && known.task !== 'land-use') {
      if (!(await video.show(prediction, known.task))) return
      leaveMaps()
      waiting = null
      if (!kept) await lookAt(known)
      return
    }
    const loaded = await notices.guard(() => connection.core().inference.get({ project: id, prediction }))
    if (!loaded) return
    leave()
    hidden.value = new Set(kept?.hidden)
    current.value = markRaw(loaded)
    // Maps lie over the images they were made of.
    if (!kept) void other.show(loaded.summary.data)
    waiting = null
    const latest = loaded.seasons.find(({ label }) => label === kept?.season) ?? loaded.seasons.at(-1)
    await setSeason(latest?.label ?? null)
  }

  /** Opens what a prediction of clips is about, unless it is what is looked at. */
  async function lookAt({ data, sequence }: PredictionSummary): Promise<void> {
    if (sequence === null) await other.show(data)
    else if (look.info?.id !== sequence || project.data?.id !== data) await look.choose(sequenceKey(data, sequence))
  }

  /** Brings back the prediction that was shown when the project was closed, with its season and classes. */
  async function restore(): Promise<void> {
    const kept = waiting
    // Older projects kept only which one it was.
    const id = kept ? kept.prediction : project.view['prediction']
    if (typeof id !== 'string' || !list.value.some((one) => one.id === id && one.state === 'finished')) {
      waiting = null
      return
    }
    await show(id, kept ?? atFirst)
  }

  async function setSeason(label: string | null): Promise<void> {
    season.value = label
    await openMap()
  }

  async function setRole(next: 'classes' | 'entropy'): Promise<void> {
    role.value = next
    await openMap()
  }

  const opening = new Set<string>()

  /** Opens the map of a season, where it is not open yet; by default of the chosen one. */
  async function openMap(of: string | null = season.value): Promise<void> {
    const prediction = current.value
    const [label, kind] = [of, role.value]
    const key = `${prediction?.summary.id}/${label}/${kind}`
    if (opening.has(key)) return
    if (!prediction || label === null || maps.value.has(`${label}/${kind}`)) return
    const { project: id } = project.current()
    opening.add(key)
    const opened = await notices.guard(() =>
      connection
        .core()
        .inference.openMap({ project: id, prediction: prediction.summary.id, season: label, role: kind }),
    )
    opening.delete(key)
    if (opened && current.value === prediction)
      maps.value = new Map(maps.value).set(`${label}/${kind}`, markRaw(opened))
  }

  function toggleClass(value: number): void {
    const next = new Set(hidden.value)
    if (!next.delete(value)) next.add(value)
    hidden.value = next
  }

  async function remove(prediction: string): Promise<void> {
    const { project: id } = project.current()
    if (current.value?.summary.id === prediction || video.summary?.id === prediction) leave()
    await notices.guard(() => connection.core().inference.remove({ project: id, prediction }))
    await load()
  }

  /** Predictions that were stopped or failed; nothing of them can be shown. */
  const incomplete = computed(() => list.value.filter(({ state }) => state === 'incomplete'))

  async function removeIncomplete(): Promise<void> {
    for (const { id } of incomplete.value) await remove(id)
  }

  async function exportTable(table: 'areas' | 'changes') {
    const prediction = current.value
    if (!prediction) return undefined
    const { project: id } = project.current()
    return notices.guard(() =>
      connection.core().inference.exportTable({ project: id, prediction: prediction.summary.id, table }),
    )
  }

  return {
    list,
    current,
    here,
    season,
    role,
    opacity,
    hidden,
    isVisible,
    map,
    legend,
    overlay,
    overlayOf,
    runningJob,
    isStarting,
    fit,
    isChecking,
    check,
    incomplete,
    removeIncomplete,
    load,
    clear,
    leave,
    start,
    show,
    restore,
    setSeason,
    setRole,
    openMap,
    toggleClass,
    remove,
    exportTable,
  }
})

/** CSS gradient of a colour map, for legends. */
export function legendStops(name: Parameters<typeof colourTable>[0], steps = 12): string[] {
  const table = colourTable(name)
  return Array.from({ length: steps }, (_, i) => {
    const at = Math.round((i / (steps - 1)) * 255) * 3
    return `rgb(${table[at]}, ${table[at + 1]}, ${table[at + 2]})`
  })
}
