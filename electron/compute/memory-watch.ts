import { AppError } from '../../shared/base/app-error.ts'

/** Looks at this process's resident memory until stopped, and reports once when it passes the limit. */
export function watchMemory(limitBytes: number, onExceeded: (error: AppError) => void, intervalMs = 200): () => void {
  const timer = setInterval(() => {
    const usedBytes = process.memoryUsage.rss()
    if (usedBytes <= limitBytes) return
    clearInterval(timer)
    onExceeded(outOfMemory(usedBytes, limitBytes))
  }, intervalMs).unref()
  return () => clearInterval(timer)
}

/** The error of a job that takes more memory than it may. */
export function outOfMemory(usedBytes: number, limitBytes: number): AppError {
  const message = `The job uses ${gib(usedBytes)} of memory, and its limit is ${gib(limitBytes)}. Choose a smaller batch or fewer data at once.`
  return new AppError('compute/out-of-memory', message, { usedBytes, limitBytes })
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
