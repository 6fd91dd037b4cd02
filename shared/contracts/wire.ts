import { oc } from '@orpc/contract'
import { z } from 'zod'

/** An id the core made: 128 random bits as hex. Possession is the right, within the session it was made for. */
export const idSchema = z.string().regex(/^[0-9a-f]{32}$/)

/** A name of one folder or file below a project, as the core made it (`run-3`). */
export const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)

/** Text a person typed or a file holds, of bounded length. */
export const textSchema = z.string().max(2000)

/** Plain JSON of bounded size is checked by the receiving side; here only its form. */
export const jsonObjectSchema = z.record(z.string().max(200), z.json())

/** The form in which every `AppError` reaches the page. */
export const appErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
})

/**
 * Every procedure starts here. All failures a user can be told of come as the one defined error `APP_ERROR`, whose data are
 * the `AppError`'s code, message and details; anything else is a broken connection or a call that does not fit its schema.
 */
export const procedure = oc.errors({ APP_ERROR: { status: 422, data: appErrorSchema } })

/** Names a job; its state comes from `jobs.watch`. */
export const jobRefSchema = z.object({ job: z.uuid() })

/** Names an open project. */
export const projectRefSchema = z.object({ project: idSchema })
