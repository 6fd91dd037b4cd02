import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outlinePixels, pixelsInside } from '../../../shared/domain/label-outline.ts'
import {
  brushPixels,
  countPixels,
  hasPixel,
  isSamePixels,
  type PixelSet,
  subtractPixels,
  unitePixels,
} from '../../../shared/domain/label-pixels.ts'

/** Any window of a 40 x 40 grid with any pixels in it. */
const pixelSets = fc
  .record({
    column: fc.integer({ min: 0, max: 20 }),
    row: fc.integer({ min: 0, max: 20 }),
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
  })
  .chain((window) =>
    fc
      .array(fc.constantFrom(0, 1), {
        minLength: window.width * window.height,
        maxLength: window.width * window.height,
      })
      .map((bits): PixelSet => ({ ...window, bits: Uint8Array.from(bits) })),
  )
const grid = { width: 40, height: 40 }

function picture(rows: readonly string[]): PixelSet {
  const width = rows[0]?.length ?? 0
  const bits = Uint8Array.from(rows.join(''), (letter) => (letter === '#' ? 1 : 0))
  return { column: 0, row: 0, width, height: rows.length, bits }
}

describe('outlines of pixels', () => {
  it('enclose the centres of exactly the pixels they were made of (any pixels)', () => {
    fc.assert(
      fc.property(pixelSets, (set) => isSamePixels(pixelsInside(grid, outlinePixels(set)), set)),
      { numRuns: 400 },
    )
  })

  it('have rings that touch themselves nowhere, and edges along rows and columns (any pixels)', () => {
    fc.assert(
      fc.property(pixelSets, (set) => {
        for (const ring of outlinePixels(set).flat()) {
          expect(new Set(ring.map(String)).size).toBe(ring.length)
          ring.forEach(([x, y], i) => {
            const [nextX, nextY] = ring[(i + 1) % ring.length] ?? [NaN, NaN]
            expect(Number(x === nextX) + Number(y === nextY)).toBe(1)
          })
        }
      }),
    )
  })

  it('put a hole into the outline around it, and an island in the hole beside it', () => {
    const ring = ['#####', '#...#', '#.#.#', '#...#', '#####']
    const polygons = outlinePixels(picture(ring))
    expect(polygons.map((rings) => rings.length).sort()).toEqual([1, 2])
    expect(polygons.find((rings) => rings.length === 2)?.[0]).toHaveLength(4)
  })

  it('keep pixels apart that only touch at a corner', () => {
    expect(outlinePixels(picture(['#.', '.#']))).toHaveLength(2)
  })

  it('cut a hole off where it touches the outside at a corner', () => {
    const polygons = outlinePixels(picture(['###.', '#.##', '###.', '....']))
    expect(polygons).toHaveLength(1)
    const open = outlinePixels(picture(['.##', '#.#', '###']))
    expect(open.map((rings) => rings.length)).toEqual([2])
  })

  it('give no polygon for no pixels, and no pixels for no polygon', () => {
    expect(outlinePixels(picture(['..', '..']))).toEqual([])
    expect(countPixels(pixelsInside(grid, []))).toBe(0)
  })
})

describe('pixels inside polygons', () => {
  it('are those whose centre is inside, for a triangle drawn by hand', () => {
    const triangle: [number, number][][] = [
      [
        [0, 0],
        [4, 0],
        [0, 4],
      ],
    ]
    const set = pixelsInside({ width: 4, height: 4 }, [triangle])
    const rows = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => Number(hasPixel(set, column, row))).join(''))
    // Centres with x + y < 4; those on the slanted edge belong to its greater side.
    expect(rows).toEqual(['1110', '1100', '1000', '0000'])
  })

  it('stay on the grid', () => {
    const big: [number, number][][] = [
      [
        [-5, -5],
        [50, -5],
        [50, 50],
        [-5, 50],
      ],
    ]
    expect(countPixels(pixelsInside({ width: 7, height: 3 }, [big]))).toBe(21)
  })
})

describe('sets of pixels', () => {
  it('unite and subtract as sets do (any pixels)', () => {
    fc.assert(
      fc.property(pixelSets, pixelSets, (a, b) => {
        const union = unitePixels(a, b)
        const rest = subtractPixels(a, b)
        for (let row = 0; row < grid.height; row++)
          for (let column = 0; column < grid.width; column++) {
            const [inA, inB] = [hasPixel(a, column, row), hasPixel(b, column, row)]
            if (hasPixel(union, column, row) !== (inA || inB)) return false
            if (hasPixel(rest, column, row) !== (inA && !inB)) return false
          }
        return true
      }),
      { numRuns: 60 },
    )
  })
})

describe('the brush', () => {
  it('of one pixel covers the pixel under the pointer', () => {
    expect([...brushPixels(grid, [3.9, 7.1], [3.9, 7.1], 1).bits].filter(Boolean)).toHaveLength(1)
    expect(hasPixel(brushPixels(grid, [3.9, 7.1], [3.9, 7.1], 1), 3, 7)).toBe(true)
  })

  it('covers pixels whose centre is within half its size, as numpy counts them (size 5 on a centre: 21)', () => {
    expect(countPixels(brushPixels(grid, [10.5, 10.5], [10.5, 10.5], 5))).toBe(21)
  })

  it('leaves no gap on a quick way, and stays on the grid', () => {
    const stroke = brushPixels(grid, [-3, 2], [45, 30], 1)
    expect(outlinePixels(brushPixels(grid, [2.2, 2.2], [30.7, 9.1], 2))).toHaveLength(1)
    expect(stroke.column + stroke.width).toBeLessThanOrEqual(grid.width)
    for (let column = 0; column < grid.width; column++)
      expect([...Array(grid.height).keys()].some((row) => hasPixel(stroke, column, row))).toBe(true)
  })
})
