/** Which frames a track shows, and how wide it is. */
export interface TrackScale {
  /** First frame shown, fractional. */
  readonly start: number
  /** Frames shown. */
  readonly span: number
  /** CSS pixels. */
  readonly width: number
}

/** Fewest frames a track shows at the closest. */
const closest = 12

/** Left edge of a frame in CSS pixels. */
export function frameX({ start, span, width }: TrackScale, frame: number): number {
  return ((frame - start) / span) * width
}

/** The position in frames under a place of the track; frame n covers [n, n + 1). */
export function framesAt({ start, span, width }: TrackScale, x: number): number {
  return start + (x / width) * span
}

/** The scale zoomed by a factor around a place, within the frames there are. */
export function zoomed(scale: TrackScale, frames: number, factor: number, x: number): TrackScale {
  const span = Math.min(frames, Math.max(Math.min(closest, frames), scale.span * factor))
  const at = framesAt(scale, x)
  return moved({ ...scale, span, start: at - (x / scale.width) * span }, frames, 0)
}

/** The scale moved by some frames, within the frames there are. */
export function moved(scale: TrackScale, frames: number, by: number): TrackScale {
  return { ...scale, start: Math.min(Math.max(0, scale.start + by), Math.max(0, frames - scale.span)) }
}

/** Frames at which to write the time, at least `apart` pixels from one another, at round numbers of seconds or frames. */
export function trackTicks(scale: TrackScale, rate: number | null, apart = 70): number[] {
  const perUnit = rate ?? 1
  const least = ((apart / scale.width) * scale.span) / perUnit
  const steps = rate ? [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] // prettier-ignore
  const step = steps.find((one) => one >= least) ?? least
  const first = Math.ceil(scale.start / perUnit / step)
  const last = Math.floor((scale.start + scale.span) / perUnit / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step * perUnit)
}

/** The nearest of some frames where one is within reach, else the frame itself. */
export function snapped(frame: number, to: readonly number[], reach: number): number {
  let best = frame
  let distance = reach
  for (const candidate of to)
    if (Math.abs(candidate - frame) <= distance) {
      best = candidate
      distance = Math.abs(candidate - frame)
    }
  return Math.round(best)
}
