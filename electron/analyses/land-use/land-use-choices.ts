import { z } from 'zod'
import type { SettingDescription, TrainingChoices } from '../../../shared/domain/training-choices.ts'
import { sequenceClassifiers } from '../../models/sequence-classifiers.ts'
import { classifierTrainingSchema } from '../classification/train-classifier.ts'
import { pipelineSettingKeys } from '../satellite/pipeline-settings.ts'
import { describeSettings } from '../settings/describe-settings.ts'
import { landUseDataSchema } from './land-use-options.ts'

/** The model taken when a request names none. */
const defaultModel = 'bi-lstm'

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
  const shared = [...describeSettings(landUseDataSchema), ...describeSettings(classifierTrainingSchema), ...pipeline]
  return {
    models: sequenceClassifiers.map(({ id, summary, optionsSchema }) => ({
      id,
      summary,
      isDefault: id === defaultModel,
      settings: describeSettings(optionsSchema as unknown as z.ZodObject),
    })),
    settings: shared.filter(({ key }) => !notOffered.has(key)),
  }
}
