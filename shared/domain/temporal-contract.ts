import { z } from 'zod'

/**
 * What a model needs from a sequence, stored in the model folder and checked before every use.
 * A value of null means that the model does not care.
 */
export const temporalContractSchema = z.object({
  /** Number of frames of one sample. */
  frames: z.number().int().positive(),
  /** Time between frames, in days (satellite) or seconds (video); frames are resampled to it. */
  step: z.object({ value: z.number().positive(), unit: z.enum(['day', 'second', 'frame']) }).nullable(),
  /** Where a sample starts in the year, `MM-DD`, when the season matters. */
  seasonStart: z
    .string()
    .regex(/^\d{2}-\d{2}$/)
    .nullable(),
  /** Bands in the order of the model's input; found in the data by name. */
  bands: z.array(z.string()).min(1),
  /** Height and width of one sample, in pixels; [1, 1] for models that look at one pixel's series. */
  size: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  /** Input is (value - mean) / deviation per band, learned from the training samples only. */
  normalisation: z.object({ mean: z.array(z.number()), deviation: z.array(z.number().positive()) }),
  /** Pixel spacing in mm the model was trained at, when it matters. */
  spacingMm: z.tuple([z.number(), z.number(), z.number()]).nullable(),
})
/** What a model needs from a sequence; see `temporalContractSchema`. */
export type TemporalContract = z.infer<typeof temporalContractSchema>
