import { z } from 'zod'

/** Options that all recurrent predictors of frames share; `filters` has one entry per stacked layer. */
export const predictorOptionsSchema = z.object({
  filters: z.array(z.number().int().min(1).max(512)).min(1).max(8).default([64, 64]),
  kernelSize: z.number().int().min(1).max(15).default(3),
  /** Frames are cut into squares of this edge, whose pixels become channels: 4 makes a step sixteen times cheaper. */
  patch: z.number().int().min(1).max(16).default(4),
  /** The network predicts the change from one frame to the next instead of the frame itself. */
  residual: z.boolean().default(true),
})
/** Options that all recurrent predictors of frames share. */
export type PredictorOptions = z.infer<typeof predictorOptionsSchema>
