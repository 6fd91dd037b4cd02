import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { clipClassifiers } from '../../models/clip-classifiers.ts'
import type { ClipClassifier } from '../../models/model-definition.ts'
import { backboneSettingsSchema } from '../backbone/backbone-form.ts'
import { classifierTrainingSchema } from '../classification/train-classifier.ts'
import type { Settings } from '../settings/parse-settings.ts'
import { findModel, type GivenLengths, parseTaskOptions } from '../settings/task-options.ts'

/** The model taken when a request names none. */
export const defaultClassifier = 'crnn'

/** Size of frames that is left to the backbone. */
export const sizeOfBackbone = 'backbone'

/** Which clips are learned from, and in which form. */
export const actionDataSchema = backboneSettingsSchema.extend({
  /** Table of labelled clips; by default the one found in the data folder, else the folders are the classes. */
  labels: z.string().optional(),
  /** Id of the one sequence to learn from, where the folder holds several and not all are meant. */
  sequence: z.string().optional(),
  /** Frames that the model looks at in a clip. */
  frames: z.number().int().min(1).max(200).default(8),
  /** `segments`: one frame of each of equal parts of the clip; `dense`: frames that follow each other, `stride` apart. */
  sampling: z.enum(['segments', 'dense']).default('segments'),
  stride: z.number().int().min(1).max(1000).default(2),
  /** Height and width that frames are brought to, as `64` or `48x64`; with a backbone by default what it looks at. */
  size: z.string().default('64'),
  /** `crop` cuts the margins off, `stretch` distorts. */
  fit: z.enum(['crop', 'stretch']).default('crop'),
  /** Looks at red, green and blue instead of their luminance. */
  colour: z.boolean().default(false),
  /** `group`: what belongs to one group (patient, actor, scene) stays together; `time`: of each class what comes last is for testing; `given`: as the table or folders say; `auto`: as given where everything says so, else by group, or by time where there are fewer than three groups. */
  split: z.enum(['auto', 'group', 'time', 'given']).default('auto'),
})
/** Which clips are learned from, and in which form. */
export type ActionData = z.infer<typeof actionDataSchema>

/** How a classifier of clips is trained. */
export const actionTrainingSchema = classifierTrainingSchema.omit({ noise: true }).extend({
  epochs: z.number().int().positive().default(40),
  batch: z.number().int().positive().max(4096).default(8),
  learningRate: z.number().positive().default(0.001),
  classWeights: z.enum(['none', 'balanced']).default('balanced'),
  /** Shows training clips at random places within a margin of an eighth. */
  crop: z.boolean().default(true),
  /** Mirrors half of the training clips; only where left and right mean the same. */
  flip: z.boolean().default(false),
  /** Random changes of brightness and contrast, as a share. */
  jitter: z.number().min(0).max(1).default(0.2),
  /** Blends pairs of training clips and their classes; the larger, the more evenly (0: not at all). Source: Zhang et al. 2018 (mixup). */
  mix: z.number().min(0).max(1).default(0),
})
/** How a classifier of clips is trained. */
export type ActionTraining = z.infer<typeof actionTrainingSchema>

/** Everything a training is told. */
export interface ActionOptions {
  readonly data: ActionData
  readonly training: ActionTraining
  readonly definition: ClipClassifier
  readonly modelOptions: Record<string, unknown>
}

/** The classifier of the zoo with this id. @throws `usage/unknown-model` with the ids there are */
export function findClipClassifier(id: string): ClipClassifier {
  return findModel(clipClassifiers, id, 'action recognition')
}

/** Reads the settings of a training. @throws `usage/unknown-setting`, `usage/bad-setting`, `usage/unknown-model` */
export function actionOptions(model: string, settings: Settings, given: GivenLengths): ActionOptions {
  const definition = findClipClassifier(model)
  const schemas = { data: actionDataSchema, training: actionTrainingSchema, model: definition.optionsSchema }
  const options = { ...parseTaskOptions(schemas, settings, given), definition }
  if (options.data.backbone !== undefined) return withBackbone(options, settings)
  const idle = Object.keys(backboneSettingsSchema.shape).find((key) => key in settings)
  if (idle === undefined) return options
  throw badSetting(
    idle,
    settings[idle] ?? '',
    'it describes a backbone, and none is given; give its file with --backbone',
  )
}

/** Models that can follow features instead of frames. */
const modelsOnFeatures = ['crnn', 'frame-cnn']

/** With a backbone, frames are features before the network sees them: it has no convolutions, and pixels cannot be changed any more. */
function withBackbone(options: ActionOptions, settings: Settings): ActionOptions {
  const { data, training, definition, modelOptions } = options
  if (!modelsOnFeatures.includes(definition.id))
    throw badSetting('model', definition.id, `a backbone goes with ${modelsOnFeatures.join(' and ')}`)
  const meaningless = ['filters', 'crop', 'flip', 'jitter'].find(
    (key) => key in settings && !['false', '0'].includes(settings[key] ?? ''),
  )
  if (meaningless !== undefined)
    throw badSetting(
      meaningless,
      settings[meaningless] ?? '',
      'a backbone looks at each frame once, as it is, in place of convolutions; leave the setting out',
    )
  return {
    data: { ...data, size: settings['size'] ?? sizeOfBackbone },
    training: { ...training, crop: false, flip: false, jitter: 0 },
    definition,
    modelOptions: { ...modelOptions, filters: [] },
  }
}

function badSetting(key: string, value: string, reason: string): AppError {
  return new AppError('usage/bad-setting', `The setting ${key}=${value} cannot be used: ${reason}.`, { key, value })
}
