import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Grant, Sample } from '../../shared/contracts/files.ts'
import type { Project, RecentProject } from '../../shared/contracts/projects.ts'
import type { FoundSequences } from '../../shared/contracts/sequences.ts'
import type { JobSnapshot } from '../../shared/contracts/jobs.ts'
import { tasksOf } from '../../shared/domain/project-tasks.ts'
import type { TaskId } from '../../shared/domain/run.ts'
import { useConnectionStore } from './connection.ts'
import { useJobsStore } from './jobs.ts'
import { useNoticesStore } from './notices.ts'

/** What lies under a folder a person wants to work on, before a project is made of it. */
export interface Discovery {
  readonly grants: readonly Grant[]
  readonly job: string
  readonly found: FoundSequences | null
  /** Whether they are to be added to the open project, instead of a project made of them. */
  readonly isAddition: boolean
}

const saveViewAfterMs = 800

/** The open project, and the ways to one: recent projects, samples, folders. */
export const useProjectStore = defineStore('project', () => {
  const connection = useConnectionStore()
  const jobs = useJobsStore()
  const notices = useNoticesStore()
  const project = shallowRef<Project | null>(null)
  const recent = shallowRef<readonly RecentProject[]>([])
  const samples = shallowRef<readonly Sample[]>([])
  const discovery = shallowRef<Discovery | null>(null)
  const isOpening = ref(false)
  const isSaved = ref(true)
  const view = ref<Project['view']>({})
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Which data of the project are looked at. */
  const dataId = ref<string | null>(null)
  const data = computed(
    () => project.value?.data.find(({ id }) => id === dataId.value) ?? project.value?.data[0] ?? null,
  )
  /** What models can be trained for on the data of the project, the usual task first; empty where there is none. */
  const tasks = computed<readonly TaskId[]>(() => {
    const { task = null, data: all = [] } = project.value ?? {}
    const known = tasksOf(all.flatMap(({ kinds }) => kinds))
    return task === null || known.includes(task) ? known : [task, ...known]
  })
  const isReadOnly = computed(() => project.value?.readOnly ?? false)
  const discoveryJob = computed<JobSnapshot | null>(() =>
    discovery.value ? (jobs.jobs.get(discovery.value.job) ?? null) : null,
  )

  /** The open project's id and its data set. @throws when there is none; pages behind a project only call it with one */
  function current(): { project: string; data: string } {
    if (!project.value || !data.value) throw new Error('No project is open.')
    return { project: project.value.id, data: data.value.id }
  }

  async function loadStart(): Promise<void> {
    const [list, offered] = await Promise.all([
      notices.guard(() => connection.core().projects.recent()),
      notices.guard(() => connection.core().files.samples()),
    ])
    recent.value = list ?? []
    samples.value = offered ?? []
  }

  /** Looks what is under the grants; the person then chooses a sequence in `discovery`. */
  async function discover(grants: readonly Grant[], isAddition = false): Promise<void> {
    const [first] = grants
    if (!first) return
    await leaveDiscovery()
    if (first.isProject && !isAddition) {
      await open(first.id)
      return
    }
    await notices.guard(async () => {
      const { job } = await connection.core().sequences.inspect({ grants: grants.map(({ id }) => id) })
      discovery.value = { grants, job, found: null, isAddition }
      void jobs.watch(job)
      try {
        const found = await connection.core().sequences.found({ job })
        if (discovery.value?.job === job) discovery.value = { grants, job, found, isAddition }
      } catch (error) {
        if (discovery.value?.job === job) discovery.value = null
        throw error
      }
    })
  }

  async function leaveDiscovery(): Promise<void> {
    const { job, found } = discovery.value ?? {}
    discovery.value = null
    if (job && !found) await jobs.cancel(job)
  }

  function take(opened: Project): void {
    // The same project again (data were added or found again): what is on the screen stays as it is.
    if (project.value?.id !== opened.id) {
      view.value = { ...opened.view }
      dataId.value = null
    }
    project.value = opened
    discovery.value = null
  }

  async function opening(work: () => Promise<Project>): Promise<boolean> {
    isOpening.value = true
    try {
      const opened = await notices.guard(work)
      if (!opened) return false
      if (project.value && project.value.id !== opened.id) await close()
      take(opened)
      // The start page is a click away, and this project belongs to its list now.
      void connection
        .core()
        .projects.recent()
        .then((list) => (recent.value = list))
        .catch(() => undefined)
      return true
    } finally {
      isOpening.value = false
    }
  }

  /** What the chosen part of the discovery is: the one sequence, or all. */
  function chosen(grants: readonly Grant[], sequence?: string) {
    const all = discovery.value?.found?.sequences ?? []
    const kinds = [
      ...new Set(all.filter(({ id }) => sequence === undefined || id === sequence).map(({ kind }) => kind)),
    ]
    return { data: grants.map(({ id }) => id), sequence, kinds }
  }

  /** Makes a project of all sequences under the grants, or of the one named. */
  const create = (name: string, grants: readonly Grant[], sequence?: string): Promise<boolean> => {
    const input = chosen(grants, sequence)
    return opening(() => connection.core().projects.create({ name, task: tasksOf(input.kinds)[0] ?? null, ...input }))
  }
  /** Adds all sequences under the grants, or the one named, to the open project. */
  const addData = (grants: readonly Grant[], sequence?: string): Promise<boolean> => {
    const { value } = project
    if (!value) return Promise.resolve(false)
    return opening(() => connection.core().projects.addData({ project: value.id, ...chosen(grants, sequence) }))
  }
  const open = (folder: string): Promise<boolean> => opening(() => connection.core().projects.open({ folder }))

  async function refresh(): Promise<void> {
    const { value } = project
    if (!value) return
    const fresh = await notices.guard(() => connection.core().projects.get({ project: value.id }))
    if (fresh && project.value?.id === fresh.id) project.value = fresh
  }

  async function close(): Promise<void> {
    const { value } = project
    if (!value) return
    await saveView()
    project.value = null
    view.value = {}
    dataId.value = null
    await notices.guard(() => connection.core().projects.close({ project: value.id }))
  }

  async function rename(name: string): Promise<void> {
    const { value } = project
    if (!value || name.trim() === '' || name === value.name) return
    const renamed = await notices.guard(() => connection.core().projects.rename({ project: value.id, name }))
    if (renamed) project.value = renamed
  }

  async function forget(folder: string): Promise<void> {
    await notices.guard(() => connection.core().projects.forget({ folder }))
    recent.value = recent.value.filter((entry) => entry.folder.id !== folder)
  }

  /** Says where moved data are now. */
  async function relocate(to: readonly Grant[], evenIfOther = false, moved = data.value?.id): Promise<boolean> {
    if (moved === undefined) return false
    const { project: id } = current()
    return opening(() =>
      connection
        .core()
        .projects.relocateData({ project: id, data: moved, to: to.map((grant) => grant.id), evenIfOther }),
    )
  }

  /** Remembers a part of the view (time, bands, overlays); written to the project a moment later. */
  function keepView(part: Project['view']): void {
    if (!project.value || isReadOnly.value) return
    view.value = { ...view.value, ...part }
    isSaved.value = false
    clearTimeout(timer)
    timer = setTimeout(() => void saveView(), saveViewAfterMs)
  }

  async function saveView(): Promise<void> {
    clearTimeout(timer)
    const { value } = project
    if (!value || isSaved.value) return
    isSaved.value = true
    await notices.guard(() => connection.core().projects.saveView({ project: value.id, view: view.value }))
  }

  return {
    project,
    recent,
    samples,
    discovery,
    discoveryJob,
    isOpening,
    isSaved,
    view,
    dataId,
    data,
    tasks,
    isReadOnly,
    current,
    loadStart,
    discover,
    leaveDiscovery,
    create,
    addData,
    open,
    refresh,
    close,
    rename,
    forget,
    relocate,
    keepView,
    saveView,
  }
})
