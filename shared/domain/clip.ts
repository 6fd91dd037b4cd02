import { z } from 'zod'

/** What a viewer needs to know of a video beside `SequenceInfo`. */
export const clipSchema = z.object({
  codec: z.string(),
  /** Mean frames per second. */
  frameRate: z.number().positive(),
  durationSeconds: z.number().nonnegative(),
  /** Width of a pixel beside its height: 1 where pixels are square. */
  pixelAspect: z.number().positive(),
  /** Whether frames come at uneven times; then `seconds` holds them. */
  isVariable: z.boolean(),
  /** Time of each frame from the first one, in seconds; null when frame n is at n / frameRate. */
  seconds: z.array(z.number()).nullable(),
})
/** What a viewer needs to know of a video. */
export type Clip = z.infer<typeof clipSchema>

/** The time of a frame from the first one, in seconds. */
export function secondsOf(clip: Clip, frame: number): number {
  return clip.seconds?.[frame] ?? frame / clip.frameRate
}
