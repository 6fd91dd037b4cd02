import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { registrationChoiceSchema } from '../../../shared/domain/medical/track-report.ts'
import { type Segmenter, segmenters } from '../../models/segmenters.ts'
import type { Settings } from '../settings/parse-settings.ts'
import { findModel, type GivenLengths, parseTaskOptions } from '../settings/task-options.ts'
import { trainingSchema } from '../training/training-settings.ts'

/** The model taken when a request names none. */
export const defaultSegmenter = 'conv-lstm-unet'

/** Which studies are learned from, and in which form. */
export const segmentationDataSchema = z.object({
  /** File of what was painted on the series (`paintedSeriesSchema`); where a series has paint, masks beside it do not count. */
  labels: z.string().optional(),
  /** Classes of painting that are lesions; all when absent. */
  classes: z.array(z.string().min(1)).min(1).optional(),
  /** Id of the one series to learn from. */
  sequence: z.string().optional(),
  /** Part of the id or description of the series to learn from, where a study holds several. */
  series: z.string().min(1).optional(),
  /** Distance of pixels in mm that slices are brought to; by default the middle one of the studies to learn from. */
  spacing: z.number().min(0.02).max(20).optional(),
  /** Slices that the network looks at together. */
  slices: z.number().int().min(1).max(64).default(5),
  /** Edge in pixels of the squares that are cut out to learn from. */
  patchSize: z.number().int().min(8).max(512).default(64),
  /**
   * How brightness is made comparable. `window`: one range for all studies, in the unit of the values; `percentiles`: by the
   * darkest and brightest of each study's own; `auto`: a window for CT, else percentiles.
   */
  intensity: z.enum(['auto', 'window', 'percentiles']).default('auto'),
  /** Lowest and highest value of the window; by default made from the lesions to learn from. */
  window: z.array(z.number()).length(2).optional(),
  /** `auto` shows the network the study before of the same patient, where there is one; `none` shows each study alone. */
  earlier: z.enum(['auto', 'none']).default('auto'),
  /** How the study before is laid over the later one; `none` where the files already share their places. */
  registration: registrationChoiceSchema.default('rigid'),
  /** `group`: by patient; `source`: by study; `given`: as folders named train and test say; `auto`: given, else by patient. */
  split: z.enum(['auto', 'group', 'source', 'given']).default('auto'),
})
/** Which studies are learned from, and in which form. */
export type SegmentationData = z.infer<typeof segmentationDataSchema>

/** How a segmenter is trained. */
export const segmentationTrainingSchema = trainingSchema.extend({
  epochs: z.number().int().positive().default(40),
  batch: z.number().int().positive().max(256).default(4),
  learningRate: z.number().positive().default(0.003),
  weightDecay: z.number().min(0).default(0.0001),
  /** Squares that are cut out of every study in each epoch. */
  patchesPerStudy: z.number().int().min(1).max(10_000).default(16),
  /** Share of the squares that are cut out around a lesion; every lesion has the same chance, however small. */
  lesionShare: z.number().min(0).max(1).default(0.5),
  /** Turns, scales and brightens squares a little, and adds noise. */
  augment: z.boolean().default(true),
  /** Also mirrors them; switch it off where left and right matter (organs on one side). */
  mirror: z.boolean().default(true),
  /** Share of the squares that are shown without the study before, so that the network also works without. */
  hideEarlier: z.number().min(0).max(1).default(0.2),
})
/** How a segmenter is trained. */
export type SegmentationTraining = z.infer<typeof segmentationTrainingSchema>

/** Everything a training is told. */
export interface SegmentationOptions {
  readonly data: SegmentationData
  readonly training: SegmentationTraining
  readonly definition: Segmenter
  readonly modelOptions: Record<string, unknown>
}

/** The segmenter of the zoo with this id. @throws `usage/unknown-model` with the ids there are */
export function findSegmenter(id: string): Segmenter {
  return findModel(segmenters, id, 'lesion segmentation')
}

/** Reads the settings of a training. @throws `usage/unknown-setting`, `usage/bad-setting`, `usage/unknown-model` */
export function segmentationOptions(model: string, settings: Settings, given: GivenLengths): SegmentationOptions {
  const definition = findSegmenter(model)
  const schemas = {
    data: segmentationDataSchema,
    training: segmentationTrainingSchema,
    model: definition.optionsSchema,
  }
  const options = parseTaskOptions(schemas, settings, given)
  const { data, modelOptions } = options
  const multiple = definition.edgeMultiple(modelOptions)
  if (data.patchSize % multiple !== 0)
    throw badSetting('patchSize', data.patchSize, `it must be divisible by ${multiple}`)
  const [low = 0, high = 1] = data.window ?? []
  if (!(high > low)) throw badSetting('window', `${low},${high}`, 'the second value must be larger than the first')
  return { ...options, definition }
}

function badSetting(key: string, value: number | string, reason: string): AppError {
  return new AppError('usage/bad-setting', `The setting ${key}=${value} cannot be used: ${reason}.`, {
    key,
    value: String(value),
  })
}
