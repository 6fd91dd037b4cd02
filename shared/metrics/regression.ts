import { AppError } from '../base/app-error.ts'
import { assert } from '../base/assert.ts'

/** The metrics of a regression task; `rmse`, `mae` and `bias` are in the unit of the values. */
export interface RegressionMetrics {
  readonly rmse: number
  readonly mae: number
  /** Share of the variance explained: 1 is perfect, 0 is as good as the mean, below 0 is worse than the mean. */
  readonly r2: number
  /** Mean of prediction minus truth; positive means too high. */
  readonly bias: number
}

/**
 * Compares predicted with true values.
 * Where all true values are equal, `r2` is 1 for a perfect prediction and 0 otherwise (as scikit-learn).
 * @throws `metrics/no-samples` when there is no sample
 */
export function regressionMetrics(truth: ArrayLike<number>, predicted: ArrayLike<number>): RegressionMetrics {
  assert(truth.length === predicted.length, 'every sample has one truth and one prediction')
  const count = truth.length
  if (count === 0)
    throw new AppError(
      'metrics/no-samples',
      'There is no sample to compute metrics from; the split left this part empty.',
    )

  let mean = 0
  for (let i = 0; i < count; i++) mean += (truth[i] ?? NaN) / count
  let squares = 0
  let absolutes = 0
  let differences = 0
  let variance = 0
  for (let i = 0; i < count; i++) {
    const error = (predicted[i] ?? NaN) - (truth[i] ?? NaN)
    squares += error * error
    absolutes += Math.abs(error)
    differences += error
    variance += ((truth[i] ?? NaN) - mean) ** 2
  }
  const flat = squares === 0 ? 1 : 0
  return {
    rmse: Math.sqrt(squares / count),
    mae: absolutes / count,
    r2: variance === 0 ? flat : 1 - squares / variance,
    bias: differences / count,
  }
}
