import type { Progress, ReportProgress } from '../../shared/base/progress.ts'

/** A receiver that passes on a limited number of reports; `flush` passes on what it still holds back. */
export interface ThrottledProgress {
  readonly report: ReportProgress
  flush(): void
}

/**
 * Passes on at most one report per interval, so that a fast loop does not flood the host. Reports with a note, and the
 * first of a stage, always pass; the latest one held back passes when the interval is over.
 */
export function throttleProgress(pass: ReportProgress, intervalMs = 100): ThrottledProgress {
  let held: Progress | undefined
  let stage: string | undefined
  let passedAt = -Infinity
  let timer: NodeJS.Timeout | undefined

  const send = (progress: Progress): void => {
    stage = progress.stage
    passedAt = performance.now()
    pass(progress)
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (held) send(held)
    held = undefined
  }
  return {
    report: (progress) => {
      const isDue = performance.now() - passedAt >= intervalMs
      if (progress.note !== undefined || progress.stage !== stage) {
        flush()
        send(progress)
      } else if (isDue) {
        held = undefined
        clearTimeout(timer)
        timer = undefined
        send(progress)
      } else {
        held = progress
        timer ??= setTimeout(flush, intervalMs).unref()
      }
    },
    flush,
  }
}
