import { z } from 'zod'
import { correctionLogSchema } from './lesion-corrections.ts'
import { studyLandmarksSchema } from './landmarks.ts'
import { registrationChoiceSchema } from './track-report.ts'

/** What was painted in one class on a series: frame by frame as runs, see `rleToText`. */
export const paintedMaskSchema = z.object({
  label: z.string(),
  frames: z.array(z.object({ frame: z.number().int().nonnegative(), counts: z.string() })),
})
/** What was painted in one class on a series. */
export type PaintedMask = z.infer<typeof paintedMaskSchema>

/** Where lesions come from: what is painted, else masks beside the images, else bright spots; or one of these alone; or a trained network. */
export const lesionSourceSchema = z.enum(['auto', 'painted', 'files', 'bright', 'network'])
/** Where lesions come from. */
export type LesionSource = z.infer<typeof lesionSourceSchema>

/** What was painted on the series of a project, by the id of the series: what lesions are learned from. */
export const paintedSeriesSchema = z.object({
  format: z.literal('chronolens-painted'),
  series: z.record(z.string(), z.array(paintedMaskSchema)),
})
/** What was painted on the series of a project. */
export type PaintedSeries = z.infer<typeof paintedSeriesSchema>

/** One study to follow: a series that was chosen, and what is marked on it. */
export const chosenStudySchema = z.object({
  /** Files and folders under which the series lies. */
  paths: z.array(z.string()).min(1),
  /** Id of the series under them. */
  series: z.string(),
  /** Id of a NIfTI mask under them; null to take what belongs to the series. */
  mask: z.string().nullable(),
  painted: z.array(paintedMaskSchema),
})
/** One study to follow. */
export type ChosenStudy = z.infer<typeof chosenStudySchema>

/** Asks to follow lesions through chosen series, the baseline first. */
export const followRequestSchema = z.object({
  studies: z.array(chosenStudySchema).min(2).max(50),
  lesions: lesionSourceSchema,
  /** Folder of the model that marks them, for `network`. */
  model: z.string().nullable().default(null),
  registration: registrationChoiceSchema,
  /** Smaller lesions are left out, in mm3. */
  minimumMm3: z.number().nonnegative(),
  /** Folder that gets `tracking.json` and `outlines.json`. */
  out: z.string(),
})
/** Asks to follow lesions through chosen series. */
export type FollowRequest = z.infer<typeof followRequestSchema>

/** Where the lesions of each study lie, slice by slice as runs; see `rleToText`. */
export const lesionOutlinesSchema = z.object({
  studies: z.array(
    z.object({
      rows: z.number().int(),
      columns: z.number().int(),
      lesions: z.array(
        z.object({
          id: z.string(),
          slices: z.array(z.object({ slice: z.number().int().nonnegative(), counts: z.string() })),
        }),
      ),
    }),
  ),
})
/** Where the lesions of each study lie. */
export type LesionOutlines = z.infer<typeof lesionOutlinesSchema>

/** Asks to lay one study of a finished tracking over the baseline another way, and to link its lesions anew. */
export const registerAnewRequestSchema = z.object({
  /** Folder with `tracking.json` and `outlines.json`; the former is written anew. */
  tracking: z.string(),
  /** The series it was made of, as in the request that made it. */
  studies: z.array(chosenStudySchema.pick({ paths: true, series: true })).min(2),
  study: z.number().int().positive(),
  /** Null to go back to what was found from the images. */
  landmarks: studyLandmarksSchema.nullable(),
})
/** Asks to lay one study of a finished tracking over the baseline another way. */
export type RegisterAnewRequest = z.infer<typeof registerAnewRequestSchema>

/** Asks for files of a tracking as the reader has corrected it. */
export const trackExportRequestSchema = z.object({
  /** Folder with `tracking.json` and `outlines.json`. */
  tracking: z.string(),
  /** The series it was made of, as in the request that made it; what is painted does not matter. */
  studies: z.array(chosenStudySchema.pick({ paths: true, series: true })).min(2),
  corrections: correctionLogSchema,
  /** A table (CSV), a report (HTML), or segmentations and reports (DICOM SEG and SR). */
  what: z.enum(['table', 'report', 'dicom']),
  /** Language of the report. */
  language: z.enum(['en', 'zh-CN']),
  /** What is to be noted, in that language; null to take the program's own sentences. */
  notes: z.array(z.string()).nullable(),
  out: z.string(),
})
/** Asks for files of a tracking. */
export type TrackExportRequest = z.infer<typeof trackExportRequestSchema>

/** The files that were written; names within the folder, and what else is to be said. */
export const trackExportReportSchema = z.object({ files: z.array(z.string()), warnings: z.array(z.string()) })
/** The files that were written. */
export type TrackExportReport = z.infer<typeof trackExportReportSchema>
