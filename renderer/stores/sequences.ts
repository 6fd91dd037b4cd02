import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { AppError } from '../../shared/base/app-error.ts'
import type { JobSnapshot } from '../../shared/contracts/jobs.ts'
import type { ProjectData } from '../../shared/contracts/projects.ts'
import type { FoundSequences } from '../../shared/contracts/sequences.ts'
import type { MedicalObject, Patient } from '../../shared/domain/medical/study.ts'
import type { Problem, SequenceInfo } from '../../shared/domain/sequence.ts'
import { coreError, isGivenUp } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useJobsStore } from './jobs.ts'
import { useProjectStore } from './project.ts'

/** One sequence of the project. */
export interface ProjectSequence {
  /** Unique within the project and the same after reopening it. */
  readonly key: string
  /** Id of the data it lies under. */
  readonly data: string
  readonly info: SequenceInfo
}

/** The key of a sequence within its project. */
export function sequenceKey(data: string, sequence: string): string {
  return `${data}/${sequence}`
}

/** All sequences of the project, and which one is looked at. */
export const useSequencesStore = defineStore('sequences', () => {
  const connection = useConnectionStore()
  const jobs = useJobsStore()
  const project = useProjectStore()
  const list = shallowRef<readonly ProjectSequence[]>([])
  const problems = shallowRef<readonly Problem[]>([])
  /** Studies of each data, by patient. */
  const patients = shallowRef<ReadonlyMap<string, readonly Patient[]>>(new Map())
  const failure = shallowRef<AppError | null>(null)
  const isLoading = ref(false)
  const job = ref<string | null>(null)
  /** Handles of small pictures, by data. */
  const pictures = new Map<string, Promise<string>>()
  let turn = 0
  let running: Promise<void> | null = null

  const jobState = computed<JobSnapshot | null>(() => (job.value ? (jobs.jobs.get(job.value) ?? null) : null))
  const byKey = computed(() => new Map(list.value.map((one) => [one.key, one])))
  /** What belongs to each series: segmentations, structure sets, reports. */
  const objects = computed(() => {
    const found = new Map<string, MedicalObject[]>()
    for (const [data, all] of patients.value)
      for (const object of all.flatMap(({ studies }) => studies.flatMap((study) => study.objects)))
        for (const sequence of object.sequences) {
          const key = sequenceKey(data, sequence)
          found.set(key, [...(found.get(key) ?? []), object])
        }
    return found
  })
  const objectsOf = (key: string): readonly MedicalObject[] => objects.value.get(key) ?? []
  /** Whether there is anything to choose from. */
  const hasSeveral = computed(() => list.value.length > 1)
  /** The kinds in the project, as far as they are known. */
  const kinds = computed(
    () =>
      new Set([
        ...(project.project?.data ?? []).flatMap((data) => data.kinds),
        ...list.value.map(({ info }) => info.kind),
      ]),
  )

  /** Lists what lies under all data of the project; joins a listing that is going on. */
  function load(): Promise<void> {
    if (running) return running
    const mine = listAll().finally(() => {
      if (running === mine) running = null
    })
    running = mine
    return mine
  }

  /** Lists anew, for data that were added or found again; what is known is kept in view meanwhile. */
  function reload(): Promise<void> {
    running = null
    return load()
  }

  async function listAll(): Promise<void> {
    const mine = ++turn
    const all = (project.project?.data ?? []).filter(({ state }) => state !== 'missing')
    isLoading.value = true
    failure.value = null
    const found: ProjectSequence[] = []
    const unread: Problem[] = []
    const people = new Map<string, readonly Patient[]>()
    try {
      for (const data of all) {
        const under = await ask(data, mine)
        if (mine !== turn) return
        const wanted = byStudy(under).filter(({ id }) => data.sequence === null || id === data.sequence)
        people.set(data.id, under.patients)
        found.push(...wanted.map((info) => ({ key: sequenceKey(data.id, info.id), data: data.id, info })))
        if (data.sequence === null) unread.push(...under.problems)
        if (found.length >= list.value.length) list.value = [...found]
      }
      list.value = found
      problems.value = unread
      patients.value = people
    } catch (error) {
      if (mine === turn && !isGivenUp(error)) failure.value = coreError(error)
    } finally {
      if (mine === turn) {
        isLoading.value = false
        job.value = null
      }
    }
  }

  async function ask(data: ProjectData, mine: number): Promise<FoundSequences> {
    const where = { project: project.project?.id ?? '', data: data.id }
    const answer = await connection.core().projects.sequences(where)
    if (answer.found || answer.job === null) return answer.found ?? { sequences: [], problems: [], patients: [] }
    if (mine === turn) {
      job.value = answer.job
      void jobs.watch(answer.job)
    }
    return connection.core().sequences.found({ job: answer.job })
  }

  function clear(): void {
    turn++
    running = null
    list.value = []
    problems.value = []
    patients.value = new Map()
    failure.value = null
    isLoading.value = false
    job.value = null
    for (const handle of pictures.values()) void handle.then((known) => connection.close(known)).catch(() => undefined)
    pictures.clear()
  }

  /**
   * A small picture of a sequence.
   * @returns RGBA bytes, [height, width, 4]
   * @throws the core's codes, `AbortError`
   */
  async function picture(one: ProjectSequence, edge: number, signal: AbortSignal): Promise<ImageData> {
    const grants = project.project?.data.find(({ id }) => id === one.data)?.grants ?? []
    let handle = pictures.get(one.data)
    if (!handle) {
      handle = connection
        .core()
        .sequences.thumbnails({ grants: grants.map(({ id }) => id) })
        .then((made) => made.handle)
      handle.catch(() => pictures.delete(one.data))
      pictures.set(one.data, handle)
    }
    const { shape, values } = await connection
      .data()
      .read(await handle, { kind: 'thumbnail', sequence: one.info.id, edge }, signal)
    const [height = 1, width = 1] = shape
    return new ImageData(new Uint8ClampedArray(values), width, height)
  }

  return {
    list,
    problems,
    failure,
    isLoading,
    jobState,
    byKey,
    hasSeveral,
    patients,
    kinds,
    objectsOf,
    load,
    reload,
    clear,
    picture,
  }
})

/** Sequences of patients in the order of their studies by date, then all others as they come. */
function byStudy({ sequences, patients }: FoundSequences): readonly SequenceInfo[] {
  const order = patients.flatMap(({ studies }) => studies.flatMap((study) => study.sequences))
  if (order.length === 0) return sequences
  const place = new Map(order.map((id, index) => [id, index]))
  const placeOf = ({ id }: SequenceInfo): number => place.get(id) ?? Infinity
  return [...sequences].sort((a, b) => (placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b)))
}
