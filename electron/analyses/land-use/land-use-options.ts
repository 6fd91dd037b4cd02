import { z } from 'zod'
import type { ModelDefinition } from '../../models/model-definition.ts'
import { sequenceClassifiers } from '../../models/sequence-classifiers.ts'
import { classifierTrainingSchema, type ClassifierTraining } from '../classification/train-classifier.ts'
import { pipelineFromSettings, pipelineSettingKeys } from '../satellite/pipeline-settings.ts'
import type { SatellitePipeline } from '../satellite/pipeline.ts'
import { settingsFor, type Settings } from '../settings/parse-settings.ts'
import { findModel, type GivenLengths, parseTaskOptions } from '../settings/task-options.ts'
import { defaultBlockSize } from './split.ts'

/** The model taken when a request names none. */
export const defaultModel = 'gru'

const names = z.array(z.string().min(1)).min(1)

/** Where samples come from and how they are divided. */
export const landUseDataSchema = z.object({
  /** Label file; by default the one found in the data folder. */
  labels: z.string().optional(),
  /** Id of the sequence, where the folder holds several. */
  sequence: z.string().optional(),
  /** Projection of the labels' coordinates, where the file does not say. */
  crs: z.string().optional(),
  labelProperty: z.string().optional(),
  maxPerClass: z.number().int().positive().optional(),
  /** Bands the model reads, by name; by default all that hold physical values. */
  features: names.optional(),
  frames: z.number().int().min(2).max(2000).optional(),
  stepDays: z.number().positive().optional(),
  split: z.enum(['block', 'year', 'given']).default('block'),
  /** Edge of a spatial block in pixels. */
  blockSize: z.number().int().positive().default(defaultBlockSize),
  /** Years to test on, for split=year. */
  testYears: z.array(z.number().int()).optional(),
  /** Number of folds of a cross-validation before the final training; 0 for none. */
  folds: z.number().int().min(0).max(50).default(0),
  /** What to do with two classes at one pixel and time. */
  onConflict: z.enum(['error', 'drop']).default('error'),
})
/** Where samples come from and how they are divided. */
export type LandUseData = z.infer<typeof landUseDataSchema>

/** Everything a land-use training is told. */
export interface LandUseOptions {
  readonly data: LandUseData
  readonly training: ClassifierTraining
  readonly pipeline: SatellitePipeline
  readonly definition: ModelDefinition
  readonly modelOptions: Record<string, unknown>
}

/** The model of the zoo with this id. @throws `usage/unknown-model` with the ids there are */
export function findClassifier(id: string): ModelDefinition {
  return findModel(sequenceClassifiers, id, 'land use') as ModelDefinition
}

/**
 * Reads the settings of a land-use training.
 * @throws `usage/unknown-setting`, `usage/bad-setting`, `usage/unknown-model`, `satellite/setting`
 */
export function landUseOptions(model: string, settings: Settings, given: GivenLengths): LandUseOptions {
  const definition = findClassifier(model)
  const schemas = { data: landUseDataSchema, training: classifierTrainingSchema, model: definition.optionsSchema }
  const { data, training, modelOptions } = parseTaskOptions(schemas, settings, given, pipelineSettingKeys)
  const suited = Object.fromEntries(Object.entries(definition.training ?? {}).filter(([key]) => !(key in settings)))
  return {
    data,
    training: { ...training, ...suited },
    pipeline: pipelineFromSettings(settingsFor(settings, pipelineSettingKeys)),
    definition,
    modelOptions,
  }
}
