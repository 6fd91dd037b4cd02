import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeBetween } from '../../../../electron/analyses/land-use/change.ts'
import {
  mapFileNames,
  rasterClassMap,
  seasonFileOpener,
  writeTables,
} from '../../../../electron/analyses/land-use/map-files.ts'
import { predictMaps } from '../../../../electron/analyses/land-use/predict-maps.ts'
import { openGeoTiff } from '../../../../electron/formats/geotiff/geotiff-raster.ts'
import { errorOf } from './error-code.ts'
import { memoryReader } from './memory-reader.ts'

const grid = { width: 5, height: 3, geoTransform: [600000, 30, 0, 5000000, 0, -30], crs: 'EPSG:32633' } as const
const classes = ['Forest', 'Soy, maize', 'Water']
const seasons = [
  { label: '2010', from: '2010-01-01', to: '2010-01-21' },
  { label: '2011', from: '2010-01-21', to: '2010-02-10' },
]
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maps-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Pixel values are classes 0, 1, 2 in turn, shifted by one in the second season; the last pixel has no data. */
async function predict(out: string, signal?: AbortSignal): Promise<Awaited<ReturnType<typeof predictMaps>>> {
  const values = Float32Array.from({ length: 4 * 15 }, (_, i) =>
    i % 15 === 14 ? NaN : ((i % 15) + (i >= 30 ? 1 : 0)) % 3,
  )
  const times = ['2010-01-01', '2010-01-11', '2010-01-21', '2010-01-31']
  return predictMaps({
    reader: memoryReader(values, { times, bands: ['v'], grid }),
    grid,
    contract: { frames: 1, step: { value: 10, unit: 'day' }, seasonStart: null, bands: ['v'], size: [1, 1], spacingMm: null }, // prettier-ignore
    classes,
    seasons,
    classify: (series, n) =>
      Promise.resolve(
        Float32Array.from({ length: n * 3 }, (_, i) => (series[Math.floor(i / 3)] === i % 3 ? 0.8 : 0.1)),
      ),
    openSeason: seasonFileOpener({ folder: out, grid, classes, metadata: { MODEL: 'rule' } }),
    signal,
  })
}

describe('seasonFileOpener', () => {
  it('writes class maps with names and colours, probabilities by class and entropy, on the grid of the input', async () => {
    const out = join(folder, 'new', 'maps')
    await predict(out)
    const names = mapFileNames({ label: '2011' })
    expect((await readdir(out)).filter((name) => name.endsWith('.tif'))).toHaveLength(6)

    const map = await openGeoTiff(join(out, names.classes))
    const window = { row: 0, column: 0, height: 3, width: 5 }
    expect(map.grid).toMatchObject(grid)
    expect([...(await map.readWindow(0, window))]).toEqual([2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, NaN])
    expect(map.classNames).toEqual([null, ...classes])
    expect(map.colorTable?.slice(1, 3)).toEqual([[230, 159, 0], [0, 158, 115]]) // prettier-ignore
    await map.close()

    const probabilities = await openGeoTiff(join(out, names.probabilities))
    expect(probabilities.bands.map(({ description }) => description)).toEqual(classes)
    const read = await probabilities.readBands([0, 1, 2], { row: 0, column: 1, height: 1, width: 1 })
    expect([...read].map((value) => value.toFixed(3))).toEqual(['0.100', '0.100', '0.800'])
    expect(await probabilities.readWindow(2, { row: 2, column: 4, height: 1, width: 1 })).toEqual(Float32Array.of(NaN))
    await probabilities.close()

    const entropy = await openGeoTiff(join(out, names.entropy))
    // scipy.stats.entropy([0.8, 0.1, 0.1], base=3)
    expect((await entropy.readWindow(0, window))[3]).toBeCloseTo(0.5816719, 6)
    await entropy.close()
  })

  it('leaves nothing behind when cancelled', async () => {
    const out = join(folder, 'cancelled')
    await expect(predict(out, AbortSignal.abort())).rejects.toThrow('Cancelled')
    expect(await readdir(out)).toEqual([])
  })

  it('says when the folder cannot be made', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    expect((await errorOf(() => predict(join(file, 'maps')))).code).toBe('store/not-writable')
  })
})

describe('rasterClassMap and writeTables', () => {
  it('finds the same change from the files as while they were made, and writes it as CSV and JSON', async () => {
    const out = join(folder, 'tables')
    const result = await predict(out)
    const [before, after] = await Promise.all(
      seasons.map((season) => openGeoTiff(join(out, mapFileNames(season).classes))),
    )
    if (!before || !after) throw new Error('both files are open')
    const table = await changeBetween(rasterClassMap('2010', before), rasterClassMap('2011', after), classes, grid)
    expect(table).toEqual(result.changes[0])
    expect(table.pixels).toEqual([[0, 5, 0], [0, 0, 5], [4, 0, 0]]) // prettier-ignore
    await Promise.all([before.close(), after.close()])

    expect(await writeTables(out, result)).toEqual(['areas.csv', 'change-2010-to-2011.csv', 'tables.json'])
    expect(await readFile(join(out, 'change-2010-to-2011.csv'), 'utf8')).toContain(
      '2010,2011,Forest,"Soy, maize",5,0.4',
    )
    expect(JSON.parse(await readFile(join(out, 'tables.json'), 'utf8'))).toEqual(result)
  })
})
