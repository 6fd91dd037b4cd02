import { z } from 'zod'
import { codeSchema } from './code.ts'

const placeSchema = z.tuple([z.number(), z.number(), z.number()])

/** One number that was measured. */
export const lesionMeasurementSchema = z.object({
  /** What was measured: (103339001, SCT, "Long Axis"), (118565006, SCT, "Volume"). */
  quantity: codeSchema,
  value: z.number(),
  /** UCUM: (mm, UCUM, "millimeter"), (cm3, UCUM, "cubic centimeter"), (ml, UCUM, ...), ([hnsf'U], UCUM, "Hounsfield unit"). */
  unit: codeSchema,
  /** For statistics of intensity: (373098007, SCT, "Mean"), (386136009, SCT, "Standard Deviation"). */
  derivation: codeSchema.nullable(),
  /** Ends of a measured line in the patient (LPS, mm); null for volumes and statistics. */
  line: z.tuple([placeSchema, placeSchema]).nullable(),
})
/** One number that was measured. */
export type LesionMeasurement = z.infer<typeof lesionMeasurementSchema>

/** What was measured of one lesion in one study: one measurement group of TID 1410 or 1411. */
export const measuredLesionSchema = z.object({
  /** For people: `Lesion 1`; the same in all studies. */
  trackingId: z.string().min(1),
  /** UID; the same in all studies. */
  trackingUid: z.string(),
  /** What it is: (4147007, SCT, "Mass"); null where not stated. */
  finding: codeSchema.nullable(),
  site: codeSchema.nullable(),
  /** The segment of a SEG object that was measured; null when there is none. */
  segment: z.object({ sopInstanceUid: z.string(), number: z.number().int().nonnegative() }).nullable(),
  /** Series that the values were measured on; null where not stated. */
  sourceSeriesUid: z.string().nullable(),
  measurements: z.array(lesionMeasurementSchema),
})
/** What was measured of one lesion in one study. */
export type MeasuredLesion = z.infer<typeof measuredLesionSchema>

/** The measurements of one study: a DICOM SR after TID 1500. */
export const lesionReportSchema = z.object({
  title: codeSchema,
  /** ISO date-time of the content; null where not stated. */
  time: z.string().nullable(),
  lesions: z.array(measuredLesionSchema),
})
/** The measurements of one study. */
export type LesionReport = z.infer<typeof lesionReportSchema>
