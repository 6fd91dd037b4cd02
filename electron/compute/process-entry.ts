import { isAbortError } from '../../shared/base/abort.ts'
import { AppError, toAppError } from '../../shared/base/app-error.ts'
import { watchMemory } from './memory-watch.ts'
import { type ComputeJob, type FromCompute, toComputeSchema } from './protocol.ts'
import { runJob } from './run-job.ts'
import { throttleProgress } from './throttle-progress.ts'

// The entry of a compute process: one job, asked for over the channel to the host, then the end. When the host goes
// away, or the system asks the process to end, the job is cancelled, so that a training run leaves its checkpoint.

const cancelling = new AbortController()
const cancel = (): void => cancelling.abort()
let isFinished = false

/** Says the last word and ends the process once it is delivered. */
function finish(message: FromCompute, exitCode: number): void {
  if (isFinished) return
  isFinished = true
  if (!process.connected || !process.send) process.exit(exitCode)
  process.send(message, undefined, undefined, () => process.exit(exitCode))
}

function fail(error: unknown): void {
  finish({ type: 'error', error: toAppError(error).toWire() }, 1)
}

function post(message: FromCompute): void {
  // A host that has gone is dealt with by `disconnect`; there is nobody to tell about it here.
  if (process.connected && !isFinished) process.send?.(message, undefined, undefined, () => undefined)
}

async function run(job: ComputeJob, memoryLimitBytes: number | null): Promise<void> {
  const stopWatching = memoryLimitBytes === null ? () => undefined : watchMemory(memoryLimitBytes, fail)
  const progress = throttleProgress((report) => post({ type: 'progress', progress: report }))
  try {
    const result = await runJob(job, { signal: cancelling.signal, report: progress.report })
    progress.flush()
    finish({ type: 'result', result }, 0)
  } catch (error) {
    progress.flush()
    if (isAbortError(error)) finish({ type: 'cancelled' }, 0)
    else fail(error)
  } finally {
    stopWatching()
  }
}

let isStarted = false
process.on('message', (raw) => {
  const message = toComputeSchema.safeParse(raw)
  if (!message.success)
    fail(new AppError('compute/bad-message', `A message to compute is wrong: ${message.error.message}`))
  else if (message.data.type === 'cancel') cancel()
  else if (isStarted)
    fail(new AppError('compute/bad-message', 'A compute process does one job, and was asked for another.'))
  else {
    isStarted = true
    void run(message.data.job, message.data.memoryLimitBytes)
  }
})
process.on('disconnect', () => {
  cancel()
  if (!isStarted) process.exit(0)
})
// Ctrl-C reaches every process of the terminal; only the host decides what it means.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', cancel)
process.on('SIGHUP', cancel)
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
// The host's pipes may be gone; a remark that nobody reads must not end a run.
process.stdout.on('error', () => undefined)
process.stderr.on('error', () => undefined)
post({ type: 'ready' })
