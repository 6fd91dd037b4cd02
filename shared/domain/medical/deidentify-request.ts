import { z } from 'zod'
import { problemSchema } from '../sequence.ts'

/** What becomes of dates: removed, or all of one patient moved by the same number of days, so that intervals stay. */
export const datePolicySchema = z.enum(['remove', 'shift'])
/** What becomes of dates. */
export type DatePolicyChoice = z.infer<typeof datePolicySchema>

/** Asks for copies of DICOM files without names. */
export const deidentifyRequestSchema = z.object({
  paths: z.array(z.string()).min(1),
  /** Folder to write to. */
  out: z.string(),
  dates: datePolicySchema,
})
/** Asks for copies of DICOM files without names. */
export type DeidentifyRequest = z.infer<typeof deidentifyRequestSchema>

/** What came of it. Nothing but the paths of problems tells of a patient. */
export const deidentifyReportSchema = z.object({
  written: z.number().int(),
  patients: z.number().int(),
  problems: z.array(problemSchema),
  /** Written files whose pixels may show text: no program can tell for sure. */
  perhapsBurnedIn: z.number().int(),
})
/** What came of it. */
export type DeidentifyReport = z.infer<typeof deidentifyReportSchema>
