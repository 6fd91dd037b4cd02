import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import type { JobSnapshot as WireSnapshot } from '../../../shared/contracts/jobs.ts'
import type { Job, JobSnapshot } from '../job.ts'
import type { JobRegistry } from '../job-registry.ts'

/** At most four snapshots a second: iterators have no back-pressure, and nobody reads faster. */
const intervalMs = 250

/** A snapshot in the form the page gets: numbers that JSON cannot hold become null. */
export function toWireSnapshot(snapshot: JobSnapshot): WireSnapshot {
  const { progress, secondsLeft, ...rest } = snapshot
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
  return {
    ...rest,
    secondsLeft: secondsLeft === null ? null : finite(secondsLeft),
    progress: progress && {
      ...progress,
      values:
        progress.values && Object.fromEntries(Object.entries(progress.values).map(([key, v]) => [key, finite(v)])),
    },
  }
}

/** The job with this id. @throws `jobs/unknown` */
export function findJob(jobs: JobRegistry, id: string): Job<unknown> {
  const job = jobs.get(id)
  if (job) return job
  throw new AppError('jobs/unknown', 'This job is not known; the program was started anew since.', { id })
}

/** The state now and at every change, never more often than four times a second; ends after the job's last state. */
export async function* followJob(job: Job<unknown>, signal?: AbortSignal): AsyncGenerator<WireSnapshot> {
  let wake: () => void = () => undefined
  let isChanged = true
  const stop = job.onDidChange(() => {
    isChanged = true
    wake()
  })
  const onAbort = (): void => wake()
  signal?.addEventListener('abort', onAbort)
  try {
    while (!signal?.aborted) {
      if (!isChanged) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      isChanged = false
      const { snapshot } = job
      yield toWireSnapshot(snapshot)
      if (snapshot.state !== 'running') return
      await Promise.race([sleep(intervalMs, undefined, { signal }).catch(() => undefined), ended(job)])
    }
  } finally {
    stop()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Settles with the job, so that its last state is told at once. */
async function ended(job: Job<unknown>): Promise<void> {
  await job.result.then(
    () => undefined,
    () => undefined,
  )
}
