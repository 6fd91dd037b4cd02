import { z } from 'zod'

/**
 * What a model said about every sample it was tested on, kept with the model so that errors can be looked at. Lists run
 * over samples; `probabilities` is [samples × classes], rounded to four decimals.
 */
export const testSamplesSchema = z
  .object({
    format: z.literal('chronolens-test-samples'),
    version: z.literal(1),
    /** Class names in the order of the model's output. */
    labels: z.array(z.string()),
    /** Distinct intervals: first day, and first day after. */
    intervals: z.array(z.tuple([z.string(), z.string()])),
    id: z.array(z.string()),
    /** Centre of the sample's pixel, degrees, WGS 84. */
    longitude: z.array(z.number()),
    latitude: z.array(z.number()),
    /** Index into `intervals`. */
    interval: z.array(z.number().int().nonnegative()),
    /** Indices into `labels`. */
    truth: z.array(z.number().int().nonnegative()),
    predicted: z.array(z.number().int().nonnegative()),
    probabilities: z.array(z.number()),
  })
  .refine(
    ({ id, labels, probabilities, ...lists }) =>
      [lists.longitude, lists.latitude, lists.interval, lists.truth, lists.predicted].every(
        (list) => list.length === id.length,
      ) && probabilities.length === id.length * labels.length,
    'the lists differ in length',
  )
/** What a model said about every sample it was tested on. */
export type TestSamples = z.infer<typeof testSamplesSchema>
