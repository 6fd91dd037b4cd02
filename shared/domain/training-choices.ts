import { z } from 'zod'

/** One setting a person may change. */
export const settingDescriptionSchema = z.object({
  key: z.string(),
  type: z.enum(['number', 'integer', 'boolean', 'choice', 'text', 'list']),
  /** As text, in the form `set` takes; null when there is none. */
  initial: z.string().nullable(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  choices: z.array(z.string()),
})
/** One setting a person may change. */
export type SettingDescription = z.infer<typeof settingDescriptionSchema>

/** A network that can be trained for a task; `summary` says in English when to choose it. */
export const modelChoiceSchema = z.object({
  id: z.string(),
  summary: z.string(),
  isDefault: z.boolean(),
  /** The model's own; one with the key of a shared setting stands in its place, with the value that suits this model. */
  settings: z.array(settingDescriptionSchema),
})
/** A network that can be trained for a task. */
export type ModelChoice = z.infer<typeof modelChoiceSchema>

/** All a training page offers. */
export const trainingChoicesSchema = z.object({
  models: z.array(modelChoiceSchema),
  /** Settings of data, split and training that all models share. */
  settings: z.array(settingDescriptionSchema),
})
/** All a training page offers. */
export type TrainingChoices = z.infer<typeof trainingChoicesSchema>
