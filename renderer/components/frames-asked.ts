import { z } from 'zod'

/** Which frames are predicted; null takes what the model was trained with. */
export const framesAskedSchema = z.object({
  inputFrames: z.number().int().positive().nullable(),
  horizon: z.number().int().positive().nullable(),
  /** First known frame, from 0; null takes the last place where all predicted frames have a truth. */
  start: z.number().int().nonnegative().nullable(),
  /** What comes after the last frame. */
  isBeyond: z.boolean(),
})
/** Which frames are predicted. */
export type FramesAsked = z.infer<typeof framesAskedSchema>

/** What is asked where a person has changed nothing. */
export const framesAsked: FramesAsked = { inputFrames: null, horizon: null, start: null, isBeyond: false }

/** The same as settings of the task. */
export function framesSettings({ inputFrames, horizon, start, isBeyond }: FramesAsked): Record<string, string> {
  return {
    ...(inputFrames === null ? {} : { inputFrames: String(inputFrames) }),
    ...(horizon === null ? {} : { horizon: String(horizon) }),
    ...(isBeyond ? { beyond: 'true' } : start === null ? {} : { start: String(start) }),
  }
}
