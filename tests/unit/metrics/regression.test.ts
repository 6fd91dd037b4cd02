import { describe, expect, it } from 'vitest'
import { regressionMetrics } from '../../../shared/metrics/regression.ts'
import oracleFile from './oracle.json' with { type: 'json' }

const oracle = oracleFile.regression

describe('regressionMetrics', () => {
  it('agrees with scikit-learn (1e-12)', () => {
    const metrics = regressionMetrics(oracle.truth, oracle.predicted)
    expect(metrics.rmse).toBeCloseTo(oracle.rmse, 12)
    expect(metrics.mae).toBeCloseTo(oracle.mae, 12)
    expect(metrics.r2).toBeCloseTo(oracle.r2, 12)
    expect(metrics.bias).toBeCloseTo(oracle.bias, 12)
  })

  it('has r2 1 or 0 where the truth does not vary', () => {
    expect(regressionMetrics([2, 2], [2, 2]).r2).toBe(1)
    expect(regressionMetrics([2, 2], [2, 3]).r2).toBe(0)
  })

  it('refuses an empty test set', () => {
    expect(() => regressionMetrics([], [])).toThrow('There is no sample')
  })
})
