import { AppError } from '../base/app-error.ts'
import { assert } from '../base/assert.ts'

/** Counts of samples by true and predicted class; `matrix[truth][predicted]`, both in the order of `labels`. */
export interface Confusion {
  readonly labels: readonly string[]
  readonly matrix: readonly (readonly number[])[]
}

/** How well one class is found; each figure in [0, 1], `support` is the number of true samples of the class. */
export interface ClassScores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly support: number
}

/** The metrics of a classification task, in the form that `train --json` and `evaluate --json` print. */
export interface ClassificationMetrics {
  readonly overallAccuracy: number
  readonly macroF1: number
  readonly kappa: number
  readonly perClass: Readonly<Record<string, ClassScores>>
  readonly confusion: Confusion
}

/**
 * Counts how often each true class was predicted as each class.
 * @param truth      true class of each sample, an index into `labels`
 * @param predicted  predicted class of each sample, same length
 * @param labels     class names, in the order of the indices
 * @returns          rows: truth; columns: prediction
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  labels: readonly string[],
): Confusion {
  assert(truth.length === predicted.length, 'every sample has one truth and one prediction')
  const matrix = labels.map(() => labels.map(() => 0))
  for (let i = 0; i < truth.length; i++) {
    const row = matrix[truth[i] ?? -1]
    const column = predicted[i] ?? -1
    assert(row?.[column] !== undefined, 'class indices lie within the list of labels')
    row[column] = (row[column] ?? 0) + 1
  }
  return { labels, matrix }
}

/** Adds the counts of several confusion matrices over the same labels (the folds of a cross-validation). */
export function sumConfusions(parts: readonly Confusion[]): Confusion {
  const labels = parts[0]?.labels ?? []
  assert(
    parts.every((part) => part.labels.join('\n') === labels.join('\n')),
    'confusion matrices are added only over the same labels',
  )
  const matrix = labels.map((_, r) => labels.map((_, c) => parts.reduce((sum, p) => sum + (p.matrix[r]?.[c] ?? 0), 0)))
  return { labels, matrix }
}

/**
 * The metrics that follow from a confusion matrix.
 *
 * Zero division: precision is 0 for a class that was never predicted, recall is 0 for a class without true samples,
 * F1 is 0 where both are 0. `macroF1` is the plain mean of F1 over the classes that occur in truth or prediction, so
 * that a class which a small test set does not hold says nothing. Kappa is 0 where chance agreement is already
 * complete (one class only in truth and prediction), because nothing beyond chance was shown.
 * @throws `metrics/no-samples` when the matrix counts nothing
 * Source: Cohen 1960 for kappa; otherwise as scikit-learn with `zero_division=0`.
 */
export function classificationMetrics(confusion: Confusion): ClassificationMetrics {
  const { labels, matrix } = confusion
  const support = matrix.map((row) => row.reduce((sum, count) => sum + count, 0))
  const predicted = labels.map((_, c) => matrix.reduce((sum, row) => sum + (row[c] ?? 0), 0))
  const total = support.reduce((sum, count) => sum + count, 0)
  if (total === 0)
    throw new AppError(
      'metrics/no-samples',
      'There is no sample to compute metrics from; the split left this part empty.',
    )

  const hits = labels.map((_, i) => matrix[i]?.[i] ?? 0)
  const scores = labels.map((_, i) => classScores(hits[i] ?? 0, predicted[i] ?? 0, support[i] ?? 0))
  const present = scores.filter((_, i) => (support[i] ?? 0) + (predicted[i] ?? 0) > 0)
  const observed = hits.reduce((sum, count) => sum + count, 0) / total
  const chance = support.reduce((sum, count, i) => sum + (count / total) * ((predicted[i] ?? 0) / total), 0)
  return {
    overallAccuracy: observed,
    macroF1: present.reduce((sum, score) => sum + score.f1, 0) / present.length,
    kappa: chance === 1 ? 0 : (observed - chance) / (1 - chance),
    perClass: Object.fromEntries(labels.map((label, i) => [label, scores[i] as ClassScores])),
    confusion,
  }
}

function classScores(hits: number, predicted: number, support: number): ClassScores {
  const precision = predicted === 0 ? 0 : hits / predicted
  const recall = support === 0 ? 0 : hits / support
  const f1 = predicted + support === 0 ? 0 : (2 * hits) / (predicted + support)
  return { precision, recall, f1, support }
}

/**
 * Share of samples whose true class is among the `k` highest scores, in [0, 1].
 * A class with the same score as the true one counts as ranked before it, so that a constant scorer gains nothing from
 * ties; a NaN score of the true class is a miss.
 * @param truth    true class of each sample
 * @param scores   [samples, classes]
 * @param classes  number of classes
 * @throws `metrics/no-samples` when there is no sample
 */
export function topKAccuracy(truth: ArrayLike<number>, scores: ArrayLike<number>, classes: number, k: number): number {
  assert(scores.length === truth.length * classes, 'scores hold one row of classes for each sample')
  if (truth.length === 0)
    throw new AppError(
      'metrics/no-samples',
      'There is no sample to compute metrics from; the split left this part empty.',
    )
  let hits = 0
  for (let i = 0; i < truth.length; i++) {
    const own = scores[i * classes + (truth[i] ?? -1)] ?? NaN
    if (Number.isNaN(own)) continue
    let before = 0
    for (let c = 0; c < classes; c++) if (c !== truth[i] && (scores[i * classes + c] ?? NaN) >= own) before++
    if (before < k) hits++
  }
  return hits / truth.length
}

/** Index of the highest score of each sample, the first one among equals; scores are [samples, classes]. */
export function argMaxRows(scores: ArrayLike<number>, classes: number): Int32Array {
  const result = new Int32Array(scores.length / classes)
  for (let i = 0; i < result.length; i++) {
    let best = 0
    for (let c = 1; c < classes; c++)
      if ((scores[i * classes + c] ?? NaN) > (scores[i * classes + best] ?? NaN)) best = c
    result[i] = best
  }
  return result
}
