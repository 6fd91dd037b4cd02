import type { Clip } from '../../../shared/domain/clip.ts'

/** Frame times as the viewer wants them. */
export type ClipTimes = Pick<Clip, 'frameRate' | 'isVariable' | 'seconds'>

/** A time stamp may be off by this part of a frame: containers round to ticks (Matroska: 1 ms). */
const tolerance = 0.1
const usualRate = 25

/**
 * Says whether frames come evenly, and how many per second.
 * @param seconds time of each frame from the first one, ascending
 * @param statedRate rate that the container states; used where there are too few frames to measure
 */
export function clipTimes(seconds: Float64Array, statedRate: number | null): ClipTimes {
  const last = seconds.at(-1) ?? 0
  if (seconds.length < 2 || last <= 0) return { frameRate: statedRate ?? usualRate, isVariable: false, seconds: null }
  const measured = (seconds.length - 1) / last
  // The stated rate is exact (30000/1001) where the time stamps are rounded.
  const candidates = statedRate !== null && statedRate > 0 ? [statedRate, measured] : [measured]
  const frameRate = candidates.find((rate) =>
    seconds.every((second, i) => Math.abs(second * rate - i) <= Math.max(tolerance, rate * 0.0011)),
  )
  if (frameRate !== undefined) return { frameRate, isVariable: false, seconds: null }
  return { frameRate: measured, isVariable: true, seconds: [...seconds] }
}
