import { z } from 'zod'
import { framePredictors } from '../../models/frame-predictors.ts'
import type { FramePredictor } from '../../models/model-definition.ts'
import type { Settings } from '../settings/parse-settings.ts'
import { findModel, type GivenLengths, parseTaskOptions } from '../settings/task-options.ts'
import { trainingSchema } from '../training/training-settings.ts'

/** The model taken when a request names none. */
export const defaultPredictor = 'conv-lstm'

/** Which frames are learned from, and in which form. */
export const framePredictionDataSchema = z.object({
  /** Id of the one sequence to learn from, where the folder holds several and not all are meant. */
  sequence: z.string().optional(),
  /** Frames that the model looks at, and frames that it predicts while training; both may be others when it is used. */
  inputFrames: z.number().int().min(1).max(200).default(10),
  horizon: z.number().int().min(1).max(200).default(10),
  /** Takes every n-th frame. */
  frameStep: z.number().int().min(1).max(1000).default(1),
  /** Height and width that frames are brought to, as `64` or `48x64`. */
  size: z.string().default('64'),
  /** `crop` cuts the margins off, `stretch` distorts. */
  fit: z.enum(['crop', 'stretch']).default('crop'),
  /** Learns red, green and blue instead of their luminance. */
  colour: z.boolean().default(false),
  /** Bands by name, for data that are no colours. */
  features: z.array(z.string().min(1)).min(1).optional(),
  /** Value that stands for a missing measurement. */
  nodata: z.number().optional(),
  /** Frames from the start of one training clip to that of the next; by default half a clip. */
  hop: z.number().int().min(1).optional(),
  /** Takes at most so many training clips, evenly. */
  maxClips: z.number().int().min(1).optional(),
  /** `source`: by whole sequences; `time`: the end of each sequence is for testing; `auto`: as folders named train and test say, else by source, or by time where there are fewer than three. */
  split: z.enum(['auto', 'source', 'time', 'given']).default('auto'),
})
/** Which frames are learned from, and in which form. */
export type FramePredictionData = z.infer<typeof framePredictionDataSchema>

/** How a predictor is trained. */
export const framePredictionTrainingSchema = trainingSchema.extend({
  epochs: z.number().int().positive().default(20),
  batch: z.number().int().positive().max(4096).default(8),
  learningRate: z.number().positive().default(0.001),
  weightDecay: z.number().min(0).default(0),
  /** Weight of the absolute error beside the squared one. */
  l1: z.number().min(0).max(100).default(0.1),
  /** Weight of the structural dissimilarity, (1 - SSIM) / 2. */
  ssim: z.number().min(0).max(100).default(0),
  /** Share of the training over which true frames are fed back less and less often instead of predicted ones (scheduled sampling). */
  teacherForcing: z.number().min(0).max(1).default(0.5),
})
/** How a predictor is trained. */
export type FramePredictionTraining = z.infer<typeof framePredictionTrainingSchema>

/** Everything a training is told. */
export interface FramePredictionOptions {
  readonly data: FramePredictionData
  readonly training: FramePredictionTraining
  readonly definition: FramePredictor
  readonly modelOptions: Record<string, unknown>
}

/** The predictor of the zoo with this id. @throws `usage/unknown-model` with the ids there are */
export function findPredictor(id: string): FramePredictor {
  return findModel(framePredictors, id, 'frame prediction')
}

/** Reads the settings of a training. @throws `usage/unknown-setting`, `usage/bad-setting`, `usage/unknown-model` */
export function framePredictionOptions(model: string, settings: Settings, given: GivenLengths): FramePredictionOptions {
  const definition = findPredictor(model)
  const schemas = {
    data: framePredictionDataSchema,
    training: framePredictionTrainingSchema,
    model: definition.optionsSchema,
  }
  return { ...parseTaskOptions(schemas, settings, given), definition }
}
