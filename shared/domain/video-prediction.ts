import { z } from 'zod'

const count = z.number().int().nonnegative()

/** The class of one clip. */
export const actionClipSchema = z.object({
  /** Id of the sequence. */
  path: z.string(),
  label: z.string(),
  probability: z.number(),
  probabilities: z.record(z.string(), z.number()),
  frames: count.default(0),
  /** File with the probabilities of every frame of a long clip, float32 [frames, classes]; null where it was looked at as one. */
  curve: z.string().nullable().default(null),
})
/** The class of one clip. */
export type ActionClip = z.infer<typeof actionClipSchema>

/** When what happens in a long clip. */
export const actionIntervalSchema = z.object({
  path: z.string(),
  label: z.string(),
  /** Seconds from the first frame, [start, end); frames where the sequence has no time. */
  start: z.number(),
  end: z.number(),
  /** Frames [from, to). */
  from: count.default(0),
  to: count.default(0),
  /** Mean probability. */
  score: z.number(),
})
/** When what happens in a long clip. */
export type ActionInterval = z.infer<typeof actionIntervalSchema>

/** Which frames and which pixels the score of a class depends on. */
export const actionSaliencySchema = z.object({
  sequence: z.string(),
  label: z.string(),
  /** Frames [from, to) that were looked at as one clip, and those of them that the model saw. */
  from: count,
  to: count,
  frames: z.array(count),
  /** Height and width of a map. */
  size: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  /** Part of the whole in each frame; they add up to 1. */
  shares: z.array(z.number()),
  /** The part of a frame that the model sees, as parts of its width and height. */
  place: z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }),
  /** File with the maps, float32 [frames, height, width]. */
  file: z.string(),
})
/** Which frames and which pixels the score of a class depends on. */
export type ActionSaliency = z.infer<typeof actionSaliencySchema>

/** The tables of a prediction of actions. */
export const actionTablesSchema = z.object({
  labels: z.array(z.string()),
  clips: z.array(actionClipSchema),
  intervals: z.array(actionIntervalSchema),
  saliency: actionSaliencySchema.nullable().default(null),
})
/** The tables of a prediction of actions. */
export type ActionTables = z.infer<typeof actionTablesSchema>

const qualitySchema = z.object({
  mse: z.number(),
  mae: z.number(),
  psnr: z.number(),
  ssim: z.number(),
  perStep: z.record(z.enum(['mse', 'mae', 'psnr', 'ssim']), z.array(z.number())),
})

/** The tables of a prediction of frames. */
export const frameTablesSchema = z.object({
  /** Id of the sequence. */
  sequence: z.string().default(''),
  /** Number, from 0, of the first known frame, and every how manieth was taken. */
  start: count,
  frameStep: z.number().int().positive(),
  inputFrames: z.number().int().positive(),
  horizon: z.number().int().positive(),
  /** Predicted frames that have a truth. */
  truths: count,
  /** Their numbers in the sequence; those after its end have no truth. */
  predicted: z.array(count),
  metrics: qualitySchema.nullable(),
  baseline: qualitySchema.nullable(),
  /** File with the known frames, the truths and the predicted frames, uint8 [frames, height, width, channels]. */
  pictures: z
    .object({
      file: z.string(),
      height: z.number().int().positive(),
      width: z.number().int().positive(),
      channels: z.union([z.literal(1), z.literal(3)]),
    })
    .nullable()
    .default(null),
})
/** The tables of a prediction of frames. */
export type FrameTables = z.infer<typeof frameTablesSchema>
