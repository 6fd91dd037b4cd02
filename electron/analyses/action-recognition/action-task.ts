import { clipClassifiers } from '../../models/clip-classifiers.ts'
import type { Task } from '../task.ts'
import { evaluateAction } from './evaluate-action.ts'
import { actionChoices, costAction, planAction } from './plan-action.ts'
import { fitsAction, predictAction } from './predict-action.ts'
import { trainAction } from './train-action.ts'

/** Which action a clip shows, and when what happens in a long one. */
export const actionTask: Task = {
  id: 'action-recognition',
  models: clipClassifiers.map(({ id, summary }) => ({ id, summary })),
  choices: actionChoices,
  plan: planAction,
  cost: costAction,
  train: trainAction,
  evaluate: evaluateAction,
  fits: fitsAction,
  predict: predictAction,
}
