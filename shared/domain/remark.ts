import { z } from 'zod'

/**
 * Something a person should know that is no error. The page translates it by `code`, with `details` as the values of its
 * placeholders; `message` is the same in English, for everything else.
 */
export const remarkSchema = z.object({
  /** `area/what`, never changed once it was given out. */
  code: z.string(),
  message: z.string(),
  /** Plain JSON. */
  details: z.record(z.string(), z.unknown()),
})
/** Something a person should know that is no error. */
export type Remark = z.infer<typeof remarkSchema>

/** The English sentences of remarks, for reports and terminals. */
export function remarkTexts(remarks: readonly Remark[]): string[] {
  return remarks.map(({ message }) => message)
}
