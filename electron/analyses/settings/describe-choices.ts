import type { z } from 'zod'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'
import { describeSettings } from './describe-settings.ts'

/** Which files are read is decided by the caller, never by a setting that a form offers; epochs and batch have fields of their own. */
const neverOffered = ['labels', 'backbone', 'sequence', 'epochs', 'batch']

/** The models of a zoo and the settings of a task, described for forms. */
export function describeChoices(
  zoo: readonly { readonly id: string; readonly summary: string; readonly optionsSchema: z.ZodType }[],
  initial: string,
  schemas: readonly z.ZodObject[],
): TrainingChoices {
  return {
    models: zoo.map(({ id, summary, optionsSchema }) => ({
      id,
      summary,
      isDefault: id === initial,
      settings: describeSettings(optionsSchema as unknown as z.ZodObject),
    })),
    settings: schemas.flatMap(describeSettings).filter(({ key }) => !neverOffered.includes(key)),
  }
}
