import { z } from 'zod'
import { patientSchema } from './medical/study.ts'

/** What a sequence was read from. */
export const sequenceKindSchema = z.enum(['dicom', 'geotiff', 'video', 'images', 'nifti'])
/** What a sequence was read from. */
export type SequenceKind = z.infer<typeof sequenceKindSchema>

/** Sample type as stored in the file. */
export const sampleTypeSchema = z.enum([
  'uint1',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
])
/** Sample type as stored in the file. */
export type SampleType = z.infer<typeof sampleTypeSchema>

/**
 * What is known about one sequence: ordered frames of one thing. This is what `inspect --json` prints.
 * A field that does not apply to the kind is null. Raw values become physical ones as `value * scale + offset`
 * by the reader; `nodata` pixels are read as NaN.
 */
export const sequenceInfoSchema = z.object({
  /** Stable within the folder it was found in; made from the relative path, never from patient data. */
  id: z.string(),
  kind: sequenceKindSchema,
  name: z.string(),
  /** What it belongs to in a list of many: a study, a folder of clips; never a person. Null when it stands alone. */
  group: z.string().nullable(),
  frames: z.number().int().nonnegative(),
  height: z.number().int().nonnegative(),
  width: z.number().int().nonnegative(),
  /** Band names in reading order (`red`, `nir`, `B4`); a single unnamed band is `value`. */
  bands: z.array(z.string()),
  dtype: sampleTypeSchema,
  /** ISO dates (`2007-09-14`) or date-times, one per frame, ascending; null when frames have no date. */
  times: z.array(z.string()).nullable(),
  frameRate: z.number().nullable(),
  durationSeconds: z.number().nullable(),
  spacingMm: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  timePoints: z.number().int().nullable(),
  /** `EPSG:n` where known, else WKT or a PROJ string; null when not georeferenced. */
  crs: z.string().nullable(),
  /** GDAL order: x = g0 + column·g1 + row·g2, y = g3 + column·g4 + row·g5, at the outer corner of a pixel. */
  geoTransform: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]).nullable(),
  /** Why the frames are in this order, as a sentence for the user. */
  orderedBy: z.string(),
  warnings: z.array(z.string()),
})
/** What is known about one sequence; see `sequenceInfoSchema`. */
export type SequenceInfo = z.infer<typeof sequenceInfoSchema>

/** A file or folder that could not be read, and why; never fatal while something else could be read. */
export const problemSchema = z.object({
  path: z.string(),
  code: z.string(),
  message: z.string(),
  /** Values of the sentence, for other languages. */
  details: z.record(z.string(), z.unknown()).optional(),
})
/** A file or folder that could not be read, and why. */
export type Problem = z.infer<typeof problemSchema>

/** What `inspect` found under the given paths. */
export const inspectionSchema = z.object({
  sequences: z.array(sequenceInfoSchema),
  problems: z.array(problemSchema),
  /** Whose DICOM images they are, in studies by date; empty for all else. */
  patients: z.array(patientSchema),
})
/** What `inspect` found under the given paths. */
export type Inspection = z.infer<typeof inspectionSchema>
