import { z } from 'zod'
import { subsetSchema } from './labels.ts'

/** How samples were divided into subsets: stored with the model, and printed as `split`. */
export const splitDescriptionSchema = z.object({
  /** `source`: whole sequences; `group`: all sequences of one patient, actor or scene; `time`: within a sequence. */
  method: z.enum(['block', 'year', 'given', 'source', 'group', 'time']),
  /** One sentence for the user. */
  text: z.string(),
  seed: z.number().int().nullable(),
  /** Edge of a block in pixels; null for other methods. */
  blockSize: z.number().int().positive().nullable(),
})
/** How samples were divided into subsets. */
export type SplitDescription = z.infer<typeof splitDescriptionSchema>

/** A division of samples into subsets: `subsets[i]` belongs to sample i. */
export const splitSchema = z.object({ subsets: z.array(subsetSchema), description: splitDescriptionSchema })
/** A division of samples into subsets. */
export type Split = z.infer<typeof splitSchema>
