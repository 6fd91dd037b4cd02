import { z } from 'zod'

/**
 * One line of a run's log. `kind` says what happened: the run began or went on, which device computes, what was found,
 * a warning, a stage, an epoch, or how it ended.
 */
export const runLogLineSchema = z.object({
  /** ISO date-time. */
  at: z.string(),
  kind: z.enum(['start', 'resume', 'device', 'data', 'remark', 'stage', 'epoch', 'stop', 'fail', 'end']),
  /** The line in English. */
  text: z.string(),
  /** Code of a remark or error, for other languages. */
  code: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
})
/** One line of a run's log. */
export type RunLogLine = z.infer<typeof runLogLineSchema>
