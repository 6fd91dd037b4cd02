import { describe, expect, it } from 'vitest'
import { colourTable, parseHex, toHex } from '../../../shared/imaging/colour-maps.ts'
import { normalisedDifference, paintFrame, stretchedPart } from '../../../shared/imaging/paint-frame.ts'

describe('colours of a frame', () => {
  it('stretches each band of a composite by its own range, and leaves pixels without data transparent', () => {
    // Bands [3], pixels [2]; the second pixel has no green value.
    const values = [50, 10, 3, NaN, 200, 1]
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
    const colours = paintFrame([2, 6, NaN], 3, {
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
    const colours = paintFrame([0, 2, 1], 3, { kind: 'classes', colours: new Map([[2, parseHex('#0a141e')]]) })
    expect([...colours]).toEqual([0, 0, 0, 0, 10, 20, 30, 255, 0, 0, 0, 0])
  })

  it('has no normalised difference where the sum is zero', () => {
    expect([...normalisedDifference([3, 1, 5, 1, -1, NaN], 3)]).toEqual([0.5, NaN, NaN])
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
