import { AbortError } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import type { Progress, ReportProgress } from '../../shared/base/progress.ts'
import { outOfMemory } from '../compute/memory-watch.ts'
import type { ComputeJob } from '../compute/protocol.ts'
import type { ComputeChannel, ComputeExit, ComputeStarter } from './compute-starter.ts'
import { residentBytes } from './process-memory.ts'

/** Bounds and listeners of one supervised job. */
export interface SuperviseOptions {
  readonly onProgress: ReportProgress
  /** Resident memory the process may use. */
  readonly memoryLimitBytes?: number
}

/** A job that runs in a compute process. */
export interface SupervisedJob {
  /** The job's result, as the process sent it. Rejects with `AppError` or `AbortError`. */
  readonly result: Promise<unknown>
  /** Asks the process to stop at its next safe point, leaving a checkpoint where the job has one. */
  cancel(): void
  /** Ends the process at once. */
  kill(): void
}

const memoryCheckMs = 100

/**
 * Runs one job in a process of its own and sees it through: whatever the process does, crash or eat memory, the
 * result settles, and no process is left behind.
 * @throws `compute/crashed`, `compute/out-of-memory`, `compute/not-started`, and the job's own codes
 */
export function superviseCompute(starter: ComputeStarter, job: ComputeJob, options: SuperviseOptions): SupervisedJob {
  const { memoryLimitBytes } = options
  const channel = starter.start({})
  let lastProgress: Progress | undefined
  let isCancelled = false
  let memoryTimer: NodeJS.Timeout | undefined

  const result = new Promise<unknown>((resolve, reject) => {
    let outcome: (() => void) | undefined
    const settleWith = (settle: () => void): void => {
      outcome ??= settle
    }
    const stop = (error: AppError): void => {
      settleWith(() => reject(error))
      channel.kill()
    }
    channel.onMessage((message) => {
      switch (message.type) {
        case 'ready':
          channel.send({ type: 'run', job, memoryLimitBytes: memoryLimitBytes ?? null })
          if (isCancelled) channel.send({ type: 'cancel' })
          return
        case 'progress':
          lastProgress = message.progress
          options.onProgress(message.progress)
          return
        case 'result':
          return settleWith(() => resolve(message.result))
        case 'error':
          return settleWith(() => reject(AppError.fromWire(message.error)))
        case 'cancelled':
          return settleWith(() => reject(new AbortError()))
      }
    })
    channel.onExit((exit) => {
      clearInterval(memoryTimer)
      settleWith(() => reject(isCancelled ? new AbortError() : crashError(exit, channel, lastProgress)))
      outcome?.()
    })
    if (memoryLimitBytes !== undefined) memoryTimer = watchFromOutside(channel, memoryLimitBytes, stop)
  })
  return {
    result,
    cancel: () => {
      isCancelled = true
      channel.send({ type: 'cancel' })
    },
    kill: () => {
      isCancelled = true
      channel.kill()
    },
  }
}

/** A process that is busy in native code cannot watch itself. */
function watchFromOutside(
  channel: ComputeChannel,
  limitBytes: number,
  stop: (error: AppError) => void,
): NodeJS.Timeout {
  return setInterval(() => {
    if (channel.pid === undefined) return
    void residentBytes(channel.pid).then((used) => {
      if (used !== null && used > limitBytes) stop(outOfMemory(used, limitBytes))
    })
  }, memoryCheckMs)
}

function crashError(exit: ComputeExit, channel: ComputeChannel, last: Progress | undefined): AppError {
  if (exit.startError)
    return new AppError(
      'compute/not-started',
      `The compute process could not be started: ${exit.startError.message}. Reinstall the program.`,
    )
  const lastLine = channel.log.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
  const how = exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`
  const when = last ? ` during "${last.stage}"${last.total > 0 ? ` (${last.done} of ${last.total})` : ''}` : ''
  // The kernel's out-of-memory killer sends SIGKILL; V8 aborts when its heap is full.
  const isMemory = exit.signal === 'SIGKILL' || /heap out of memory/i.test(channel.log)
  const remedy = isMemory ? ' If memory ran out, choose a smaller batch.' : ''
  const message = `The compute process ${how}${when}${lastLine ? `; it last wrote "${lastLine}"` : ''}.${remedy}`
  return new AppError('compute/crashed', message, { exitCode: exit.code, signal: exit.signal, progress: last ?? null })
}
