import { describe, expect, it } from 'vitest'
import { differences, sameTestSet, seedGroups } from '../../../../renderer/viewers/model/compare-runs.ts'
import { gradientReach, layerNorms, stepNorms } from '../../../../renderer/viewers/chart/gradient-norms.ts'
import { smoothedFloor } from '../../../../renderer/viewers/chart/smoothed-floor.ts'
import type { RunDetails } from '../../../../shared/contracts/training.ts'
import type { EpochRecord } from '../../../../shared/domain/run.ts'

function details(
  id: string,
  given: { seed?: number; set?: Record<string, string>; score?: number; testSet?: string },
): RunDetails {
  const { seed = 0, set = {}, score = 0.5, testSet } = given
  return {
    summary: {
      id,
      name: id,
      model: 'gru',
      data: 'data-1',
      createdAt: '',
      state: 'finished',
      job: null,
      score,
      baselineScore: 0.2,
    },
    request: { seed, set },
    history: [],
    labels: [],
    contract: null,
    report: {
      task: 'land-use',
      model: 'gru',
      device: 'cpu',
      seed,
      parameters: 1,
      epochs: 1,
      seconds: 1,
      stepMs: 1,
      samples: { train: 10 + seed, validation: 1, test: 1 },
      split: '',
      metrics: { overallAccuracy: score, macroF1: score / 2 },
      baseline: { name: 'majority' },
      history: [],
      warnings: [],
      remarks: [],
      extra: testSet === undefined ? {} : { testSet },
    },
    provenance: {
      data: [],
      seed,
      device: 'cpu',
      versions: {},
      pipeline: [
        { step: 'dataset', options: { blockSize: 6, labels: `data-1.${id}.geojson`, features: ['ndvi', 'evi'] } },
        { step: 'training', options: { epochs: 80, ...(set['epochs'] ? { epochs: Number(set['epochs']) } : {}) } },
      ],
      split: { method: 'block', text: '', seed, blockSize: 6 },
      trainedAt: '',
    },
  }
}

describe('runs side by side', () => {
  it('lists the settings in which they differ, defaults included, and no copies of labels', () => {
    const found = differences([details('a', {}), details('b', { seed: 2, set: { units: '8' } })])
    expect(found).toEqual([
      { key: 'seed', values: ['0', '2'] },
      { key: 'samples', values: ['10', '12'] },
      { key: 'units', values: [null, '8'] },
    ])
  })

  it('knows whether the test sets are the same, and when it does not know', () => {
    const [a, b, c] = [details('a', { testSet: 'x' }), details('b', { testSet: 'x' }), details('c', { testSet: 'y' })]
    expect(sameTestSet([a, b])).toBe('same')
    expect(sameTestSet([a, b, c])).toBe('different')
    expect(sameTestSet([a, details('old', {})])).toBe('unknown')
  })

  it('gives mean and range over seeds of the same settings, and leaves other settings apart', () => {
    const groups = seedGroups([
      details('a', { seed: 0, score: 0.9 }),
      details('b', { seed: 1, score: 0.8 }),
      details('c', { seed: 2, score: 0.7 }),
      details('d', { seed: 3, score: 0.1, set: { epochs: '5' } }),
    ])
    expect(groups).toHaveLength(1)
    expect(groups[0]?.runs.map(({ summary }) => summary.id)).toEqual(['a', 'b', 'c'])
    const [accuracy] = groups[0]?.metrics ?? []
    expect(accuracy).toMatchObject({ name: 'overallAccuracy', low: 0.7, high: 0.9 })
    expect(accuracy?.mean).toBeCloseTo(0.8, 12)
    // No run reports kappa, so no mean of it is made up.
    expect(groups[0]?.metrics.map(({ name }) => name)).toEqual(['overallAccuracy', 'macroF1'])
  })
})

describe('gradients', () => {
  const epoch = (number: number, parameterNorms: Record<string, number>, steps?: number[]): EpochRecord => ({
    epoch: number,
    loss: 1,
    validationLoss: null,
    seconds: 1,
    parameterNorms,
    ...(steps ? { timeStepNorms: { layer_2: steps } } : {}),
  })

  it('are summed over the weights of a layer, as lengths of vectors are', () => {
    const layers = layerNorms([epoch(1, { 'layer_1/kernel': 3, 'layer_1/bias': 4, 'classifier/kernel': 0 })])
    expect([...layers]).toEqual([['layer_1', [[1, 5]]]])
  })

  it('are called vanished below a hundredth and exploded above ten times the last step', () => {
    const reach = (steps: number[]) => gradientReach(stepNorms([epoch(1, {}, steps)]).get('layer_2') ?? [])?.kind
    expect(reach([0.009, 0.1, 1])).toBe('vanishing')
    expect(reach([0.011, 0.1, 1])).toBe('healthy')
    expect(reach([10.1, 3, 1])).toBe('exploding')
    expect(gradientReach([])).toBeNull()
    expect(gradientReach([{ epoch: 1, norms: [0, 0] }])).toBeNull()
  })

  it('have a floor of the smoothed loss as numpy computes it (-(p * np.log(p)).sum() for 0.05 over 5 classes)', () => {
    expect(smoothedFloor(0.05, 5)).toBeCloseTo(0.223396, 6)
  })
})
