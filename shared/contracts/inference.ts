import { z } from 'zod'
import { remarkSchema } from '../domain/remark.ts'
import { fitReportSchema } from '../domain/run.ts'
import { openSequenceSchema, legendEntrySchema } from './sequences.ts'
import { settingsTextSchema } from './training.ts'
import { jobRefSchema, nameSchema, procedure, projectRefSchema } from './wire.ts'

/** A prediction on its list. */
export const predictionSummarySchema = z.object({
  id: nameSchema,
  name: z.string(),
  run: nameSchema,
  data: nameSchema,
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

const predictionRefSchema = projectRefSchema.extend({ prediction: nameSchema })

/** Contract of the service that applies models. */
export const inferenceContract = {
  /** Applies the model of a run to data of the project. @throws `runs/unfinished`, `projects/*`; later errors are the job's */
  start: procedure
    .input(
      projectRefSchema.extend({
        run: nameSchema,
        data: nameSchema,
        device: z.string().max(100).optional(),
        set: settingsTextSchema.default({}),
      }),
    )
    .output(jobRefSchema.extend({ prediction: nameSchema })),
  /** Whether the model of a run can be used on data of the project: the terms of its contract that are broken, each with a remedy. @throws as `start` */
  fits: procedure.input(projectRefSchema.extend({ run: nameSchema, data: nameSchema })).output(fitReportSchema),
  list: procedure.input(projectRefSchema).output(z.array(predictionSummarySchema)),
  /** @throws `predictions/unknown`, `predictions/incomplete` */
  get: procedure.input(predictionRefSchema).output(predictionSchema),
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
