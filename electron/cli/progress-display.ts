import type { Progress } from '../../shared/base/progress.ts'
import { printable } from './printable.ts'

/** Shows how a job gets on. */
export interface ProgressDisplay {
  update(progress: Progress, secondsLeft: number | null): void
  /** Takes the live line away, so that other text can follow. */
  clear(): void
}

/** Where a display writes; `process.stderr` in earnest. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const plainIntervalMs = 10_000

/** A live line on a terminal; elsewhere (log files, pipes) a plain line per stage and every ten seconds. */
export function createProgressDisplay(
  stream: ProgressStream,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  return stream.isTTY ? liveLine(stream) : plainLines(stream, now)
}

function liveLine(stream: ProgressStream): ProgressDisplay {
  const eraseLine = '\r\x1b[2K'
  return {
    update: (progress, secondsLeft) => {
      if (progress.note !== undefined) stream.write(`${eraseLine}${printable(progress.note)}\n`)
      // A line that wraps could not be erased again.
      const line = describeProgress(progress, secondsLeft).slice(0, Math.max(20, (stream.columns ?? 80) - 1))
      stream.write(eraseLine + line)
    },
    clear: () => void stream.write(eraseLine),
  }
}

function plainLines(stream: ProgressStream, now: () => number): ProgressDisplay {
  let stage: string | undefined
  let writtenAt = -Infinity
  return {
    update: (progress, secondsLeft) => {
      if (progress.note !== undefined) stream.write(`${printable(progress.note)}\n`)
      const isNews = progress.stage !== stage || now() - writtenAt >= plainIntervalMs
      if (!isNews) return
      stage = progress.stage
      writtenAt = now()
      stream.write(`${describeProgress(progress, secondsLeft)}\n`)
    },
    clear: () => undefined,
  }
}

/** One line that says what is being done, how far it is, how long it will take, and its figures. */
export function describeProgress(progress: Progress, secondsLeft: number | null): string {
  const { stage, done, total, values = {} } = progress
  const share = total > 0 ? [`${Math.floor((100 * done) / total)} %`] : []
  const left = secondsLeft === null ? [] : [`${formatSeconds(secondsLeft)} left`]
  const figures = Object.entries(values).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
  return printable([stage, ...share, ...left, ...figures].join(' · '))
}

/** A duration as people say it: `45 s`, `3 min 20 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
