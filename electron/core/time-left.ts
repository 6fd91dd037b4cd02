import type { Progress } from '../../shared/base/progress.ts'

/** Estimates how long a stage will still take, from its rate so far. */
export interface TimeLeft {
  /** Takes the newest report; returns seconds left in its stage, or null while that cannot be said. */
  update(progress: Progress): number | null
}

const shortestBasisMs = 1000

/** An estimator for one job; each stage starts anew, because stages count in different units. */
export function createTimeLeft(now: () => number = () => performance.now()): TimeLeft {
  let stage: string | undefined
  let startedAt = 0
  let startedFrom = 0
  return {
    update: ({ stage: current, done, total }) => {
      if (current !== stage || done < startedFrom) {
        stage = current
        startedAt = now()
        startedFrom = done // A resumed run does not start at 0.
      }
      const elapsedMs = now() - startedAt
      const work = done - startedFrom
      if (total <= 0 || work <= 0 || elapsedMs < shortestBasisMs) return null
      return Math.max(0, (elapsedMs / work) * (total - done)) / 1000
    },
  }
}
