import { segmenters } from '../../models/segmenters.ts'
import type { Task } from '../task.ts'
import { evaluateSegmentation } from './evaluate-segmentation.ts'
import { costSegmentation, planSegmentation, segmentationChoices } from './plan-segmentation.ts'
import { fitsSegmentation, predictSegmentation } from './predict-segmentation.ts'
import { trainSegmentation } from './train-segmentation.ts'

/** Which voxels of a medical series belong to lesions, learned from masks. */
export const segmentationTask: Task = {
  id: 'lesion-segmentation',
  models: segmenters.map(({ id, summary }) => ({ id, summary })),
  choices: segmentationChoices,
  plan: planSegmentation,
  cost: costSegmentation,
  train: trainSegmentation,
  evaluate: evaluateSegmentation,
  fits: fitsSegmentation,
  predict: predictSegmentation,
}
