import { z } from 'zod'

/** A coded concept: what a thing is called in a public dictionary. DICOM PS3.3 section 8. */
export const codeSchema = z.object({
  /** Code Value: `108369006`. */
  value: z.string().min(1),
  /** Coding Scheme Designator: `SCT`, `DCM`, `UCUM`, `99...` for private ones. */
  scheme: z.string().min(1),
  /** Code Meaning, for people: `Tumor`. */
  meaning: z.string(),
})
/** A coded concept. */
export type Code = z.infer<typeof codeSchema>

/** Codes in use before SNOMED got numbers, by what takes their place; PS3.16 annex D. */
const retiredSchemes = new Set(['SRT', 'SNM3', '99SDM'])

/** Whether two codes are one concept; the meaning does not count, nor does the name of the edition of a dictionary. */
export function isSameCode(a: Code, b: Pick<Code, 'value' | 'scheme'>): boolean {
  const schemeOf = (scheme: string): string => (retiredSchemes.has(scheme) ? 'SRT' : scheme)
  return a.value === b.value && schemeOf(a.scheme) === schemeOf(b.scheme)
}
