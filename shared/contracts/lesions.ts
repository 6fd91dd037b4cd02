import { z } from 'zod'
import { lesionSourceSchema } from '../domain/medical/follow-request.ts'
import { studyLandmarkDraftSchema } from '../domain/medical/landmarks.ts'
import { correctionLogSchema } from '../domain/medical/lesion-corrections.ts'
import { registrationChoiceSchema, trackReportSchema } from '../domain/medical/track-report.ts'
import { exportedFileSchema } from './exports.ts'
import { jobRefSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** A series of the project that is one of the studies to follow. */
export const studyChoiceSchema = z.object({
  /** Id of the project's data it lies under. */
  data: nameSchema,
  sequence: z.string().max(500),
  /** Id of a NIfTI mask under the same data; null to take what belongs to the series. */
  mask: z.string().max(500).nullable(),
})
/** A series of the project that is one of the studies to follow. */
export type StudyChoice = z.infer<typeof studyChoiceSchema>

/** A tracking on its list. */
export const trackingSummarySchema = z.object({
  id: nameSchema,
  createdAt: z.string(),
  studies: z.array(studyChoiceSchema),
  state: z.enum(['running', 'finished']),
  job: z.uuid().nullable(),
})
/** A tracking on its list. */
export type TrackingSummary = z.infer<typeof trackingSummarySchema>

/** A finished tracking: what the program found, and the reader's corrections, which are not applied to it. */
export const trackingSchema = z.object({
  summary: trackingSummarySchema,
  report: trackReportSchema,
  corrections: correctionLogSchema,
  /** Of the corrections; counts saves. */
  revision: z.number().int().nonnegative(),
  /** The reader's landmarks by later study, also those that are not used yet; counts saves on its own. */
  landmarks: z.object({
    revision: z.number().int().nonnegative(),
    studies: z.array(studyLandmarkDraftSchema).max(49),
  }),
})
/** A finished tracking. */
export type Tracking = z.infer<typeof trackingSchema>

/** Where the lesions of one study lie. */
export const studyOutlinesSchema = z.object({
  rows: z.number().int(),
  columns: z.number().int(),
  /** `counts` as in `rleToText`. */
  lesions: z.array(
    z.object({ id: z.string(), slices: z.array(z.object({ slice: z.number().int(), counts: z.string() })) }),
  ),
})
/** Where the lesions of one study lie. */
export type StudyOutlines = z.infer<typeof studyOutlinesSchema>

const trackingRefSchema = projectRefSchema.extend({ tracking: nameSchema })

/** Contract of the service that follows lesions over studies. */
export const lesionsContract = {
  /** On how many slices something is painted, for each series of the project that is painted on. */
  painted: procedure
    .input(projectRefSchema)
    .output(z.array(z.object({ data: nameSchema, sequence: z.string(), slices: z.number().int().positive() }))),
  /** All trackings of a project, the latest last. */
  list: procedure.input(projectRefSchema).output(z.array(trackingSummarySchema)),
  /**
   * Follows lesions through chosen series of one patient, the baseline first.
   * @throws `projects/*`, `lesions/no-paint`, `lesions/no-network`, `runs/*`, `store/*`; later errors (`lesions/other-patient` among them) are the job's
   */
  start: procedure
    .input(
      projectRefSchema.extend({
        studies: z.array(studyChoiceSchema).min(2).max(50),
        lesions: lesionSourceSchema.default('auto'),
        /** Run whose network marks the lesions, for `network`. */
        run: nameSchema.nullable().default(null),
        registration: registrationChoiceSchema.default('rigid'),
        minimumMm3: z.number().nonnegative().max(1e9).default(0),
      }),
    )
    .output(jobRefSchema.extend({ tracking: nameSchema })),
  /** @throws `lesions/unknown-tracking`, `lesions/damaged` */
  get: procedure.input(trackingRefSchema).output(trackingSchema),
  /** @throws as `get` */
  outlines: procedure
    .input(trackingRefSchema.extend({ study: z.number().int().nonnegative() }))
    .output(studyOutlinesSchema),
  /** Keeps the reader's corrections. @throws `lesions/changed-elsewhere` when `revision` is not the present one, `projects/read-only`, `store/*` */
  correct: procedure
    .input(trackingRefSchema.extend({ corrections: correctionLogSchema, revision: z.number().int().nonnegative() }))
    .output(z.object({ revision: z.number().int() })),
  /** Keeps landmarks of the reader; nothing is made of them yet. @throws as `correct` */
  keepLandmarks: procedure
    .input(
      trackingRefSchema.extend({
        studies: z.array(studyLandmarkDraftSchema).max(49),
        revision: z.number().int().nonnegative(),
      }),
    )
    .output(z.object({ revision: z.number().int() })),
  /**
   * Lays a study over the baseline by the landmarks that are kept, or again by the images, and links the lesions anew; lesions and
   * corrections stay.
   * @throws `lesions/few-landmarks`, `lesions/landmarks-unlikely`, `lesions/tracking-running`, `projects/*`, `store/*`; later errors
   *   (`lesions/landmarks-elsewhere` among them) are the job's
   */
  register: procedure
    .input(trackingRefSchema.extend({ study: z.number().int().positive(), by: z.enum(['landmarks', 'images']) }))
    .output(jobRefSchema),
  /**
   * A table (CSV), a report (HTML) or DICOM objects (ZIP) with the corrections applied.
   * @throws `lesions/*`, `projects/data-missing`, the codes of the readers, `store/*`
   */
  export: procedure
    .input(
      trackingRefSchema.extend({
        what: z.enum(['table', 'report', 'dicom']),
        language: z.enum(['en', 'zh-CN']).default('en'),
        /** What the report says is to be noted, as the page says it; else the program's own sentences. */
        notes: z.array(z.string().max(4000)).max(500).nullable().default(null),
      }),
    )
    .output(z.object({ file: exportedFileSchema, warnings: z.array(z.string()) })),
  /** Deletes a tracking with its corrections. @throws `lesions/tracking-running`, `projects/read-only`, `store/*` */
  remove: procedure.input(trackingRefSchema).output(z.null()),
}
