import { z } from 'zod'

/** A clip: a sequence and its frames [from, to). */
export const clipPlaceSchema = z.object({
  sequence: z.string(),
  from: z.number().int().nonnegative(),
  to: z.number().int().positive(),
})
/** A clip: a sequence and its frames [from, to). */
export type ClipPlace = z.infer<typeof clipPlaceSchema>

/**
 * What a model said about every sample it was tested on, kept with the model so that errors can be looked at. Lists run
 * over samples; `probabilities` is [samples × classes], rounded to four decimals. A sample is a pixel over an interval, or a clip.
 */
export const testSamplesSchema = z
  .object({
    format: z.literal('chronolens-test-samples'),
    version: z.literal(1),
    /** Class names in the order of the model's output. */
    labels: z.array(z.string()),
    /** Distinct intervals: first day, and first day after. */
    intervals: z.array(z.tuple([z.string(), z.string()])).default([]),
    id: z.array(z.string()),
    /** Centre of the sample's pixel, degrees, WGS 84. */
    longitude: z.array(z.number()).default([]),
    latitude: z.array(z.number()).default([]),
    /** Index into `intervals`. */
    interval: z.array(z.number().int().nonnegative()).default([]),
    /** Instead of the lists of places and intervals, where samples are clips. */
    clips: z.array(clipPlaceSchema).optional(),
    /** Indices into `labels`. */
    truth: z.array(z.number().int().nonnegative()),
    predicted: z.array(z.number().int().nonnegative()),
    probabilities: z.array(z.number()),
  })
  .refine(
    ({ id, labels, probabilities, clips, ...lists }) =>
      [...(clips ? [clips] : [lists.longitude, lists.latitude, lists.interval]), lists.truth, lists.predicted].every(
        (list) => list.length === id.length,
      ) && probabilities.length === id.length * labels.length,
    'the lists differ in length',
  )
/** What a model said about every sample it was tested on. */
export type TestSamples = z.infer<typeof testSamplesSchema>
