import { AppError } from '../../../shared/base/app-error.ts'
import type { TrainingChoices } from '../../../shared/domain/training-choices.ts'

/**
 * Refuses settings that a form does not offer. Some of a task's settings name files; those must never come from the page.
 * @throws `usage/unknown-setting`, `usage/unknown-model`
 */
export function refuseUnoffered(
  choices: TrainingChoices,
  model: string | undefined,
  set: Readonly<Record<string, string>>,
): void {
  const chosen = choices.models.find((candidate) =>
    model === undefined ? candidate.isDefault : candidate.id === model,
  )
  if (!chosen) {
    const known = choices.models.map(({ id }) => id)
    throw new AppError('usage/unknown-model', `There is no model "${model}"; choose one of ${known.join(', ')}.`, {
      model,
      known,
    })
  }
  const known = new Set([...choices.settings, ...chosen.settings].map(({ key }) => key))
  const unknown = Object.keys(set).find((key) => !known.has(key))
  if (unknown === undefined) return
  const list = [...known].sort()
  throw new AppError('usage/unknown-setting', `There is no setting "${unknown}"; settings are: ${list.join(', ')}.`, {
    key: unknown,
    known: list,
  })
}
