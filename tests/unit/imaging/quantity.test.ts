import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/base/app-error.ts'
import { bandFormula, changePlane, quantityPlane } from '../../../shared/imaging/quantity.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

describe('a formula over the bands of a sequence', () => {
  it('finds bands by name, by name in another case, and by what they measure', () => {
    const landsat = ['B2', 'B4', 'B5', 'BQA']
    expect(bandFormula('(nir - red) / (nir + red)', landsat, 'landsat8').bands).toEqual([2, 1])
    expect(bandFormula('b5 / B2', landsat, null).bands).toEqual([2, 0])
    expect(bandFormula('mir + swir2', ['blue', 'mir'], null).bands).toEqual([1, 1])
  })

  it.each([
    ['nir / red', 'formula/unknown-band'],
    ['1 + 2', 'formula/no-band'],
    ['B4 +', 'formula/syntax'],
  ])('refuses %s (%s)', (text, code) => {
    expect(codeOf(() => bandFormula(text, ['B4'], null))).toBe(code)
  })

  it('is computed from the bands at their place, and its change between two moments', () => {
    const { quantity } = bandFormula('a - 2 * b', ['a', 'b'], null)
    // Two pixels: a [10, 20], b [1, 2], later a [4, 5], b [3, NaN].
    const values = Float32Array.of(10, 20, 1, 2, 4, 5, 3, NaN)
    expect([...quantityPlane(values, 2, quantity)]).toEqual([8, 16])
    expect([...quantityPlane(values, 2, quantity, 2)]).toEqual([-2, NaN])
    expect([...changePlane(values, 2, quantity)]).toEqual([10, NaN])
  })
})
