import type { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { parseSettings, refuseUnknown, settingsFor, type Settings } from './parse-settings.ts'

/** The model of a zoo with this id. @throws `usage/unknown-model` with the ids there are */
export function findModel<Definition extends { readonly id: string }>(
  zoo: readonly Definition[],
  id: string,
  task: string,
): Definition {
  const definition = zoo.find((candidate) => candidate.id === id)
  if (definition) return definition
  const known = zoo.map((candidate) => candidate.id)
  throw new AppError(
    'usage/unknown-model',
    `There is no model "${id}" for ${task}; choose one of ${known.join(', ')}.`,
    { model: id, known },
  )
}

/** Epochs and batch size that a request names outside its settings. */
export interface GivenLengths {
  readonly epochs?: number | undefined
  readonly batch?: number | undefined
}

/**
 * The settings of a training, told apart by what they are about.
 * @param schemas what a task knows of data and training, and its model's own options
 * @param otherKeys settings that the task reads itself
 * @throws `usage/unknown-setting`, `usage/bad-setting`
 */
export function parseTaskOptions<Data extends z.ZodRawShape, Training extends z.ZodRawShape>(
  schemas: {
    readonly data: z.ZodObject<Data>
    readonly training: z.ZodObject<Training>
    readonly model: z.ZodType
  },
  settings: Settings,
  given: GivenLengths,
  otherKeys: readonly string[] = [],
): {
  readonly data: z.infer<z.ZodObject<Data>>
  readonly training: z.infer<z.ZodObject<Training>>
  readonly modelOptions: Record<string, unknown>
} {
  const { data, training } = schemas
  const model = schemas.model as z.ZodObject
  const keysOf = (schema: { readonly shape: object }): string[] => Object.keys(schema.shape)
  refuseUnknown(settings, [...keysOf(data), ...keysOf(training), ...keysOf(model), ...otherKeys])
  return {
    data: parseSettings(settingsFor(settings, keysOf(data)), data),
    training: {
      ...parseSettings(settingsFor(settings, keysOf(training)), training),
      ...(given.epochs ? { epochs: given.epochs } : {}),
      ...(given.batch ? { batch: given.batch } : {}),
    },
    modelOptions: parseSettings(settingsFor(settings, keysOf(model)), model),
  }
}
