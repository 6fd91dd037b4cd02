import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { appErrorSchema, jobRefSchema, procedure } from './wire.ts'

/** How far a piece of work has come. */
export const jobProgressSchema = z.object({
  stage: z.string(),
  done: z.number(),
  /** 0 while unknown. */
  total: z.number(),
  values: z.record(z.string(), z.number().nullable()).optional(),
  note: z.string().optional(),
})

/** What can be seen of a job at one moment. */
export const jobSnapshotSchema = z.object({
  id: z.uuid(),
  kind: z.enum([
    'plan',
    'cost',
    'train',
    'evaluate',
    'fits',
    'predict',
    'export',
    'inspect',
    'track',
    'follow',
    'track-export',
    'track-register',
    'deidentify',
    'devices',
    'choices',
  ]),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  progress: jobProgressSchema.nullable(),
  secondsLeft: z.number().nullable(),
  error: appErrorSchema.nullable(),
})
/** What can be seen of a job at one moment. */
export type JobSnapshot = z.infer<typeof jobSnapshotSchema>

/** Contract of the service that shows jobs. Jobs belong to the core: they go on when the page is closed. */
export const jobsContract = {
  list: procedure.output(z.array(jobSnapshotSchema)),
  /** The state now and at every change, at most four times a second; ends with the job. @throws `jobs/unknown` */
  watch: procedure.input(jobRefSchema).output(eventIterator(jobSnapshotSchema)),
  /** Asks a job to stop at its next safe point. @throws `jobs/unknown` */
  cancel: procedure.input(jobRefSchema).output(z.null()),
}
