import { momentOf, nearestFrame } from './time-scale.ts'

/** How a view's moment follows from that of the first view. */
export interface PaneTime {
  /** Calendar years on; the nearest date there is counts. */
  readonly years: number
  /** Dates on from there. */
  readonly frames: number
  /** A date of its own that stays while the others move; null follows. */
  readonly fixed: number | null
}

/** Furthest that an image may be from the day a view asks for and still stand for it; sparse series get one and a half steps. */
const leastTolerance = 20 * 86_400_000

/**
 * The frame a view shows while the first view shows `main`.
 * @param times  ISO dates of the frames; null for frames without dates, which know no years
 * @returns null where there is no image at that time
 */
export function paneFrame(
  time: PaneTime,
  main: number,
  times: readonly string[] | null,
  moments: readonly number[],
): number | null {
  if (time.fixed !== null) return time.fixed < moments.length ? time.fixed : null
  let frame = main
  const day = times?.[main]
  if (time.years !== 0 && day !== undefined) {
    const wanted = yearsOn(momentOf(day), time.years)
    frame = nearestFrame(moments, wanted)
    if (Math.abs((moments[frame] ?? Infinity) - wanted) > tolerance(moments)) return null
  }
  frame += time.frames
  return frame >= 0 && frame < moments.length ? frame : null
}

/** The same day of another year; 29 February becomes 1 March where there is none. */
function yearsOn(moment: number, years: number): number {
  const date = new Date(moment)
  date.setUTCFullYear(date.getUTCFullYear() + years)
  return date.getTime()
}

function tolerance(moments: readonly number[]): number {
  const [first, last] = [moments[0] ?? 0, moments.at(-1) ?? 0]
  const step = moments.length > 1 ? (last - first) / (moments.length - 1) : 0
  return Math.max(leastTolerance, 1.5 * step)
}

/** A view's time, moved by some dates: its own date where it is fixed, else its distance from the first view. */
export function movedPane<T extends PaneTime>(time: T, by: number, frames: number): T {
  if (time.fixed === null) return { ...time, frames: Math.min(frames - 1, Math.max(1 - frames, time.frames + by)) }
  return { ...time, fixed: Math.min(frames - 1, Math.max(0, time.fixed + by)) }
}
