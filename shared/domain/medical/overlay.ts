import { z } from 'zod'
import { lesionReportSchema } from './lesion-report.ts'
import { medicalObjectKindSchema } from './study.ts'

/** One mask of an overlay: a segment, or a structure. */
export const overlaySegmentSchema = z.object({
  number: z.number().int(),
  label: z.string(),
  /** What it is, for people (`Liver`, `GTV`); empty where not stated. */
  kind: z.string(),
  /** `#rrggbb`; null where the file states none. */
  colour: z.string().nullable(),
  /** Marked voxels on this series. */
  voxels: z.number().int(),
  /** Of the marked voxels; null where the slices are uneven or have no places. */
  volumeMl: z.number().nullable(),
  /** Frame with the most marked pixels, to go to; null when nothing lies on this series. */
  frame: z.number().int().nullable(),
})
/** One mask of an overlay. */
export type OverlaySegment = z.infer<typeof overlaySegmentSchema>

/** What an overlay is made of: an object beside the images, or the overlay planes (groups 60xx) within them. */
export const overlayKindSchema = z.enum([...medicalObjectKindSchema.options, 'planes'])
/** What an overlay is made of. */
export type OverlayKind = z.infer<typeof overlayKindSchema>

/** What a segmentation, structure set or report shows over one series, or the overlay planes of its own files. */
export const seriesOverlaySchema = z.object({
  kind: overlayKindSchema,
  height: z.number().int(),
  width: z.number().int(),
  segments: z.array(overlaySegmentSchema),
  /** Frames with something marked; `segment` is an index into `segments`, `counts` as in `rleToText`. */
  frames: z.array(
    z.object({ frame: z.number().int(), layers: z.array(z.object({ segment: z.number().int(), counts: z.string() })) }),
  ),
  /** Present for reports. */
  report: lesionReportSchema.nullable(),
  warnings: z.array(z.string()),
})
/** What a segmentation, structure set or report shows over one series. */
export type SeriesOverlay = z.infer<typeof seriesOverlaySchema>
