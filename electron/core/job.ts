import { isAbortError } from '../../shared/base/abort.ts'
import { toAppError, type AppErrorWire } from '../../shared/base/app-error.ts'
import type { Progress } from '../../shared/base/progress.ts'
import type { ComputeJobKind } from '../compute/protocol.ts'
import type { SupervisedJob } from './supervise-compute.ts'
import { createTimeLeft } from './time-left.ts'

/** What jobs there are: those of compute processes, and looking for sequences. */
export type JobKind = ComputeJobKind | 'inspect'

/** How far a job is. */
export type JobState = 'running' | 'done' | 'failed' | 'cancelled'

/** What can be seen of a job at one moment; plain JSON. */
export interface JobSnapshot {
  readonly id: string
  readonly kind: JobKind
  readonly state: JobState
  readonly progress: Progress | null
  /** Seconds left in the present stage; null while that cannot be said. */
  readonly secondsLeft: number | null
  readonly error: AppErrorWire | null
}

/** A piece of work that the core does; it belongs to the core, not to whoever asked for it. */
export interface Job<Result> {
  readonly id: string
  readonly kind: JobKind
  readonly snapshot: JobSnapshot
  /** Rejects with `AppError`, or `AbortError` when cancelled. */
  readonly result: Promise<Result>
  /** Asks the job to stop at its next safe point. */
  cancel(): void
  /** Stops the job at once; what it has not written is lost. */
  kill(): void
  /** Calls the listener at every change until the returned function is called. */
  onDidChange(listener: (snapshot: JobSnapshot) => void): () => void
}

/** The core's own side of a job: it starts the work and keeps what is known about it. */
export class RunningJob<Result> implements Job<Result> {
  readonly id: string
  readonly kind: JobKind
  readonly result: Promise<Result>
  private readonly work: SupervisedJob
  private readonly listeners = new Set<(snapshot: JobSnapshot) => void>()
  private readonly timeLeft = createTimeLeft()
  private current: JobSnapshot

  /** @param start begins the work; `parse` turns what the process sent into the result */
  constructor(
    id: string,
    kind: JobKind,
    start: (onProgress: (progress: Progress) => void) => SupervisedJob,
    parse: (raw: unknown) => Result,
  ) {
    this.id = id
    this.kind = kind
    this.current = { id, kind, state: 'running', progress: null, secondsLeft: null, error: null }
    this.work = start((progress) => this.change({ progress, secondsLeft: this.timeLeft.update(progress) }))
    this.result = this.work.result.then(parse)
    this.result.then(
      () => this.change({ state: 'done', secondsLeft: null }),
      (error: unknown) =>
        this.change(
          isAbortError(error)
            ? { state: 'cancelled', secondsLeft: null }
            : { state: 'failed', secondsLeft: null, error: toAppError(error).toWire() },
        ),
    )
  }

  get snapshot(): JobSnapshot {
    return this.current
  }

  cancel(): void {
    if (this.current.state === 'running') this.work.cancel()
  }

  kill(): void {
    if (this.current.state === 'running') this.work.kill()
  }

  onDidChange(listener: (snapshot: JobSnapshot) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private change(part: Partial<JobSnapshot>): void {
    this.current = { ...this.current, ...part }
    for (const listener of this.listeners) listener(this.current)
  }
}
