import { z } from 'zod'
import { remarkSchema } from '../domain/remark.ts'
import { fitReportSchema, taskIdSchema } from '../domain/run.ts'
import {
  actionClipSchema,
  actionIntervalSchema,
  actionSaliencySchema,
  frameTablesSchema,
} from '../domain/video-prediction.ts'
import { exportedFileSchema } from './exports.ts'
import { openSequenceSchema, legendEntrySchema } from './sequences.ts'
import { settingsTextSchema } from './training.ts'
import { jobRefSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** A prediction on its list. */
export const predictionSummarySchema = z.object({
  id: nameSchema,
  name: z.string(),
  task: taskIdSchema,
  run: nameSchema,
  data: nameSchema,
  /** Id of the one sequence of the data that was meant; null for all. */
  sequence: z.string().nullable(),
  createdAt: z.string(),
  /** `incomplete`: stopped or failed before its end. */
  state: z.enum(['running', 'finished', 'incomplete']),
  job: z.uuid().nullable(),
})
/** A prediction on its list. */
export type PredictionSummary = z.infer<typeof predictionSummarySchema>

/** One map of a prediction: classes, probabilities (one band per class) or uncertainty of one season. */
export const predictionMapSchema = z.object({ season: z.string(), role: z.string() })
/** One map of a prediction. */
export type PredictionMap = z.infer<typeof predictionMapSchema>

/** How much of each class one map shows. */
export const areaSummarySchema = z.object({
  map: z.string(),
  perClass: z.record(z.string(), z.object({ pixels: z.number(), hectares: z.number().nullable() })),
  nodataPixels: z.number(),
})
/** How much of each class one map shows. */
export type AreaSummary = z.infer<typeof areaSummarySchema>

/** What became what between two maps; `pixels[from][to]`, both in the order of `classes`. */
export const changeTableSchema = z.object({
  from: z.string(),
  to: z.string(),
  classes: z.array(z.string()),
  pixels: z.array(z.array(z.number())),
  /** Null when the maps are not georeferenced. */
  hectares: z.array(z.array(z.number())).nullable(),
  nodataPixels: z.number(),
})
/** What became what between two maps. */
export type ChangeTable = z.infer<typeof changeTableSchema>

/** A finished prediction: its maps and tables. */
export const predictionSchema = z.object({
  summary: predictionSummarySchema,
  model: z.string(),
  device: z.string(),
  seconds: z.number(),
  /** Seasons in order of time: first day, and first day after it. */
  seasons: z.array(z.object({ label: z.string(), from: z.string(), to: z.string() })),
  maps: z.array(predictionMapSchema),
  /** Values, names and colours of the class maps. */
  legend: z.array(legendEntrySchema),
  areas: z.array(areaSummarySchema),
  changes: z.array(changeTableSchema),
  /** Areas with their error, per map, where the model was tested (Olofsson et al. 2014); else null. */
  estimatedAreas: z.array(z.object({ map: z.string(), estimate: z.json() })),
  warnings: z.array(z.string()),
  /** The warnings with codes. */
  remarks: z.array(remarkSchema),
})
/** A finished prediction. */
export type Prediction = z.infer<typeof predictionSchema>

/** The class probabilities of one pixel over time. */
export const classCurveSchema = z.object({
  row: z.number().int(),
  column: z.number().int(),
  /** Names of the classes, in the order of the legend. */
  classes: z.array(z.string()),
  /** Seasons in order of time; first day, and first day after it. */
  seasons: z.array(
    z.object({
      label: z.string(),
      from: z.string(),
      to: z.string(),
      /** One per class, adding up to 1; null where the model had no data. */
      probabilities: z.array(z.number()).nullable(),
      /** 0 sure, 1 undecided. */
      uncertainty: z.number().nullable(),
    }),
  ),
})
/** The class probabilities of one pixel over time. */
export type ClassCurve = z.infer<typeof classCurveSchema>

const videoPredictionSchema = z.object({
  summary: predictionSummarySchema,
  model: z.string(),
  device: z.string(),
  seconds: z.number(),
  /** All files that were written, for `file`. */
  files: z.array(z.object({ name: z.string(), role: z.string() })),
  remarks: z.array(remarkSchema),
})

/** A finished prediction of actions: the class of every clip, and when what happens in long ones. */
export const actionPredictionSchema = videoPredictionSchema.extend({
  /** Names and colours of the classes, in the order of the model's outputs. */
  legend: z.array(legendEntrySchema),
  clips: z.array(actionClipSchema),
  intervals: z.array(actionIntervalSchema),
})
/** A finished prediction of actions. */
export type ActionPrediction = z.infer<typeof actionPredictionSchema>

/** A finished prediction of frames. */
export const framePredictionSchema = videoPredictionSchema.extend(frameTablesSchema.shape)
/** A finished prediction of frames. */
export type FramePrediction = z.infer<typeof framePredictionSchema>

/** Which frames and pixels decided; `maps` is the file of `saliency`. */
export const explainedSchema = z.object({ saliency: actionSaliencySchema, maps: exportedFileSchema })
/** Which frames and pixels decided. */
export type Explained = z.infer<typeof explainedSchema>

const predictionRefSchema = projectRefSchema.extend({ prediction: nameSchema })

/** Contract of the service that applies models. */
export const inferenceContract = {
  /** Applies the model of a run to data of the project. @throws `runs/unfinished`, `projects/*`; later errors are the job's */
  start: procedure
    .input(
      projectRefSchema.extend({
        run: nameSchema,
        data: nameSchema,
        /** One sequence of the data; by default all of them, or the one that the data name. */
        sequence: z.string().max(500).optional(),
        device: z.string().max(100).optional(),
        set: settingsTextSchema.default({}),
      }),
    )
    .output(jobRefSchema.extend({ prediction: nameSchema })),
  /** Whether the model of a run can be used on data of the project: the terms of its contract that are broken, each with a remedy. @throws as `start` */
  fits: procedure
    .input(projectRefSchema.extend({ run: nameSchema, data: nameSchema, sequence: z.string().max(500).optional() }))
    .output(fitReportSchema),
  list: procedure.input(projectRefSchema).output(z.array(predictionSummarySchema)),
  /** @throws `predictions/unknown`, `predictions/incomplete` */
  get: procedure.input(predictionRefSchema).output(predictionSchema),
  /** @throws `predictions/unknown`, `predictions/incomplete`, `predictions/other-task` */
  actions: procedure.input(predictionRefSchema).output(actionPredictionSchema),
  /** @throws as `actions` */
  frames: procedure.input(predictionRefSchema).output(framePredictionSchema),
  /** One file of a finished prediction, for the data plane. @throws `predictions/*`, `predictions/no-file`, `store/not-found` */
  file: procedure.input(predictionRefSchema.extend({ name: z.string().max(200) })).output(exportedFileSchema),
  /** Finds out which frames and pixels a class was recognised by, as a job; frames [from, to). @throws `runs/unfinished`, `projects/*` */
  explain: procedure
    .input(
      projectRefSchema.extend({
        run: nameSchema,
        data: nameSchema,
        sequence: z.string().max(500),
        from: z.number().int().nonnegative(),
        to: z.number().int().positive(),
        label: z.string().max(500),
      }),
    )
    .output(jobRefSchema),
  /** Waits for an explanation and takes it. @throws `jobs/unknown`, and the job's codes */
  explained: procedure.input(projectRefSchema.extend(jobRefSchema.shape)).output(explainedSchema),
  /** Opens one map for the data plane; class maps hold the legend's values, NaN where there is no data. */
  openMap: procedure.input(predictionRefSchema.extend(predictionMapSchema.shape)).output(openSequenceSchema),
  /** The class probabilities of one pixel, season by season. @throws `predictions/*`, `sequences/outside` */
  curve: procedure
    .input(predictionRefSchema.extend({ row: z.number().int().nonnegative(), column: z.number().int().nonnegative() }))
    .output(classCurveSchema),
  /** A table as CSV, for the page to save. */
  exportTable: procedure
    .input(predictionRefSchema.extend({ table: z.enum(['areas', 'changes']) }))
    .output(z.object({ fileName: z.string(), mediaType: z.string(), text: z.string() })),
  /** Deletes a prediction and its maps. @throws `predictions/running` */
  remove: procedure.input(predictionRefSchema).output(z.null()),
}
