import { describe, expect, it } from 'vitest'
import { areaAccuracy } from '../../../shared/metrics/area-accuracy.ts'
import oracleFile from './oracle.json' with { type: 'json' }

const oracle = oracleFile.olofsson
const labels = ['Deforestation', 'Forest gain', 'Stable forest', 'Stable non-forest']
const hectaresPerPixel = 0.09
/** The paper has the map in rows, ours has the truth in rows. */
const truthRows = labels.map((_, truth) => labels.map((_, mapped) => oracle.mapRows[mapped]?.[truth] ?? 0))

describe('areaAccuracy on the example of Olofsson et al. 2014, section 5', () => {
  const result = areaAccuracy(
    { labels, matrix: truthRows },
    oracle.mappedAreaPixels.map((pixels) => pixels * hectaresPerPixel),
  )

  it('gives the published area of deforestation: 21 158 ± 6158 ha, where 18 000 ha are mapped', () => {
    const { mappedArea, adjustedArea } = result.perClass['Deforestation'] ?? {}
    expect(mappedArea).toBeCloseTo(18000, 6)
    expect(Math.round(adjustedArea?.value ?? NaN)).toBe(21158)
    expect(Math.round(1.96 * (adjustedArea?.standardError ?? NaN))).toBe(6158)
  })

  it('gives the published accuracies to two digits: overall 0.95 ± 0.02, deforestation user 0.88 ± 0.07, producer 0.75 ± 0.21', () => {
    const deforestation = result.perClass['Deforestation']
    const printed = [result.mapAccuracy, deforestation?.usersAccuracy, deforestation?.producersAccuracy].map(
      (figure) => `${figure?.value?.toFixed(2)} ± ${(1.96 * (figure?.standardError ?? NaN)).toFixed(2)}`,
    )
    expect(printed).toEqual(['0.95 ± 0.02', '0.88 ± 0.07', '0.75 ± 0.21'])
  })

  it('agrees with numpy for every class (relative 1e-10)', () => {
    for (const [i, label] of labels.entries()) {
      const figures = result.perClass[label]
      const near = (actual: number | null | undefined, expected: number | undefined): void =>
        expect((actual ?? NaN) / (expected ?? NaN)).toBeCloseTo(1, 10)
      near(figures?.adjustedArea.value, (oracle.areaPixels[i] ?? NaN) * hectaresPerPixel)
      near(figures?.adjustedArea.standardError, (oracle.areaPixelsStandardError[i] ?? NaN) * hectaresPerPixel)
      near(figures?.usersAccuracy.value, oracle.users[i])
      near(figures?.usersAccuracy.standardError, oracle.usersStandardError[i])
      near(figures?.producersAccuracy.value, oracle.producers[i])
      near(figures?.producersAccuracy.standardError, oracle.producersStandardError[i])
    }
    expect(result.mapAccuracy.standardError).toBeCloseTo(oracle.overallStandardError, 12)
  })

  it('keeps the accuracy of the samples (587 of 640) apart from that of the map', () => {
    expect(result.sampleAccuracy).toBeCloseTo(587 / 640, 12)
    expect(result.mapAccuracy.value).toBeCloseTo(oracle.overall, 12)
  })
})

describe('areaAccuracy with holes in the samples', () => {
  it('leaves a mapped class without samples out of every estimate and names it', () => {
    const matrix = [[8, 1, 0], [2, 9, 0], [0, 0, 0]] // prettier-ignore
    const result = areaAccuracy({ labels: ['a', 'b', 'c'], matrix }, [300, 100, 50])
    expect(result.withoutSamples).toEqual(['c'])
    expect(result.estimatedArea).toBe(400)
    expect(result.perClass['a']?.adjustedArea.value).toBeCloseTo(300 * 0.8 + 100 * 0.1, 9)
    expect(result.perClass['c']?.adjustedArea.value).toBe(0)
    expect(result.perClass['c']?.usersAccuracy.value).toBeNull()
    expect(result.perClass['c']?.producersAccuracy.value).toBeNull()
  })

  it('estimates the area of a class that is not mapped from the errors found elsewhere', () => {
    const result = areaAccuracy({ labels: ['a', 'b'], matrix: [[7, 0], [3, 0]] }, [100, 0]) // prettier-ignore
    expect(result.perClass['b']?.adjustedArea.value).toBeCloseTo(30, 9)
    expect(result.perClass['b']?.producersAccuracy.value).toBe(0)
    expect(result.perClass['b']?.mappedArea).toBe(0)
    expect(result.withoutSamples).toEqual([])
  })

  it('has no standard error where a mapped class holds one sample', () => {
    const result = areaAccuracy({ labels: ['a', 'b'], matrix: [[6, 0], [2, 1]] }, [90, 10]) // prettier-ignore
    expect(result.perClass['b']?.usersAccuracy).toEqual({ value: 1, standardError: null, interval95: null })
    expect(result.perClass['a']?.adjustedArea.interval95).toBeNull()
    expect(result.perClass['a']?.adjustedArea.value).toBeCloseTo(67.5, 9)
  })

  it('refuses when no mapped class holds a sample (metrics/no-samples)', () => {
    expect(() => areaAccuracy({ labels: ['a', 'b'], matrix: [[0, 0], [3, 0]] }, [0, 10])).toThrow('No class of the map') // prettier-ignore
  })
})
