import { z } from 'zod'

const place = z.tuple([z.number(), z.number(), z.number()])

/** How places of one study may become places of another by landmarks: shift and turn, or with stretch and shear too. */
export const landmarkModelSchema = z.enum(['rigid', 'affine'])
/** How places of one study may become places of another by landmarks. */
export type LandmarkModel = z.infer<typeof landmarkModelSchema>

/** Most pairs of one study. */
export const maximumLandmarks = 100

/** One place of the body in the baseline and in a later study, in mm of the patient (LPS) as each study's files state it. */
export const landmarkPairSchema = z.object({ baseline: place, followUp: place })
/** One place of the body in the baseline and in a later study. */
export type LandmarkPair = Readonly<z.infer<typeof landmarkPairSchema>>

/** A pair that is being set: either end may still be missing. */
export const landmarkDraftSchema = z.object({ baseline: place.nullable(), followUp: place.nullable() })
/** A pair that is being set. */
export type LandmarkDraft = Readonly<z.infer<typeof landmarkDraftSchema>>

const study = z.object({
  /** As in `tracking.json`: by date, 0 is the baseline. */
  study: z.number().int().positive().max(49),
  /** Date of that study, so that landmarks are not used on another one; null where not stated. */
  date: z.string().max(40).nullable().default(null),
  model: landmarkModelSchema.default('rigid'),
})

/** The landmarks of one later study. */
export const studyLandmarksSchema = study.extend({ pairs: z.array(landmarkPairSchema).max(maximumLandmarks) })
/** The landmarks of one later study. */
export type StudyLandmarks = z.infer<typeof studyLandmarksSchema>

/** The landmarks of one later study while they are being set. */
export const studyLandmarkDraftSchema = study.extend({ pairs: z.array(landmarkDraftSchema).max(maximumLandmarks) })
/** The landmarks of one later study while they are being set. */
export type StudyLandmarkDraft = z.infer<typeof studyLandmarkDraftSchema>

/** A file of landmarks, as the Follow page writes and reads it and `track --landmarks` takes it. */
export const landmarkFileSchema = z.object({
  format: z.literal('chronolens-landmarks'),
  version: z.literal(1),
  studies: z
    .array(studyLandmarksSchema)
    .min(1)
    .max(49)
    .refine((all) => new Set(all.map((one) => one.study)).size === all.length, 'A study comes twice.'),
})
/** A file of landmarks. */
export type LandmarkFile = z.infer<typeof landmarkFileSchema>

/** The pairs of which both ends are set. */
export function completePairs(pairs: readonly LandmarkDraft[]): LandmarkPair[] {
  return pairs.flatMap(({ baseline, followUp }) => (baseline && followUp ? [{ baseline, followUp }] : []))
}

/** How well landmarks fit; distances in mm between where a place goes and where the reader set it. */
export const landmarkFitSchema = z.object({
  model: landmarkModelSchema,
  pairs: z.array(landmarkPairSchema),
  /** Of each pair. */
  residualsMm: z.array(z.number()),
  meanMm: z.number(),
  largestMm: z.number(),
})
/** How well landmarks fit. */
export type LandmarkFit = z.infer<typeof landmarkFitSchema>
