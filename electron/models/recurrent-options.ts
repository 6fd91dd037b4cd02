import { z } from 'zod'

/** Options that all recurrent classifiers share; `units` has one entry per stacked layer. */
export const recurrentOptionsSchema = z.object({
  units: z.array(z.number().int().min(1).max(1024)).min(1).max(8).default([64, 64]),
  /** Share of each layer's output that is set to zero while training. */
  dropout: z.number().min(0).max(0.9).default(0.2),
})
/** Options that all recurrent classifiers share. */
export type RecurrentOptions = z.infer<typeof recurrentOptionsSchema>
