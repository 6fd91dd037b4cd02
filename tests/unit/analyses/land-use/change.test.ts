import { describe, expect, it } from 'vitest'
import {
  type ClassMap,
  changeBetween,
  changeCsv,
  SummaryCounter,
  summaryCsv,
} from '../../../../electron/analyses/land-use/change.ts'
import { normalisedEntropy } from '../../../../electron/analyses/land-use/entropy.ts'
import { windowsOf } from '../../../../electron/analyses/land-use/windows.ts'
import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'

const sinusoidal = '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs'
const grid: GeoGrid = { width: 4, height: 2, geoTransform: [0, 100, 0, 0, 0, -200], crs: sinusoidal } // 2 ha a pixel
const classes = ['Forest', 'Soy, maize', 'Water']

function map(label: string, values: number[]): ClassMap {
  return {
    label,
    readWindow: ({ row, column, height, width }) =>
      Promise.resolve(
        Array.from({ length: height * width }, (_, i) => values[(row + Math.floor(i / width)) * 4 + column + (i % width)] ?? 0), // prettier-ignore
      ),
  }
}
const before = map('2007-2008', [1, 1, 1, 2, 2, 3, 0, 1])
const after = map('2008-2009', [1, 2, 2, 2, 1, 3, 3, 0])

describe('changeBetween', () => {
  it('counts pixels and hectares from row class to column class and leaves pixels without data out', async () => {
    const table = await changeBetween(before, after, classes, grid)
    expect(table.pixels).toEqual([[1, 2, 0], [1, 1, 0], [0, 0, 1]]) // prettier-ignore
    expect(table.hectares).toEqual([[2, 4, 0], [2, 2, 0], [0, 0, 2]]) // prettier-ignore
    expect(table.nodataPixels).toBe(2)
  })

  it('writes one line for each pair of classes, quoted where needed', async () => {
    const lines = changeCsv(await changeBetween(before, after, classes, grid)).split('\r\n')
    expect(lines[0]).toBe('from_map,to_map,from_class,to_class,pixels,hectares')
    expect(lines[2]).toBe('2007-2008,2008-2009,Forest,"Soy, maize",2,4.0000')
    expect(lines).toHaveLength(1 + 9 + 1)
  })

  it('gives pixels without hectares where the maps are not georeferenced', async () => {
    const table = await changeBetween(before, after, classes, { ...grid, crs: null })
    expect(table.hectares).toBeNull()
    expect(changeCsv(table)).toContain('Forest,Forest,1,\r\n')
  })

  it('stops when cancelled', async () => {
    await expect(changeBetween(before, after, classes, grid, AbortSignal.abort())).rejects.toThrow('Cancelled')
  })
})

describe('SummaryCounter', () => {
  it('adds up pixels and hectares of each class over windows', () => {
    const counter = new SummaryCounter('2007', classes)
    counter.add([1, 1, 0], Float64Array.from([2, 3, 50]))
    counter.add([3], Float64Array.from([0.5]))
    const summary = counter.summary()
    expect(summary).toEqual({
      map: '2007',
      perClass: {
        Forest: { pixels: 2, hectares: 5 },
        'Soy, maize': { pixels: 0, hectares: 0 },
        Water: { pixels: 1, hectares: 0.5 },
      },
      nodataPixels: 1,
    })
    expect(summaryCsv([summary])).toContain('2007,"Soy, maize",0,0.0000\r\n')
  })
})

describe('normalisedEntropy', () => {
  it('is 0 for certainty, 1 for no idea, and entropy over log(classes) between (scipy.stats.entropy([.7,.2,.1], base=3))', () => {
    const rows = Float32Array.from([1, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0.7, 0.2, 0.1])
    const [certain, none, some] = normalisedEntropy(rows, 3)
    expect(certain).toBe(0)
    expect(none).toBeCloseTo(1, 6)
    expect(some).toBeCloseTo(0.7298466991620975, 6)
  })

  it('keeps NaN and is 0 for a single class', () => {
    expect(normalisedEntropy(Float32Array.from([NaN, NaN]), 2)[0]).toBeNaN()
    expect([...normalisedEntropy(Float32Array.from([1, 1]), 1)]).toEqual([0, 0])
  })
})

describe('windowsOf', () => {
  it.each([
    [37, 27, 1e6],
    [37, 27, 100],
    [1000, 700, 300 * 256],
    [5000, 3, 1000],
    [3, 5000, 1000],
    [1, 1, 1],
  ])('covers %i x %i pixels once, no window above %i', (width, height, limit) => {
    const seen = new Uint8Array(width * height)
    for (const window of windowsOf(width, height, limit)) {
      expect(window.height * window.width).toBeLessThanOrEqual(limit)
      for (let r = 0; r < window.height; r++)
        for (let c = 0; c < window.width; c++) seen[(window.row + r) * width + window.column + c]!++
    }
    expect(seen.every((count) => count === 1)).toBe(true)
  })
})
