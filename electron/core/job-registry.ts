import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { ReportProgress } from '../../shared/base/progress.ts'
import type { ComputeJob } from '../compute/protocol.ts'
import type { ComputeStarter } from './compute-starter.ts'
import { type Job, type JobKind, RunningJob } from './job.ts'
import { JobQueue, type QueueLimits } from './job-queue.ts'
import { type SupervisedJob, superviseCompute } from './supervise-compute.ts'

/** Bounds of a job; see `superviseCompute`. */
export interface JobLimits {
  readonly memoryLimitBytes?: number
  readonly queue?: QueueLimits
}

/** Ended jobs that can still be asked about. */
const keptJobs = 500

/** All jobs of a core, running and lately ended; a client can attach to any of them again. */
export interface JobRegistry {
  /** Does something on behalf of somebody: the jobs it starts are theirs, and count towards what one of them may have. */
  as<Result>(owner: object, work: () => Result): Result
  /** Starts a job in a process of its own. @throws `jobs/too-many` @param parse turns what the process sent into the result, or throws */
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
  const queue = new JobQueue(limits.queue)
  const owner = new AsyncLocalStorage<object>()
  const { memoryLimitBytes } = limits
  const startWith: JobRegistry['startWith'] = (kind, begin, parse) => {
    const job = new RunningJob(randomUUID(), kind, queue.inTurn(kind, owner.getStore() ?? null, begin), parse)
    jobs.set(job.id, job)
    const ended = [...jobs.values()].filter(({ snapshot }) => snapshot.state !== 'running')
    for (const { id } of ended.slice(0, -keptJobs)) jobs.delete(id)
    return job
  }
  return {
    as: (who, work) => owner.run(who, work),
    startWith,
    start: (job, parse) =>
      startWith(
        job.kind,
        (onProgress) =>
          superviseCompute(starter, job, {
            ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
            onProgress,
          }),
        parse,
      ),
    list: () => [...jobs.values()],
    get: (id) => jobs.get(id),
    close: async () => {
      const running = [...jobs.values()].filter((job) => job.snapshot.state === 'running')
      running.forEach((job) => job.cancel())
      await Promise.allSettled(running.map((job) => job.result))
    },
  }
}
