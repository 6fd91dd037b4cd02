import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { datePolicySchema } from '../domain/medical/deidentify-request.ts'
import { maskChoiceRuleSchema } from '../domain/quality-mask.ts'
import { idSchema, jobRefSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** Longest edge, and most pixels, of a movie's pictures: 3840 × 2160, which also fits one message. */
export const movieLimits = { edge: 3840, pixels: 3840 * 2160 } as const

/**
 * A file the core has made for the page to save where the person wants it; its bytes come through the data plane
 * (`{ kind: 'file' }`). `sequences.close` lets go of it.
 */
export const exportedFileSchema = z.object({
  handle: idSchema,
  fileName: z.string(),
  mediaType: z.string(),
  bytes: z.number().int().nonnegative(),
})
/** A file the core has made for the page to save. */
export type ExportedFile = z.infer<typeof exportedFileSchema>

/** What comes while a file is made, and the files in the end: a second one beside it where the format needs one. */
export const exportEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), done: z.number(), total: z.number() }),
  z.object({ kind: z.literal('files'), files: z.array(exportedFileSchema).min(1) }),
])
/** What comes while a file is made. */
export type ExportEvent = z.infer<typeof exportEventSchema>

/** The numbers of one frame: bands as they are, or what a formula makes of them. */
export const frameExportSchema = z.strictObject({
  /** Handle of the open sequence. */
  sequence: idSchema,
  frame: z.number().int().nonnegative(),
  what: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('bands'), bands: z.array(z.number().int().nonnegative()).min(1).max(64) }),
    z.strictObject({ kind: z.literal('index'), formula: z.string().min(1).max(2000) }),
  ]),
  /** Masked pixels have no data in the file; null keeps them. */
  mask: z.strictObject({ band: z.number().int().nonnegative(), rule: maskChoiceRuleSchema }).nullable(),
})
/** The numbers of one frame. */
export type FrameExport = z.infer<typeof frameExportSchema>

/** A movie that is being made. */
export const movieRefSchema = z.strictObject({ movie: idSchema })

/** How a movie is made. */
export const startMovieSchema = z.strictObject({
  format: z.enum(['mp4', 'gif']),
  /** Without ending; only letters, digits, blanks and `-_.()` are kept. */
  name: z.string().min(1).max(120),
  height: z.number().int().min(2).max(movieLimits.edge),
  width: z.number().int().min(2).max(movieLimits.edge),
  framesPerSecond: z.number().positive().max(60),
})
/** How a movie is made. */
export type StartMovie = z.infer<typeof startMovieSchema>

/** What came of copying without names; nothing in it tells of a patient. */
export const deidentifiedSchema = z.object({
  written: z.number().int(),
  patients: z.number().int(),
  /** Files that were not copied: reports, documents, pictures that say that text is burned in, and what cannot be read. */
  leftOut: z.number().int(),
  perhapsBurnedIn: z.number().int(),
})
/** What came of copying without names. */
export type Deidentified = z.infer<typeof deidentifiedSchema>

/** Copies without names that lie in a project. */
export const copiesFolderSchema = z.object({ name: nameSchema, files: z.number().int(), bytes: z.number().int() })
/** Copies without names that lie in a project. */
export type CopiesFolder = z.infer<typeof copiesFolderSchema>

/** Contract of the service that hands work over to other programs as files. */
export const exportsContract = {
  /** A frame as GeoTIFF, at full resolution. @throws `data/unknown-handle`, `sequences/outside`, `formula/*`, `store/*` */
  frame: procedure.input(frameExportSchema).output(eventIterator(exportEventSchema)),
  /** The GeoTIFF of one map of a prediction. @throws `predictions/*`, `store/not-found` */
  map: procedure
    .input(projectRefSchema.extend({ prediction: nameSchema, season: z.string().max(64), role: z.string().max(64) }))
    .output(exportedFileSchema),
  /**
   * What is painted on an open DICOM series as a DICOM segmentation, one segment for each class.
   * @throws `labels/no-masks`, `dicom/no-place`, `data/*`, `store/*`
   */
  masks: procedure.input(projectRefSchema.extend({ data: nameSchema, sequence: idSchema })).output(exportedFileSchema),
  /**
   * Copies the DICOM files of data without names, into a new folder of the project; see `deidentified`.
   * @throws `projects/*`, `store/*`; later errors are the job's
   */
  deidentify: procedure
    .input(projectRefSchema.extend({ data: z.array(nameSchema).min(1).max(1000), dates: datePolicySchema }))
    .output(jobRefSchema.extend({ folder: z.string() })),
  /** Waits for it. @throws the job's error */
  deidentified: procedure.input(jobRefSchema).output(deidentifiedSchema),
  /** The copies without names that lie in the project's folder. */
  copies: procedure.input(projectRefSchema).output(z.array(copiesFolderSchema)),
  /**
   * Offers copies as one archive (ZIP) at `GET /download/<handle>`, made while it is fetched.
   * @throws `exports/unknown-copies`, `projects/read-only` where they are to be removed, `store/*`
   */
  offerCopies: procedure
    .input(projectRefSchema.extend({ name: nameSchema, isRemovedAfter: z.boolean() }))
    .output(exportedFileSchema),
  /** Deletes copies. @throws `exports/unknown-copies`, `projects/read-only`, `store/*` */
  removeCopies: procedure.input(projectRefSchema.extend({ name: nameSchema })).output(z.null()),
  /** Begins a movie; it is discarded when the session ends first. @throws `exports/too-large`, `video/*`, `store/*` */
  startMovie: procedure.input(startMovieSchema).output(movieRefSchema),
  /**
   * Adds one picture: a binary body, RGBA [height, width, 4]. Answered when the picture is in the movie, so that the page
   * never gets ahead. @throws `exports/unknown-movie`, `video/wrong-size`, `store/*`
   */
  addPicture: procedure
    .input(movieRefSchema.extend({ picture: z.file().max(movieLimits.pixels * 4) }))
    .output(z.null()),
  /** Ends a movie. @throws `exports/unknown-movie`, `video/no-pictures`, `store/*` */
  finishMovie: procedure.input(movieRefSchema).output(exportedFileSchema),
  /** Gives a movie up; nothing of it is left. */
  cancelMovie: procedure.input(movieRefSchema).output(z.null()),
}
