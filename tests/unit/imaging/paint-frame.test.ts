import { describe, expect, it } from 'vitest'
import { bandFormula } from '../../../shared/imaging/quantity.ts'
import { colourTable, parseHex, toHex } from '../../../shared/imaging/colour-maps.ts'
import { maskColours, paintFrame, stretchedPart } from '../../../shared/imaging/paint-frame.ts'

describe('colours of a frame', () => {
  it('stretches each band of a composite by its own range, and leaves pixels without data transparent', () => {
    // Bands [3], pixels [2]; the second pixel has no green value.
    const values = Float32Array.of(50, 10, 3, NaN, 200, 1)
    const ranges = [
      { low: 0, high: 100 },
      { low: 3, high: 9 },
      { low: 300, high: 100 },
    ] as const
    const colours = paintFrame(values, 2, { kind: 'composite', ranges, gamma: 1 })
    expect([...colours.subarray(0, 4)]).toEqual([128, 0, 128, 255])
    expect(colours[7]).toBe(0)
  })

  it('draws one band from the first to the last colour of its map', () => {
    const colours = paintFrame(Float32Array.of(2, 6, NaN), 3, {
      kind: 'single',
      range: { low: 2, high: 6 },
      colourMap: 'viridis',
      gamma: 1,
    })
    expect([
      toHex([colours[0] ?? 0, colours[1] ?? 0, colours[2] ?? 0]),
      toHex([colours[4] ?? 0, colours[5] ?? 0, colours[6] ?? 0]),
    ]).toEqual(['#440154', '#fde725'])
    expect(colours[11]).toBe(0)
  })

  it('draws only classes that have a colour', () => {
    const colours = paintFrame(Float32Array.of(0, 2, 1), 3, {
      kind: 'classes',
      colours: new Map([[2, parseHex('#0a141e')]]),
    })
    expect([...colours]).toEqual([0, 0, 0, 0, 10, 20, 30, 255, 0, 0, 0, 0])
  })

  it('draws what a formula makes of two bands, and nothing where it cannot be computed', () => {
    const { quantity } = bandFormula('(nir - red) / (nir + red)', ['red', 'nir'], null)
    // nir [3, 1, 5], red [1, -1, NaN]: 0.5, divided by zero, missing.
    const colours = paintFrame(Float32Array.of(3, 1, 5, 1, -1, NaN), 3, {
      kind: 'index',
      quantity,
      range: { low: 0, high: 1 },
      colourMap: 'grey',
      gamma: 1,
    })
    expect([colours[0], colours[3], colours[7], colours[11]]).toEqual([128, 255, 0, 0])
  })

  it('draws no change in the middle colour, loss and gain in opposite ones', () => {
    // One band at two moments: 0.2 - 0.2, 0.1 - 0.5, 0.9 - 0.5, missing - 1.
    const paint = {
      kind: 'change',
      quantity: { kind: 'band' },
      range: { low: -0.4, high: 0.4 },
      colourMap: 'brown-green',
    } as const
    const values = Float32Array.of(0.2, 0.1, 0.9, NaN, 0.2, 0.5, 0.5, 1)
    const colours = paintFrame(values, 4, paint)
    const hex = (i: number): string => toHex([colours[i * 4] ?? 0, colours[i * 4 + 1] ?? 0, colours[i * 4 + 2] ?? 0])
    expect([hex(1), hex(2)]).toEqual(['#543005', '#003c30'])
    // Neutral: the lightest of the map, the same in all three channels within a step of the table.
    expect(Math.max(...colours.subarray(0, 3)) - Math.min(...colours.subarray(0, 3))).toBeLessThan(4)
    expect(colours[15]).toBe(0)
  })

  it('fades masked pixels and counts them among those that hold data', () => {
    const colours = Uint8ClampedArray.of(1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 0)
    expect(maskColours(colours, [1, 0, 1], (value) => value === 1, 0.2)).toEqual({ masked: 1, valid: 2 })
    expect([colours[3], colours[7], colours[11]]).toEqual([51, 255, 0])
  })

  it('brightens the middle with gamma, and keeps the ends', () => {
    expect([0, 0.25, 1].map((value) => stretchedPart(value, { low: 0, high: 1 }, 2))).toEqual([0, 0.5, 1])
    expect(stretchedPart(3, { low: 2, high: 2 })).toBe(1)
  })

  it('interpolates between the stops of a colour map', () => {
    expect([...colourTable('grey').subarray(127 * 3, 128 * 3)]).toEqual([127, 127, 127])
    expect(colourTable('cividis')).toHaveLength(768)
  })
})
