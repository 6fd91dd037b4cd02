import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { areaAccuracy, wilsonInterval } from '../../../shared/metrics/area-accuracy.ts'
import oracle from './score-oracle.json' with { type: 'json' }

const labels = ['a', 'b', 'c', 'd']
/** The oracle has the map in rows, ours has the truth in rows. */
const truthRows = labels.map((_, truth) => labels.map((_, mapped) => oracle.mapRows[mapped]?.[truth] ?? 0))

describe('intervals of areas that do not claim certainty', () => {
  it.each(oracle.wilson)('agrees with scipy on $hits of $count (1e-12)', ({ hits, count, bounds }) => {
    const [low, high] = wilsonInterval(hits, count)
    expect(low).toBeCloseTo(bounds[0] ?? NaN, 12)
    expect(high).toBeCloseTo(bounds[1] ?? NaN, 12)
  })

  it('agrees with numpy on a table where one class shows no error and one is never the truth (relative 1e-10)', () => {
    const result = areaAccuracy({ labels, matrix: truthRows }, oracle.area)
    labels.forEach((label, k) =>
      result.perClass[label]?.areaInterval95.forEach((bound, side) =>
        expect(bound).toBeCloseTo(oracle.classArea[k]?.[side] ?? NaN, 8),
      ),
    )
    expect(result.mapInterval95[0]).toBeCloseTo(oracle.map[0] ?? NaN, 10)
    expect(result.mapInterval95[1]).toBeCloseTo(oracle.map[1] ?? NaN, 10)
  })

  it('has a width where the samples show no error at all, unlike value ± 1.96 standard errors', () => {
    const result = areaAccuracy({ labels: ['a', 'b'], matrix: [[12, 0], [0, 30]] }, [600, 400]) // prettier-ignore
    const { adjustedArea, areaInterval95 } = result.perClass['a'] ?? {}
    expect(adjustedArea?.interval95).toEqual([600, 600])
    // At most 24 % of the 600 and 11 % of the 400 may be something else.
    expect(areaInterval95?.[0]).toBeCloseTo(600 - 600 * (1 - wilsonInterval(12, 12)[0]), 9)
    expect(areaInterval95?.[1]).toBeCloseTo(600 + 400 * wilsonInterval(0, 30)[1], 9)
    expect(result.mapInterval95[1]).toBe(1)
    expect(result.mapInterval95[0]).toBeLessThan(0.9)
  })

  it('holds the true area in about 95 of 100 surveys of a rare class, where the plain interval does in about 79', () => {
    const random = new SeededRandom(41)
    // 3 % of a large mapped class and 70 % of a small one are truly "rare".
    const [weights, shares, counts] = [[900, 100], [0.03, 0.7], [40, 15]] // prettier-ignore
    const truth = 900 * 0.03 + 100 * 0.7
    const surveys = 2000
    let [score, plain] = [0, 0]
    for (let survey = 0; survey < surveys; survey++) {
      const rare = shares.map(
        (share, i) => Array.from({ length: counts[i] ?? 0 }, () => random.next()).filter((draw) => draw < share).length,
      )
      const matrix = [
        [(counts[0] ?? 0) - (rare[0] ?? 0), (counts[1] ?? 0) - (rare[1] ?? 0)],
        [rare[0] ?? 0, rare[1] ?? 0],
      ]
      const found = areaAccuracy({ labels: ['other', 'rare'], matrix }, weights).perClass['rare']
      const holds = (bounds: readonly [number, number] | null | undefined): number =>
        bounds && bounds[0] <= truth && truth <= bounds[1] ? 1 : 0
      score += holds(found?.areaInterval95)
      plain += holds(found?.adjustedArea.interval95)
    }
    expect(score / surveys).toBeGreaterThan(0.93)
    expect(plain / surveys).toBeLessThan(0.85)
  })
})
