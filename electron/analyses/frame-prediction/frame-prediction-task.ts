import { framePredictors } from '../../models/frame-predictors.ts'
import type { Task } from '../task.ts'
import { evaluateFramePrediction } from './evaluate-frame-prediction.ts'
import { costFramePrediction, framePredictionChoices, planFramePrediction } from './plan-frame-prediction.ts'
import { fitsFramePrediction, predictFrames } from './predict-frames.ts'
import { trainFramePrediction } from './train-frame-prediction.ts'

/** Prediction of the frames that follow, over sequences of any kind. */
export const framePredictionTask: Task = {
  id: 'frame-prediction',
  models: framePredictors.map(({ id, summary }) => ({ id, summary })),
  choices: framePredictionChoices,
  plan: planFramePrediction,
  cost: costFramePrediction,
  train: trainFramePrediction,
  evaluate: evaluateFramePrediction,
  fits: fitsFramePrediction,
  predict: predictFrames,
}
