import { AbortError, isAbortError } from '../../shared/base/abort.ts'
import type { Job } from '../core/job.ts'
import { createProgressDisplay } from './progress-display.ts'
import type { Terminal } from './terminal.ts'

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What to say when the user stops a job. */
export interface FollowOptions {
  /** Sentence on what is left after cancelling, and how to go on. */
  readonly onCancelled?: string
}

/**
 * Shows a job's progress on stderr and waits for its result. The first Ctrl-C (or SIGTERM) asks the job to stop, which
 * leaves a checkpoint where the job has one; the second one ends it at once.
 */
export async function followJob<Result>(
  job: Job<Result>,
  terminal: Terminal,
  options: FollowOptions = {},
): Promise<Result> {
  const display = createProgressDisplay(process.stderr)
  let shown = job.snapshot.progress
  const stopWatching = job.onDidChange(({ progress, secondsLeft }) => {
    if (progress && progress !== shown) display.update(progress, secondsLeft)
    shown = progress
  })
  let isStopping = false
  const stop = (): void => {
    display.clear()
    if (isStopping) {
      terminal.note('Stopping at once.')
      return job.kill()
    }
    isStopping = true
    terminal.note('Stopping at the next safe point; press Ctrl-C again to stop at once.')
    job.cancel()
  }
  for (const signal of stopSignals) process.on(signal, stop)
  try {
    return await job.result
  } catch (error) {
    if (isAbortError(error)) throw new AbortError(['Cancelled.', options.onCancelled].filter(Boolean).join(' '))
    throw error
  } finally {
    stopWatching()
    display.clear()
    for (const signal of stopSignals) process.off(signal, stop)
  }
}
