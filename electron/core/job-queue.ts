import { AbortError } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import type { ReportProgress } from '../../shared/base/progress.ts'
import type { JobKind } from './job.ts'
import type { SupervisedJob } from './supervise-compute.ts'

/** How many jobs there may be. */
export interface QueueLimits {
  /** Long jobs (training, prediction, evaluation, export) that run at once; further ones wait for their turn. */
  readonly long: number
  /** Short ones (plans, choices, devices). */
  readonly short: number
  /** Long jobs of one owner that run at once while others wait too. */
  readonly longPerOwner: number
  /** Jobs of one owner, running and waiting; more are refused. */
  readonly perOwner: number
}

/** Enough for people who work; a queue of a thousand is a mistake, or means harm. */
export const usualLimits: QueueLimits = { long: 3, short: 4, longPerOwner: 2, perOwner: 24 }

const longKinds: ReadonlySet<JobKind> = new Set<JobKind>(['train', 'predict', 'evaluate', 'export', 'track', 'follow'])

interface Entry {
  readonly isLong: boolean
  readonly owner: object | null
  readonly run: () => void
}

/**
 * Who may compute now. Every job has a process with memory of its own, and perhaps a graphics card's, so only a few run at a
 * time; the others wait in the order they came, except that nobody takes all places while others wait. Looking for sequences
 * is bounded by the pool of reader processes, and only counted here.
 */
export class JobQueue {
  private readonly limits: QueueLimits
  private readonly running = new Set<Entry>()
  private waiting: Entry[] = []

  constructor(limits: QueueLimits = usualLimits) {
    this.limits = limits
  }

  /**
   * A beginning that waits for its turn; while it waits its progress is the stage "waiting for another job".
   * @param owner  whose job it is; jobs of nobody (the command line's) are only counted
   * @throws `jobs/too-many` at once when the owner has too many
   */
  inTurn(
    kind: JobKind,
    owner: object | null,
    begin: (onProgress: ReportProgress) => SupervisedJob,
  ): (onProgress: ReportProgress) => SupervisedJob {
    const { perOwner } = this.limits
    const own = [...this.running, ...this.waiting].filter((entry) => entry.owner === owner)
    if (owner !== null && own.length >= perOwner)
      throw new AppError('jobs/too-many', `You have ${perOwner} jobs going on; wait for some to end, or stop them.`, {
        limit: perOwner,
      })
    return (onProgress) => this.enter(kind, owner, () => begin(onProgress), onProgress)
  }

  private enter(
    kind: JobKind,
    owner: object | null,
    begin: () => SupervisedJob,
    onProgress: ReportProgress,
  ): SupervisedJob {
    let work: SupervisedJob | undefined
    let leave: () => void = () => undefined
    const result = new Promise<unknown>((resolve, reject) => {
      const run = (): void => {
        work = begin()
        work.result.then(resolve, reject).finally(() => {
          this.running.delete(entry)
          this.next()
        })
      }
      const entry: Entry = { isLong: longKinds.has(kind), owner, run }
      leave = () => {
        this.waiting = this.waiting.filter((other) => other !== entry)
        reject(new AbortError())
      }
      if (kind === 'inspect' || this.mayRun(entry)) this.start(entry)
      else {
        this.waiting.push(entry)
        onProgress({ stage: 'waiting for another job', done: 0, total: 0 })
      }
    })
    return { result, cancel: () => (work ? work.cancel() : leave()), kill: () => (work ? work.kill() : leave()) }
  }

  private start(entry: Entry): void {
    this.running.add(entry)
    entry.run()
  }

  private next(): void {
    for (const entry of [...this.waiting])
      if (this.mayRun(entry)) {
        this.waiting = this.waiting.filter((other) => other !== entry)
        this.start(entry)
      }
  }

  private mayRun({ isLong, owner }: Entry): boolean {
    const alike = [...this.running].filter((other) => other.isLong === isLong)
    if (!isLong) return alike.length < this.limits.short
    const own = alike.filter((other) => other.owner === owner)
    return alike.length < this.limits.long && (owner === null || own.length < this.limits.longPerOwner)
  }
}
