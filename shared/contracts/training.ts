import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { provenanceSchema } from '../domain/model-folder.ts'
import { epochRecordSchema, runReportSchema, taskIdSchema } from '../domain/run.ts'
import { temporalContractSchema } from '../domain/temporal-contract.ts'
import { trainingChoicesSchema } from '../domain/training-choices.ts'
import { remarkSchema } from '../domain/remark.ts'
import { clipPlaceSchema } from '../domain/test-samples.ts'
import { runLogLineSchema } from '../domain/run-log.ts'
import { datasetSizeSchema, trainingCostSchema, trainingPlanSchema } from '../domain/training-plan.ts'
import { jobSnapshotSchema } from './jobs.ts'
import { idSchema, jobRefSchema, nameSchema, procedure, projectRefSchema, textSchema } from './wire.ts'

/** Settings of a task or model as text, `key=value`; the task checks them. */
export const settingsTextSchema = z.record(z.string().max(100), textSchema)

/** A run on its list. */
export const runSummarySchema = z.object({
  id: nameSchema,
  name: z.string(),
  task: taskIdSchema,
  model: z.string(),
  data: nameSchema,
  createdAt: z.string(),
  /** `stopped` can be resumed; `empty` never got to its first checkpoint. */
  state: z.enum(['running', 'finished', 'stopped', 'empty']),
  /** Present while it runs. */
  job: z.uuid().nullable(),
  /** Main metric of a finished run on the test samples, in [0, 1]: overall accuracy, for predicted frames SSIM. */
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
  /** By default the task of the project. */
  task: taskIdSchema.optional(),
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

/** Asks what the data step of a training with the project's labels, as they are saved, would do. */
export const planTrainingSchema = startTrainingSchema.pick({
  project: true,
  data: true,
  task: true,
  seed: true,
  set: true,
})
/** Asks what the data step of a training would do. */
export type PlanTraining = z.infer<typeof planTrainingSchema>

/** One sample a model was tested on, and what the model said. */
export const testedSampleSchema = z.object({
  id: z.string(),
  /** First day of its interval, and first day after; '' for clips. */
  from: z.string(),
  to: z.string(),
  truth: z.string(),
  predicted: z.string(),
  /** Of the predicted class, and of the true one, in [0, 1]. */
  probability: z.number(),
  truthProbability: z.number(),
  /** Map position and pixel in the data the run was trained on; null when those are missing or hold the place no more. */
  place: z.object({ x: z.number(), y: z.number(), row: z.number().int(), column: z.number().int() }).nullable(),
  /** Where samples are clips: the sequence, and its frames [from, to). */
  clip: clipPlaceSchema.nullable(),
})
/** One sample a model was tested on. */
export type TestedSample = z.infer<typeof testedSampleSchema>

/** A page of tested samples; `isKept` is false for runs of older versions, which did not keep them. */
export const testedSamplesSchema = z.object({
  isKept: z.boolean(),
  total: z.number().int(),
  samples: z.array(testedSampleSchema),
})
/** A page of tested samples. */
export type TestedSamples = z.infer<typeof testedSamplesSchema>

/** A model measured on other labelled data. */
export const evaluationSchema = z.object({
  data: nameSchema,
  name: z.string(),
  at: z.string(),
  samples: z.number().int(),
  device: z.string(),
  metrics: z.record(z.string(), z.unknown()),
  baseline: z.record(z.string(), z.unknown()),
  remarks: z.array(remarkSchema),
})
/** A model measured on other labelled data. */
export type Evaluation = z.infer<typeof evaluationSchema>

const runRefSchema = projectRefSchema.extend({ run: nameSchema })

/** A network of one's own that a project holds, for the setting `backbone`. */
export const addedBackboneSchema = z.object({
  /** SHA-256 of the file. */
  id: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  bytes: z.number().int().nonnegative(),
})
/** A network of one's own that a project holds. */
export type AddedBackbone = z.infer<typeof addedBackboneSchema>

/** Contract of the service that trains. */
export const trainingContract = {
  /** Networks and settings there are for a task. */
  choices: procedure.input(z.object({ task: taskIdSchema })).output(trainingChoicesSchema),
  /**
   * Finds out what the data step of a training would do, as a job that can be followed and cancelled; asked again with the
   * same labels, data and settings it answers from before. @throws `labels/none`, `projects/data-missing`, `usage/*`
   */
  plan: procedure.input(planTrainingSchema).output(jobRefSchema),
  /**
   * Copies the ONNX file of a network into the project. Its id is then the setting `backbone` of `plan`, `cost` and `start` for
   * action recognition. @throws `files/unknown-grant`, `backbone/too-large`, `projects/read-only`, `store/*`
   */
  addBackbone: procedure.input(projectRefSchema.extend({ file: idSchema })).output(addedBackboneSchema),
  /** Waits for a plan. @throws `jobs/unknown`, and the job's codes */
  planned: procedure.input(projectRefSchema.extend(jobRefSchema.shape)).output(trainingPlanSchema),
  /** What a training takes, without reading any data. @throws `usage/*` */
  cost: procedure
    .input(
      startTrainingSchema
        .pick({ project: true, task: true, model: true, epochs: true, batch: true, set: true })
        .extend({ size: datasetSizeSchema }),
    )
    .output(trainingCostSchema),
  /** Starts a run in the project. @throws `labels/none`, `projects/read-only`, `projects/data-missing`; later errors are the job's */
  start: procedure.input(startTrainingSchema).output(jobRefSchema.extend({ run: nameSchema })),
  /** Goes on with a stopped run from its checkpoint. @throws `runs/unknown`, `runs/finished`, `runs/running` */
  resume: procedure.input(runRefSchema).output(jobRefSchema),
  runs: procedure.input(projectRefSchema).output(z.array(runSummarySchema)),
  run: procedure.input(runRefSchema).output(runDetailsSchema),
  /** Follows a run: first all epochs there are, then what comes; ends when the job has ended. */
  watch: procedure.input(runRefSchema).output(eventIterator(runEventSchema)),
  /** The last lines of a run's log, oldest first. @throws `runs/unknown` */
  log: procedure
    .input(runRefSchema.extend({ last: z.number().int().positive().max(5000).default(500) }))
    .output(z.object({ total: z.number().int(), lines: z.array(runLogLineSchema) })),
  /** Samples of the test subset, all or those of one cell of the confusion matrix. @throws `runs/unknown`, `runs/unfinished`, `model/damaged` */
  samples: procedure
    .input(
      runRefSchema.extend({
        truth: z.string().max(500).optional(),
        predicted: z.string().max(500).optional(),
        /** Only those that were taken for another class. */
        onlyWrong: z.boolean().default(false),
        /** `loss`: where the true class got the least probability first; `confidence`: the least sure first. */
        order: z.enum(['loss', 'confidence', 'file']).default('loss'),
        offset: z.number().int().nonnegative().default(0),
        limit: z.number().int().positive().max(1000).default(200),
      }),
    )
    .output(testedSamplesSchema),
  /** Measures a run's model on all labels of other data of the project. @throws `runs/unfinished`, `labels/none`, `projects/*` */
  evaluate: procedure.input(runRefSchema.extend({ data: nameSchema })).output(jobRefSchema),
  /** What was measured so far, the latest last. @throws `runs/unknown` */
  evaluations: procedure.input(runRefSchema).output(z.array(evaluationSchema)),
  rename: procedure.input(runRefSchema.extend({ name: z.string().min(1).max(200) })).output(z.null()),
  /** Deletes a run and its model. @throws `runs/running` */
  remove: procedure.input(runRefSchema).output(z.null()),
}
