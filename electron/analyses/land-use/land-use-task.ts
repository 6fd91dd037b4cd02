import { sequenceClassifiers } from '../../models/sequence-classifiers.ts'
import type { Task } from '../task.ts'
import { evaluateLandUse } from './evaluate-land-use.ts'
import { fitsLandUse } from './fits-land-use.ts'
import { landUseChoices } from './land-use-choices.ts'
import { costLandUse, planLandUse } from './plan-land-use.ts'
import { predictLandUse } from './predict-land-use.ts'
import { trainLandUse } from './train-land-use.ts'

/** Land-use classification of satellite time series: class maps per season, areas and changes. */
export const landUseTask: Task = {
  id: 'land-use',
  models: sequenceClassifiers.map(({ id, summary }) => ({ id, summary })),
  choices: landUseChoices,
  plan: planLandUse,
  cost: costLandUse,
  train: trainLandUse,
  evaluate: evaluateLandUse,
  fits: fitsLandUse,
  predict: predictLandUse,
}
