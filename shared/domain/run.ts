import { z } from 'zod'
import { remarkSchema } from './remark.ts'
import { datasetSizeSchema } from './training-plan.ts'

/** Tasks a model can be trained for (docs/task.md). */
export const taskIdSchema = z.enum(['land-use', 'action-recognition', 'frame-prediction', 'lesion-segmentation'])
/** Tasks a model can be trained for. */
export type TaskId = z.infer<typeof taskIdSchema>

/** What a training run is asked to do; `set` holds the task's and the model's own options as text, `key=value`. */
export const trainRequestSchema = z.object({
  task: taskIdSchema,
  data: z.string(),
  /** Model folder to write; must not hold another model unless `resume`. */
  out: z.string(),
  model: z.string().optional(),
  epochs: z.number().int().positive().optional(),
  batch: z.number().int().positive().optional(),
  seed: z.number().int().nonnegative().default(0),
  /** Device id; the first available of the stated order when absent. */
  device: z.string().optional(),
  set: z.record(z.string(), z.string()).default({}),
  resume: z.boolean().default(false),
})
/** What a training run is asked to do. */
export type TrainRequest = z.infer<typeof trainRequestSchema>

/** Asks what the data step of a training would do. */
export const planRequestSchema = trainRequestSchema.omit({ out: true, resume: true })
/** Asks what the data step of a training would do. */
export type PlanRequest = z.infer<typeof planRequestSchema>

/** Asks what a training of a model on a dataset of some size takes. */
export const costRequestSchema = trainRequestSchema
  .pick({ task: true, model: true, epochs: true, batch: true, set: true })
  .extend({ size: datasetSizeSchema })
/** Asks what a training takes. */
export type CostRequest = z.infer<typeof costRequestSchema>

/** Asks for a model's metrics on a dataset. */
export const evaluateRequestSchema = z.object({
  model: z.string(),
  data: z.string(),
  /** `all` evaluates every sample, for data the model has never seen. */
  split: z.enum(['train', 'validation', 'test', 'all']).default('test'),
  device: z.string().optional(),
  set: z.record(z.string(), z.string()).default({}),
})
/** Asks for a model's metrics on a dataset. */
export type EvaluateRequest = z.infer<typeof evaluateRequestSchema>

/** Asks for a model's predictions on new data. */
export const predictRequestSchema = z.object({
  model: z.string(),
  input: z.string(),
  out: z.string(),
  device: z.string().optional(),
  set: z.record(z.string(), z.string()).default({}),
})
/** Asks for a model's predictions on new data. */
export type PredictRequest = z.infer<typeof predictRequestSchema>

/** Asks whether a model can be used on an input, without using it. */
export const fitRequestSchema = predictRequestSchema.pick({ model: true, input: true, set: true })
/** Asks whether a model can be used on an input. */
export type FitRequest = z.infer<typeof fitRequestSchema>

/** Whether a model can be used on an input: every term of its temporal contract that is broken, and what it would map. */
export const fitReportSchema = z.object({ violations: z.array(remarkSchema), seasons: z.array(z.string()) })
/** Whether a model can be used on an input. */
export type FitReport = z.infer<typeof fitReportSchema>

/** Asks for a model as one `.onnx` file. */
export const exportRequestSchema = z.object({ model: z.string(), out: z.string() })
/** Asks for a model as one `.onnx` file. */
export type ExportRequest = z.infer<typeof exportRequestSchema>

/** One epoch of a run: mean training loss, validation loss and metrics, wall time in seconds. */
export const epochRecordSchema = z
  .object({ epoch: z.number().int(), loss: z.number(), validationLoss: z.number().nullable(), seconds: z.number() })
  .catchall(z.union([z.number(), z.record(z.string(), z.union([z.number(), z.array(z.number())])), z.null()]))
/** One epoch of a run. */
export type EpochRecord = z.infer<typeof epochRecordSchema>

/** What `train` and `evaluate` report; metrics and baseline have the task's own keys. */
export const runReportSchema = z.object({
  task: taskIdSchema,
  model: z.string(),
  device: z.string(),
  seed: z.number().int(),
  /** Number of trainable numbers in the model. */
  parameters: z.number().int(),
  epochs: z.number().int(),
  seconds: z.number(),
  stepMs: z.number(),
  samples: z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
  split: z.string(),
  metrics: z.record(z.string(), z.unknown()),
  baseline: z.object({ name: z.string() }).catchall(z.unknown()),
  history: z.array(epochRecordSchema),
  warnings: z.array(z.string()),
  /** The warnings with codes, for other languages; runs of older versions have none. */
  remarks: z.array(remarkSchema).default([]),
  /** Further findings: cross-validation folds, where files lie. */
  extra: z.record(z.string(), z.unknown()).default({}),
})
/** What `train` and `evaluate` report. */
export type RunReport = z.infer<typeof runReportSchema>

/** A clip on which a predictor of frames was tested: its first known frame, and means over its steps. */
export const testedFrameClipSchema = z.object({
  sequence: z.string(),
  start: z.number().int().nonnegative(),
  mse: z.number(),
  ssim: z.number(),
  copyMse: z.number(),
})
/** A clip on which a predictor of frames was tested. */
export type TestedFrameClip = z.infer<typeof testedFrameClipSchema>

/** What `predict` reports: the files written and the task's tables. */
export const predictionReportSchema = z.object({
  task: taskIdSchema,
  model: z.string(),
  device: z.string(),
  seconds: z.number(),
  files: z.array(z.object({ path: z.string(), role: z.string() })),
  warnings: z.array(z.string()),
  /** The warnings with codes, for other languages. */
  remarks: z.array(remarkSchema).default([]),
  tables: z.record(z.string(), z.unknown()),
})
/** What `predict` reports. */
export type PredictionReport = z.infer<typeof predictionReportSchema>

/** Asks what sequences lie under the given files and folders. */
export const inspectRequestSchema = z.object({ paths: z.array(z.string()).min(1) })
/** Asks what sequences lie under the given files and folders. */
export type InspectRequest = z.infer<typeof inspectRequestSchema>

/** What `export` reports: the file written, and what it came from. */
export const exportReportSchema = z.object({
  task: taskIdSchema,
  model: z.string(),
  out: z.string(),
  bytes: z.number().int(),
  sha256: z.string(),
  labels: z.array(z.string()),
  /** The network that makes the model's features, written beside it where there is one. */
  backbone: z.object({ out: z.string(), bytes: z.number().int(), sha256: z.string() }).optional(),
})
/** What `export` reports. */
export type ExportReport = z.infer<typeof exportReportSchema>
