import { type Clip, secondsOf } from '../../../shared/domain/clip.ts'

/** Frames to play, both included. */
export interface PlayRange {
  readonly from: number
  readonly to: number
}

/** The last frame that is shown at or before a time from the first frame. */
export function frameAtSeconds(clip: Clip, frames: number, seconds: number): number {
  const last = Math.max(0, frames - 1)
  // A frame counts from its own time on; rounding must not show the one before.
  const time = seconds + 1e-6
  if (!clip.seconds) return Math.min(last, Math.max(0, Math.floor(time * clip.frameRate)))
  let [low, high] = [0, last]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((clip.seconds[middle] ?? 0) <= time) low = middle
    else high = middle - 1
  }
  return low
}

/** How long a range lasts, the last frame's own time included. */
export function rangeSeconds(clip: Clip, frames: number, { from, to }: PlayRange): number {
  const after = to + 1 < frames ? secondsOf(clip, to + 1) : Math.max(clip.durationSeconds, secondsOf(clip, to))
  return Math.max(after - secondsOf(clip, from), 1 / clip.frameRate)
}

/** Where playing has come to. */
export interface PlayedTo {
  readonly frame: number
  /** Whether the end was reached without going round. */
  readonly isOver: boolean
}

/**
 * The frame due after some time of playing, by the clip's own time stamps: never slower than asked for; what cannot be shown
 * in time is left out.
 * @param elapsed seconds of the person's clock since playing began at `start`
 */
export function playedTo(
  clip: Clip,
  frames: number,
  range: PlayRange,
  start: number,
  elapsed: number,
  speed: number,
  isLooping: boolean,
): PlayedTo {
  const begin = secondsOf(clip, range.from)
  const length = rangeSeconds(clip, frames, range)
  const first = Math.min(range.to, Math.max(range.from, start))
  const position = secondsOf(clip, first) - begin + elapsed * speed
  if (position >= length && !isLooping) return { frame: range.to, isOver: true }
  const within = begin + (position % length)
  return { frame: Math.min(range.to, Math.max(range.from, frameAtSeconds(clip, frames, within))), isOver: false }
}

/**
 * Frames to read ahead, the present one first.
 * @param direction 1 or -1, the way of travel
 * @param stride    frames to leave out between two, when not all of them can be shown
 */
export function framesAhead(
  frame: number,
  range: PlayRange,
  { direction, count, stride, wraps }: { direction: number; count: number; stride: number; wraps: boolean },
): number[] {
  const length = range.to - range.from + 1
  const wanted = new Set([frame])
  for (let i = 1; i <= count; i++) {
    const next = frame + direction * i * stride
    if (next >= range.from && next <= range.to) wanted.add(next)
    else if (wraps && length > 0) wanted.add(range.from + ((((next - range.from) % length) + length) % length))
    else break
  }
  return [...wanted]
}

/** Pictures shown per second, over the last second. */
export class RateMeter {
  private readonly moments: number[] = []

  note(now: number): void {
    this.moments.push(now)
    while ((this.moments[0] ?? now) < now - 1000) this.moments.shift()
  }

  get perSecond(): number {
    const [first, last] = [this.moments[0], this.moments.at(-1)]
    if (first === undefined || last === undefined || last - first < 200) return 0
    return ((this.moments.length - 1) / (last - first)) * 1000
  }

  reset(): void {
    this.moments.length = 0
  }
}
