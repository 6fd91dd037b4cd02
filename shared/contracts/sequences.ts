import { z } from 'zod'
import { clipSchema } from '../domain/clip.ts'
import { seriesOverlaySchema } from '../domain/medical/overlay.ts'
import { patientSchema } from '../domain/medical/study.ts'
import { medicalImageSchema } from '../domain/medical-image.ts'
import { problemSchema, sequenceInfoSchema } from '../domain/sequence.ts'
import { grantIdsSchema } from './files.ts'
import { idSchema, jobRefSchema, procedure } from './wire.ts'

/** What was found under grants; `path` of a problem is relative to them. */
export const foundSequencesSchema = z.object({
  sequences: z.array(sequenceInfoSchema),
  problems: z.array(problemSchema),
  /** Whose DICOM images they are; `path` of an object is relative as well. */
  patients: z.array(patientSchema),
})
/** What was found under grants. */
export type FoundSequences = z.infer<typeof foundSequencesSchema>

/** Range of one band over a sample of frames and pixels, for the first stretch; null where the band holds no values. */
export const bandStatisticsSchema = z.object({
  band: z.string(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  /** 2 % of the values lie below. */
  low: z.number().nullable(),
  /** 2 % of the values lie above. */
  high: z.number().nullable(),
  /** Part of the looked-at pixels that hold a value, in [0, 1]. */
  valid: z.number(),
})
/** Range of one band. */
export type BandStatistics = z.infer<typeof bandStatisticsSchema>

/** One value of a class map with its name and colour (`#rrggbb`). */
export const legendEntrySchema = z.object({ value: z.number().int(), label: z.string(), colour: z.string() })
/** One value of a class map with its name and colour. */
export type LegendEntry = z.infer<typeof legendEntrySchema>

/** A sequence that is open for reading; frames come through the data plane by `handle`. */
export const openSequenceSchema = z.object({
  handle: idSchema,
  info: sequenceInfoSchema,
  /** PROJ string or WKT to register with the map where `info.crs` is a code proj4 does not know; else null. */
  projection: z.string().nullable(),
  /** Map units, edges included: [minX, minY, maxX, maxY]; null when the sequence is not georeferenced. */
  extent: z.tuple([z.number(), z.number(), z.number(), z.number()]).nullable(),
  statistics: z.array(bandStatisticsSchema),
  /** Band indices to show as red, green and blue at first; the same one three times for a single band. */
  composite: z.tuple([z.number().int(), z.number().int(), z.number().int()]),
  /** Present for DICOM and NIfTI; for the screen only. */
  medical: medicalImageSchema.nullable(),
  /** Present for video. */
  clip: clipSchema.nullable(),
})
/** A sequence that is open for reading. */
export type OpenSequence = z.infer<typeof openSequenceSchema>

/** The values of one pixel over time. */
export const pixelSeriesSchema = z.object({
  row: z.number().int(),
  column: z.number().int(),
  /** Band by band, in the order of `info.bands`, one value per frame; null where there is no data. */
  values: z.array(z.array(z.number().nullable())),
})
/** The values of one pixel over time. */
export type PixelSeries = z.infer<typeof pixelSeriesSchema>

/** Contract of the service that finds and opens sequences. */
export const sequencesContract = {
  /** Starts looking for sequences under the grants. */
  inspect: procedure.input(z.object({ grants: grantIdsSchema })).output(jobRefSchema),
  /** Waits for an inspection and gives what it found. @throws the job's error */
  found: procedure.input(jobRefSchema).output(foundSequencesSchema),
  /**
   * Opens one sequence; `sequence` is its id in `found`, and may be left out where there is only one.
   * @throws `files/unknown-grant`, `formats/*`
   */
  open: procedure
    .input(z.object({ grants: grantIdsSchema, sequence: z.string().max(500).optional() }))
    .output(openSequenceSchema),
  /**
   * What a segmentation, structure set or report (`object`, its id in `found`) shows over an open DICOM series; null for the overlay
   * planes (groups 60xx) in its own files.
   * @throws `sequences/unknown-object`, `dicom/other-frame-of-reference`, `dicom/masks-elsewhere`, `dicom/*`, `data/*`
   */
  overlay: procedure
    .input(z.object({ handle: idSchema, grants: grantIdsSchema, object: z.string().max(64).nullable() }))
    .output(seriesOverlaySchema),
  /** A handle for small pictures of the sequences under the grants; see `thumbnailReadSchema`. Close it like a sequence. */
  thumbnails: procedure.input(z.object({ grants: grantIdsSchema })).output(z.object({ handle: idSchema })),
  /** The curve of one pixel. @throws `sequences/unknown-handle`, `sequences/outside` */
  series: procedure
    .input(z.object({ handle: idSchema, row: z.number().int().nonnegative(), column: z.number().int().nonnegative() }))
    .output(pixelSeriesSchema),
  close: procedure.input(z.object({ handle: idSchema })).output(z.null()),
}
