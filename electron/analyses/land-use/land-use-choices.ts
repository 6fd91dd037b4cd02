import { z } from 'zod'
import type { SettingDescription, TrainingChoices } from '../../../shared/domain/training-choices.ts'
import { sequenceClassifiers } from '../../models/sequence-classifiers.ts'
import { classifierTrainingSchema } from '../classification/train-classifier.ts'
import { pipelineSettingKeys } from '../satellite/pipeline-settings.ts'
import { describeSettings } from '../settings/describe-settings.ts'
import { defaultModel, landUseDataSchema } from './land-use-options.ts'

/** Which files are read is decided by the caller, never by a setting that a form offers. */
const notOffered = new Set(['labels', 'sequence', 'crs', 'labelProperty', 'epochs', 'batch'])

/** The models and settings of land use, described for forms. */
export function landUseChoices(): TrainingChoices {
  const pipeline = pipelineSettingKeys.map((key): SettingDescription => ({
    key,
    type: 'text',
    initial: null,
    minimum: null,
    maximum: null,
    choices: [],
  }))
  const training = describeSettings(classifierTrainingSchema)
  const shared = [...describeSettings(landUseDataSchema), ...training, ...pipeline]
  return {
    models: sequenceClassifiers.map(({ id, summary, optionsSchema, training: suited = {} }) => ({
      id,
      summary,
      isDefault: id === defaultModel,
      settings: [
        ...describeSettings(optionsSchema as unknown as z.ZodObject),
        ...Object.entries(suited).flatMap(([key, value]) =>
          training.filter((setting) => setting.key === key).map((setting) => ({ ...setting, initial: String(value) })),
        ),
      ],
    })),
    settings: shared.filter(({ key }) => !notOffered.has(key)),
  }
}
