import { describe, expect, it } from 'vitest'
import { maskTest, suggestMasks } from '../../../shared/imaging/mask-choice.ts'

const band = (name: string, maximum = 1) => ({ band: name, minimum: 0, maximum })

describe('masks for looking at images', () => {
  it('are suggested by the names of bands, the most telling first', () => {
    const found = suggestMasks([band('NDVI'), band('CLP', 1), band('IS_VALID'), band('CLM'), band('SCL', 11)])
    expect(found.map((one) => [one.band, one.rule.kind])).toEqual([
      [4, 'sentinel2-scl'],
      [3, 'values'],
      [2, 'values'],
      [1, 'above'],
    ])
    expect(suggestMasks([band('red'), band('nir')])).toEqual([])
  })

  it.each([
    [1, 0.4],
    [100, 40],
    [250, 102],
  ])('take a cloud probability that reaches %s above %s', (maximum, threshold) => {
    expect(suggestMasks([band('CLP', maximum)])[0]?.rule).toEqual({ kind: 'above', threshold })
  })

  it('read the bits of Landsat as what they mean', () => {
    const rejects = maskTest({ kind: 'landsat-bqa', reject: ['cloud'], confidence: 'high' })
    // 2720: clear with low confidences; 2800: cloud bit; 2784: cloud confidence high without the bit; 1: fill.
    expect([2720, 2800, 2784 | 0b1100000, 1, NaN].map(rejects)).toEqual([false, true, true, false, true])
  })

  it('mask listed values, and beyond a threshold in the precision of stored values', () => {
    expect([0, 1, 3, NaN].map(maskTest({ kind: 'values', values: [1, 3] }))).toEqual([false, true, true, true])
    const stored = Float32Array.of(0.4, 0.5)
    expect([...stored].map(maskTest({ kind: 'above', threshold: 0.4 }))).toEqual([false, true])
    expect([...stored].map(maskTest({ kind: 'below', threshold: 0.5 }))).toEqual([true, false])
  })
})
