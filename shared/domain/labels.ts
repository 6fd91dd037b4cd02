import { z } from 'zod'

/** The part of a dataset that a sample belongs to. */
export const subsetSchema = z.enum(['train', 'validation', 'test'])
/** The part of a dataset that a sample belongs to. */
export type Subset = z.infer<typeof subsetSchema>

/** One labelled pixel of a sequence over an interval of time. */
export const labelledSampleSchema = z.object({
  /** Unique in its dataset; says where the label came from (`samples.csv:17`). */
  id: z.string(),
  /** Pixel that holds the labelled place, from 0. */
  column: z.number().int().nonnegative(),
  row: z.number().int().nonnegative(),
  /** First day of the interval, ISO. */
  from: z.string(),
  /** First day after the interval, ISO. */
  to: z.string(),
  label: z.string(),
  /** File the label was read from. */
  source: z.string(),
  /** Pixels of one object (a polygon) share it, and stay in one subset; null for single points. */
  group: z.string().nullable(),
  /** Subset that the label file asks for; null where it says nothing. */
  subset: subsetSchema.nullable(),
})
/** One labelled pixel of a sequence over an interval of time. */
export type LabelledSample = z.infer<typeof labelledSampleSchema>
