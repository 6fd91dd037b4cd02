import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { provenanceSchema } from '../domain/model-folder.ts'
import { epochRecordSchema, runReportSchema, taskIdSchema } from '../domain/run.ts'
import { temporalContractSchema } from '../domain/temporal-contract.ts'
import { trainingChoicesSchema } from '../domain/training-choices.ts'
import { jobSnapshotSchema } from './jobs.ts'
import { jobRefSchema, nameSchema, procedure, projectRefSchema, textSchema } from './wire.ts'

/** Settings of a task or model as text, `key=value`; the task checks them. */
export const settingsTextSchema = z.record(z.string().max(100), textSchema)

/** A run on its list. */
export const runSummarySchema = z.object({
  id: nameSchema,
  name: z.string(),
  model: z.string(),
  data: nameSchema,
  createdAt: z.string(),
  /** `stopped` can be resumed; `empty` never got to its first checkpoint. */
  state: z.enum(['running', 'finished', 'stopped', 'empty']),
  /** Present while it runs. */
  job: z.uuid().nullable(),
  /** Main metric of a finished run (for land use overall accuracy on the test samples), in [0, 1]. */
  score: z.number().nullable(),
  baselineScore: z.number().nullable(),
})
/** A run on its list. */
export type RunSummary = z.infer<typeof runSummarySchema>

/** All that is known about a run. */
export const runDetailsSchema = z.object({
  summary: runSummarySchema,
  request: z.object({
    model: z.string().optional(),
    epochs: z.number().optional(),
    batch: z.number().optional(),
    seed: z.number(),
    device: z.string().optional(),
    set: settingsTextSchema,
  }),
  history: z.array(epochRecordSchema),
  /** Null until it has finished. */
  report: runReportSchema.nullable(),
  labels: z.array(z.string()),
  contract: temporalContractSchema.nullable(),
  provenance: provenanceSchema.nullable(),
})
/** All that is known about a run. */
export type RunDetails = z.infer<typeof runDetailsSchema>

/** What happens in a run: the job's state (at most four times a second), and epochs as they are written. */
export const runEventSchema = z.object({
  job: jobSnapshotSchema.nullable(),
  /** Epochs that are new since the event before. */
  epochs: z.array(epochRecordSchema),
})
/** What happens in a run. */
export type RunEvent = z.infer<typeof runEventSchema>

/** What a training is asked to do; the labels are the project's. */
export const startTrainingSchema = projectRefSchema.extend({
  data: nameSchema,
  name: z.string().min(1).max(200).optional(),
  model: z.string().max(100).optional(),
  epochs: z.number().int().positive().max(100_000).optional(),
  batch: z.number().int().positive().max(1_000_000).optional(),
  seed: z.number().int().nonnegative().max(4_294_967_295).default(0),
  device: z.string().max(100).optional(),
  set: settingsTextSchema.default({}),
})
/** What a training is asked to do. */
export type StartTraining = z.infer<typeof startTrainingSchema>

const runRefSchema = projectRefSchema.extend({ run: nameSchema })

/** Contract of the service that trains. */
export const trainingContract = {
  /** Networks and settings there are for a task. */
  choices: procedure.input(z.object({ task: taskIdSchema })).output(trainingChoicesSchema),
  /** Starts a run in the project. @throws `labels/none`, `projects/read-only`, `projects/data-missing`; later errors are the job's */
  start: procedure.input(startTrainingSchema).output(jobRefSchema.extend({ run: nameSchema })),
  /** Goes on with a stopped run from its checkpoint. @throws `runs/unknown`, `runs/finished`, `runs/running` */
  resume: procedure.input(runRefSchema).output(jobRefSchema),
  runs: procedure.input(projectRefSchema).output(z.array(runSummarySchema)),
  run: procedure.input(runRefSchema).output(runDetailsSchema),
  /** Follows a run: first all epochs there are, then what comes; ends when the job has ended. */
  watch: procedure.input(runRefSchema).output(eventIterator(runEventSchema)),
  rename: procedure.input(runRefSchema.extend({ name: z.string().min(1).max(200) })).output(z.null()),
  /** Deletes a run and its model. @throws `runs/running` */
  remove: procedure.input(runRefSchema).output(z.null()),
}
