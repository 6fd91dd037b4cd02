import { z } from 'zod'

/** What an object beside the images is. */
export const medicalObjectKindSchema = z.enum(['segmentation', 'structure-set', 'report'])
/** What an object beside the images is. */
export type MedicalObjectKind = z.infer<typeof medicalObjectKindSchema>

/** A segmentation, structure set or report that belongs to the images of a study. */
export const medicalObjectSchema = z.object({
  /** Opaque; equal for the same SOP instance. */
  id: z.string(),
  kind: medicalObjectKindSchema,
  path: z.string(),
  /** Series description or content label; never patient data of its own. */
  name: z.string(),
  /** Sequences (ids of `SequenceInfo`) whose series the object names, or whose coordinate system it lies in. */
  sequences: z.array(z.string()),
  /** Why it cannot be laid over any sequence; null when it can. */
  remark: z.string().nullable(),
})
/** A segmentation, structure set or report. */
export type MedicalObject = z.infer<typeof medicalObjectSchema>

/** All series of one visit of a patient. */
export const studySchema = z.object({
  /** Opaque; equal for equal Study Instance UIDs. */
  id: z.string(),
  /** ISO date; null where not stated. */
  date: z.string().nullable(),
  description: z.string(),
  /** Ids of `SequenceInfo`, in the order of series numbers. */
  sequences: z.array(z.string()),
  objects: z.array(medicalObjectSchema),
})
/** All series of one visit. */
export type Study = z.infer<typeof studySchema>

/** One patient's studies by date. Nothing in it tells who the patient is. */
export const patientSchema = z.object({
  /** Opaque; equal for equal patient ID (and issuer), else for equal name and birth date. */
  id: z.string(),
  /** By date, undated ones last. */
  studies: z.array(studySchema),
  /** What is odd: one id with two names and the like. */
  warnings: z.array(z.string()),
})
/** One patient's studies by date. */
export type Patient = z.infer<typeof patientSchema>
