import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { JobSnapshot } from '../../shared/contracts/jobs.ts'
import { AbortError } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { coreError } from '../transport/core-error.ts'
import { useConnectionStore } from './connection.ts'
import { useNoticesStore } from './notices.ts'

/** What the core is doing. Jobs go on without the page; this store only watches them. */
export const useJobsStore = defineStore('jobs', () => {
  const connection = useConnectionStore()
  const notices = useNoticesStore()
  const jobs = ref<ReadonlyMap<string, JobSnapshot>>(new Map())
  const watching = new Set<string>()
  const waiting = new Map<string, { resolve: (job: JobSnapshot) => void; reject: (error: Error) => void }[]>()

  const running = computed(() => [...jobs.value.values()].filter((job) => job.state === 'running'))

  /** Notes a job's state, from whatever stream it came. */
  function note(job: JobSnapshot): void {
    jobs.value = new Map(jobs.value).set(job.id, job)
    if (job.state === 'running') return
    for (const { resolve } of waiting.get(job.id) ?? []) resolve(job)
    waiting.delete(job.id)
  }

  /** Follows a job until it ends. */
  async function watch(id: string): Promise<void> {
    if (watching.has(id)) return
    watching.add(id)
    try {
      for await (const job of await connection.core().jobs.watch({ job: id })) note(job)
    } catch (error) {
      // The core was restarted, or it has forgotten the job: whoever waits must not wait for ever.
      for (const { reject } of waiting.get(id) ?? []) reject(coreError(error))
      waiting.delete(id)
    } finally {
      watching.delete(id)
    }
  }

  /** Finds the jobs that were running before the page came, and follows them. */
  async function load(): Promise<void> {
    const list = (await notices.guard(() => connection.core().jobs.list())) ?? []
    for (const job of list) {
      note(job)
      if (job.state === 'running') void watch(job.id)
    }
  }

  /** Waits for a job to end. @throws the job's error as `AppError`; `AbortError` when it was cancelled */
  async function finished(id: string): Promise<JobSnapshot> {
    const known = jobs.value.get(id)
    const job =
      known && known.state !== 'running'
        ? known
        : await new Promise<JobSnapshot>((resolve, reject) => {
            waiting.set(id, [...(waiting.get(id) ?? []), { resolve, reject }])
            void watch(id)
          })
    if (job.state === 'cancelled') throw new AbortError()
    if (job.error) throw AppError.fromWire(job.error)
    return job
  }

  /** Asks a job to stop at its next safe point. */
  async function cancel(id: string): Promise<void> {
    await notices.guard(() => connection.core().jobs.cancel({ job: id }))
  }

  return { jobs, running, note, watch, load, finished, cancel }
})
