import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  argMaxRows,
  classificationMetrics,
  confusionMatrix,
  sumConfusions,
  topKAccuracy,
} from '../../../shared/metrics/classification.ts'
import oracleFile from './oracle.json' with { type: 'json' }

const oracle = oracleFile.classification

/** The code of the `AppError` that the function throws. */
function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'nothing thrown'
}

describe('classificationMetrics', () => {
  const confusion = confusionMatrix(oracle.truth, oracle.predicted, oracle.labels)
  const metrics = classificationMetrics(confusion)

  it('counts truth in rows and predictions in columns (scikit-learn)', () => {
    expect(confusion).toEqual({ labels: oracle.labels, matrix: oracle.confusion })
  })

  it('agrees with scikit-learn on accuracy, macro F1 and kappa (1e-12, sums in another order)', () => {
    expect(metrics.overallAccuracy).toBeCloseTo(oracle.overallAccuracy, 12)
    expect(metrics.macroF1).toBeCloseTo(oracle.macroF1, 12)
    expect(metrics.kappa).toBeCloseTo(oracle.kappa, 12)
  })

  it('agrees with scikit-learn for each class, also one never predicted and one never true', () => {
    for (const [i, label] of oracle.labels.entries()) {
      const scores = metrics.perClass[label]
      expect(scores?.precision).toBeCloseTo(oracle.precision[i] ?? NaN, 12)
      expect(scores?.recall).toBeCloseTo(oracle.recall[i] ?? NaN, 12)
      expect(scores?.f1).toBeCloseTo(oracle.f1[i] ?? NaN, 12)
      expect(scores?.support).toBe(oracle.support[i])
    }
  })

  it('leaves a class that occurs nowhere out of macro F1 but keeps it in the table', () => {
    const result = classificationMetrics({
      labels: ['a', 'b', 'absent'],
      matrix: [
        [3, 1, 0],
        [0, 2, 0],
        [0, 0, 0],
      ],
    })
    expect(result.macroF1).toBeCloseTo((6 / 7 + 4 / 5) / 2, 12)
    expect(result.perClass['absent']).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 })
  })

  it('gives kappa 0 where only one class occurs, because chance agreement is complete', () => {
    expect(classificationMetrics({ labels: ['a', 'b'], matrix: [[5, 0], [0, 0]] }).kappa).toBe(0) // prettier-ignore
  })

  it('has no NaN in its JSON for any of these', () => {
    expect(JSON.stringify(metrics)).not.toContain('null')
  })

  it('refuses an empty test set (metrics/no-samples)', () => {
    expect(codeOf(() => classificationMetrics(confusionMatrix([], [], ['a', 'b'])))).toBe('metrics/no-samples')
  })

  it('adds the confusion of folds cell by cell', () => {
    const sum = sumConfusions([
      { labels: ['a', 'b'], matrix: [[1, 2], [3, 4]] }, // prettier-ignore
      { labels: ['a', 'b'], matrix: [[10, 0], [5, 7]] }, // prettier-ignore
    ])
    expect(sum.matrix).toEqual([[11, 2], [8, 11]]) // prettier-ignore
  })
})

describe('topKAccuracy', () => {
  it('agrees with scikit-learn for k = 2 and 3', () => {
    expect(topKAccuracy(oracle.truth, oracle.scores, 4, 2)).toBeCloseTo(oracle.top2, 12)
    expect(topKAccuracy(oracle.truth, oracle.scores, 4, 3)).toBeCloseTo(oracle.top3, 12)
  })

  it('lets a constant scorer gain nothing from ties', () => {
    expect(topKAccuracy([0, 1, 2], new Float32Array(9), 3, 2)).toBe(0)
  })

  it('counts a NaN score as a miss', () => {
    expect(topKAccuracy([0, 1], [NaN, 0.5, 0.2, 0.9], 2, 2)).toBe(0.5)
  })
})

describe('argMaxRows', () => {
  it('takes the first of equal scores', () => {
    expect([...argMaxRows([0.1, 0.6, 0.3, 0.4, 0.2, 0.4], 3)]).toEqual([1, 0])
  })
})
