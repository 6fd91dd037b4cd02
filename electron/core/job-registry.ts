import { randomUUID } from 'node:crypto'
import type { ReportProgress } from '../../shared/base/progress.ts'
import type { ComputeJob } from '../compute/protocol.ts'
import type { ComputeStarter } from './compute-starter.ts'
import { type Job, type JobKind, RunningJob } from './job.ts'
import { type SupervisedJob, superviseCompute } from './supervise-compute.ts'

/** Bounds of a job; see `superviseCompute`. */
export interface JobLimits {
  readonly memoryLimitBytes?: number
}

/** All jobs of a core, running and ended; a client can attach to any of them again. */
export interface JobRegistry {
  /** Starts a job in a process of its own. @param parse turns what the process sent into the result, or throws */
  start<Result>(job: ComputeJob, parse: (raw: unknown) => Result): Job<Result>
  /** Like `start`, for work that needs another way of supervising. */
  startWith<Result>(
    kind: JobKind,
    begin: (onProgress: ReportProgress) => SupervisedJob,
    parse: (raw: unknown) => Result,
  ): Job<Result>
  list(): readonly Job<unknown>[]
  get(id: string): Job<unknown> | undefined
  /** Cancels what runs and waits for its end, for the host's own end. */
  close(): Promise<void>
}

/** Makes the registry of a core's jobs. */
export function createJobRegistry(starter: ComputeStarter, limits: JobLimits): JobRegistry {
  const jobs = new Map<string, Job<unknown>>()
  const startWith: JobRegistry['startWith'] = (kind, begin, parse) => {
    const job = new RunningJob(randomUUID(), kind, begin, parse)
    jobs.set(job.id, job)
    return job
  }
  return {
    startWith,
    start: (job, parse) =>
      startWith(job.kind, (onProgress) => superviseCompute(starter, job, { ...limits, onProgress }), parse),
    list: () => [...jobs.values()],
    get: (id) => jobs.get(id),
    close: async () => {
      const running = [...jobs.values()].filter((job) => job.snapshot.state === 'running')
      running.forEach((job) => job.cancel())
      await Promise.allSettled(running.map((job) => job.result))
    },
  }
}
