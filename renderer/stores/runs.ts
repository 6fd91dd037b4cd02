import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { DeviceInfo } from '../../shared/domain/device.ts'
import type { RunLogLine } from '../../shared/domain/run-log.ts'
import type { EpochRecord, TaskId } from '../../shared/domain/run.ts'
import type { TrainingChoices } from '../../shared/domain/training-choices.ts'
import type { JobSnapshot } from '../../shared/contracts/jobs.ts'
import type { Evaluation, RunDetails, RunSummary, StartTraining } from '../../shared/contracts/training.ts'
import { useConnectionStore } from './connection.ts'
import { useJobsStore } from './jobs.ts'
import { useLabelsStore } from './labels.ts'
import { useNoticesStore } from './notices.ts'
import { useProjectStore } from './project.ts'

/** The log is read again at most this often while a run goes on. */
const logEveryMs = 700

/** Trainings of the project: what can be trained, what is running, what came out. */
export const useRunsStore = defineStore('runs', () => {
  const connection = useConnectionStore()
  const jobs = useJobsStore()
  const labels = useLabelsStore()
  const notices = useNoticesStore()
  const project = useProjectStore()
  /** Models and settings by task, as far as they were asked for. */
  const choices = shallowRef<ReadonlyMap<TaskId, TrainingChoices>>(new Map())
  const devices = shallowRef<readonly DeviceInfo[]>([])
  const isFindingDevices = ref(false)
  const runs = shallowRef<readonly RunSummary[]>([])
  const details = shallowRef<ReadonlyMap<string, RunDetails>>(new Map())
  /** The run whose training is on the screen. */
  const live = ref<string | null>(null)
  const liveJob = shallowRef<JobSnapshot | null>(null)
  const epochs = shallowRef<readonly EpochRecord[]>([])
  const log = shallowRef<readonly RunLogLine[]>([])
  let logTimer: ReturnType<typeof setTimeout> | undefined
  const isStarting = ref(false)

  const isRunning = computed(() => liveJob.value?.state === 'running')
  const finished = computed(() => runs.value.filter(({ state }) => state === 'finished'))
  /** Those whose models the Predict page can apply. */
  const applicable = computed(() => finished.value.filter(({ task }) => task !== 'lesion-segmentation'))

  async function loadChoices(task: TaskId): Promise<void> {
    if (choices.value.has(task)) return
    const found = await notices.guard(() => connection.core().training.choices({ task }))
    if (found) choices.value = new Map(choices.value).set(task, found)
  }

  async function loadDevices(again = false): Promise<void> {
    if (isFindingDevices.value || (devices.value.length > 0 && !again)) return
    isFindingDevices.value = true
    devices.value = (await notices.guard(() => connection.core().devices.list({ again }))) ?? []
    isFindingDevices.value = false
  }

  async function load(): Promise<void> {
    const { project: id } = project.current()
    runs.value = (await notices.guard(() => connection.core().training.runs({ project: id }))) ?? []
    const running = runs.value.find(({ state }) => state === 'running')
    if (running && live.value !== running.id) void follow(running.id)
  }

  function clear(): void {
    runs.value = []
    details.value = new Map()
    live.value = null
    liveJob.value = null
    epochs.value = []
    log.value = []
  }

  /** The last lines of a run's log, as the core keeps it. */
  async function readLog(run: string): Promise<readonly RunLogLine[]> {
    const { project: id } = project.current()
    return (await notices.guard(() => connection.core().training.log({ project: id, run })))?.lines ?? []
  }

  async function refreshLog(): Promise<void> {
    clearTimeout(logTimer)
    logTimer = undefined
    const run = live.value
    if (run === null) return
    const lines = await readLog(run)
    if (live.value === run) log.value = lines
  }

  function refreshLogSoon(): void {
    logTimer ??= setTimeout(() => void refreshLog(), logEveryMs)
  }

  function noteJob(job: JobSnapshot): void {
    liveJob.value = job
    jobs.note(job)
    refreshLogSoon()
  }

  /** Shows a run live: its epochs so far, and all that comes. */
  async function follow(run: string): Promise<void> {
    const { project: id } = project.current()
    live.value = run
    liveJob.value = null
    epochs.value = []
    log.value = []
    try {
      for await (const event of await connection.core().training.watch({ project: id, run })) {
        if (live.value !== run) return
        if (event.epochs.length > 0) epochs.value = mergeEpochs(epochs.value, event.epochs)
        if (event.job) noteJob(event.job)
      }
    } catch (error) {
      notices.fail(error)
    }
    if (live.value === run && project.project?.id === id) {
      await load()
      await loadRun(run, true)
      await refreshLog()
    }
  }

  /** Starts a training; the labels are written first, since the core trains on what is saved. */
  async function start(request: Omit<StartTraining, 'project' | 'data'>): Promise<boolean> {
    isStarting.value = true
    try {
      await labels.save()
      const started = await notices.guard(() => connection.core().training.start({ ...project.current(), ...request }))
      if (!started) return false
      void jobs.watch(started.job)
      void follow(started.run)
      await load()
      return true
    } finally {
      isStarting.value = false
    }
  }

  async function resume(run: string): Promise<void> {
    const { project: id } = project.current()
    const resumed = await notices.guard(() => connection.core().training.resume({ project: id, run }))
    if (!resumed) return
    void jobs.watch(resumed.job)
    void follow(run)
    await load()
  }

  async function stop(): Promise<void> {
    if (liveJob.value) await jobs.cancel(liveJob.value.id)
  }

  async function loadRun(run: string, again = false): Promise<void> {
    if (details.value.has(run) && !again) return
    const { project: id } = project.current()
    const loaded = await notices.guard(() => connection.core().training.run({ project: id, run }))
    if (loaded) details.value = new Map(details.value).set(run, loaded)
  }

  /** Measures a run's model on other data of the project; gives up silently when cancelled. */
  async function evaluate(run: string, data: string): Promise<void> {
    const { project: id } = project.current()
    await notices.guard(async () => {
      // Labels that lie with the data are taken over first.
      await connection.core().labels.load({ project: id, data })
      const { job } = await connection.core().training.evaluate({ project: id, run, data })
      await jobs.finished(job)
    })
  }

  async function evaluations(run: string): Promise<readonly Evaluation[]> {
    const { project: id } = project.current()
    return (await notices.guard(() => connection.core().training.evaluations({ project: id, run }))) ?? []
  }

  async function rename(run: string, name: string): Promise<void> {
    const { project: id } = project.current()
    await notices.guard(() => connection.core().training.rename({ project: id, run, name }))
    await load()
    await loadRun(run, true)
  }

  async function remove(run: string): Promise<void> {
    const { project: id } = project.current()
    await notices.guard(() => connection.core().training.remove({ project: id, run }))
    const rest = new Map(details.value)
    rest.delete(run)
    details.value = rest
    if (live.value === run) live.value = null
    await load()
  }

  /** The trained model as an ONNX file. */
  async function exportOnnx(run: string): Promise<{ fileName: string; bytes: Uint8Array } | undefined> {
    const { project: id } = project.current()
    return notices.guard(async () => {
      const file = await connection.core().models.exportOnnx({ project: id, run })
      const { values } = await connection.data().read(file.handle, { kind: 'file' })
      return { fileName: file.fileName, bytes: values as Uint8Array }
    })
  }

  return {
    choices,
    devices,
    isFindingDevices,
    runs,
    details,
    live,
    liveJob,
    epochs,
    log,
    isStarting,
    isRunning,
    finished,
    applicable,
    loadChoices,
    loadDevices,
    load,
    clear,
    follow,
    start,
    resume,
    stop,
    loadRun,
    rename,
    remove,
    exportOnnx,
    readLog,
    evaluate,
    evaluations,
  }
})

/** Epochs by number; one that is told again (after a resume) replaces the earlier. */
export function mergeEpochs(known: readonly EpochRecord[], more: readonly EpochRecord[]): EpochRecord[] {
  const byNumber = new Map(known.map((record) => [record.epoch, record]))
  for (const record of more) byNumber.set(record.epoch, record)
  return [...byNumber.values()].sort((a, b) => a.epoch - b.epoch)
}
