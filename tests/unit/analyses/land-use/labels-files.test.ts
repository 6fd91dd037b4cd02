import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findLabelFile, readLabels } from '../../../../electron/analyses/land-use/labels.ts'
import { writeGeoTiff } from '../../../../electron/formats/geotiff/write-geotiff.ts'
import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'
import { errorOf } from './error-code.ts'

const utm: GeoGrid = { width: 6, height: 4, geoTransform: [500000, 100, 0, 5000000, 0, -100], crs: 'EPSG:32633' }
const days = Float64Array.from({ length: 24 }, (_, i) => 14610 + 16 * i)
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labels-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Writes a class raster. */
async function classRaster(
  name: string,
  grid: GeoGrid,
  values: number[],
  classNames: (string | null)[] | null,
): Promise<string> {
  const path = join(folder, name)
  const window = { row: 0, column: 0, height: grid.height, width: grid.width }
  await writeGeoTiff({ path, grid, dtype: 'uint8', bands: [{}], nodata: 255, classNames }, (writer) =>
    writer.writeWindow(window, values),
  )
  return path
}

/** `label@column,row` of all samples, sorted. */
async function placesIn(path: string, options: Parameters<typeof readLabels>[3] = {}): Promise<string[]> {
  const { samples } = await readLabels(path, utm, days, options)
  return samples.map(({ label, column, row }) => `${label}@${column},${row}`).sort()
}

describe('readLabels from a class raster', () => {
  const onTwo = { ...utm, width: 2, height: 2, geoTransform: [500100, 200, 0, 4999900, 0, -200] as const }

  it('gives every pixel the class of the coarser raster pixel that holds its centre, named by the file', async () => {
    // Raster pixels are 2 x 2 sequence pixels, from column 1, row 1; 0 has no name and 255 is nodata.
    const path = await classRaster('coarse.tif', onTwo, [1, 2, 0, 255], [null, 'Forest', 'Water'])
    expect(await placesIn(path)).toEqual(
      [
        'Forest@1,1',
        'Forest@1,2',
        'Forest@2,1',
        'Forest@2,2',
        'Water@3,1',
        'Water@3,2',
        'Water@4,1',
        'Water@4,2',
      ].sort(),
    )
  })

  it('reads a raster in another projection at the same places', async () => {
    // 0.005° pixels around 15° E, 45.15° N; the border between 4 and 7 is the meridian of 15.0035° E, UTM x = 500275 (pyproj 3.7.2).
    const degrees: GeoGrid = {
      width: 4,
      height: 4,
      geoTransform: [14.9935, 0.005, 0, 45.16, 0, -0.005],
      crs: 'EPSG:4326',
    }
    const path = await classRaster('degrees.tif', degrees, [4, 4, 7, 7, 4, 4, 7, 7, 4, 4, 7, 7, 4, 4, 7, 7], null)
    const places = await placesIn(path)
    expect(places.filter((place) => place.startsWith('4@')).map((place) => Number(place[2])).every((column) => column <= 2)).toBe(true) // prettier-ignore
    expect(places).toHaveLength(24)
    expect(places).toContain('4@2,0')
    expect(places).toContain('7@3,0')
  })

  it('draws at most the asked number of each class, the same for the same seed', async () => {
    const path = await classRaster(
      'full.tif',
      utm,
      Array.from({ length: 24 }, (_, i) => 1 + (i % 2)),
      null,
    )
    const draw = (seed: number): Promise<string[]> => placesIn(path, { maxPerClass: 4, seed })
    expect(await draw(1)).toHaveLength(8)
    expect(await draw(1)).toEqual(await draw(1))
    expect(await draw(1)).not.toEqual(await draw(2))
  })

  it('takes names and values to ignore from the caller', async () => {
    const path = await classRaster(
      'named.tif',
      utm,
      Array.from({ length: 24 }, (_, i) => i % 3),
      null,
    )
    const places = await placesIn(path, { classNames: new Map([[1, 'one']]), ignore: [0] })
    expect(new Set(places.map((place) => place.split('@')[0]))).toEqual(new Set(['one', '2']))
  })

  it('refuses values that are no classes, and a raster that lies elsewhere', async () => {
    const path = join(folder, 'float.tif')
    const window = { row: 0, column: 0, height: 4, width: 6 }
    await writeGeoTiff({ path, grid: utm, dtype: 'float32', bands: [{}] }, (writer) =>
      writer.writeWindow(window, new Float32Array(24).fill(0.5)),
    )
    expect((await errorOf(() => readLabels(path, utm, days))).code).toBe('labels/not-class-raster')
    const away = { ...utm, geoTransform: [900000, 100, 0, 5000000, 0, -100] as const }
    const far = await classRaster('far.tif', away, new Array<number>(24).fill(1), null)
    expect((await errorOf(() => readLabels(far, utm, days))).code).toBe('labels/no-samples')
  })
})

describe('readLabels from files', () => {
  const rows = (lines: string[]): string => ['x,y,label,from,to', ...lines, ''].join('\n')

  it('takes the projection that lies beside a table', async () => {
    const text = rows(['500150,4999950,a,2010-01-01,2010-12-01', '500450,4999750,b,2010-01-01,2010-12-01'])
    await writeFile(join(folder, 'points.csv'), text)
    await writeFile(join(folder, 'points_projection'), '"+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs"\n')
    expect(await placesIn(join(folder, 'points.csv'))).toEqual(['a@1,0', 'b@4,2'])
  })

  it('refuses a missing file and an unknown kind', async () => {
    expect((await errorOf(() => readLabels(join(folder, 'none.csv'), utm, days))).code).toBe('labels/unreadable')
    expect((await errorOf(() => readLabels(join(folder, 'labels.shp'), utm, days))).code).toBe('labels/unknown-format')
  })
})

describe('findLabelFile', () => {
  it('prefers the usual names, and fails when none or several could be meant', async () => {
    const own = await mkdtemp(join(folder, 'find-'))
    expect((await errorOf(() => findLabelFile(own))).code).toBe('labels/not-found')
    await writeFile(join(own, 'b.csv'), '')
    expect(await findLabelFile(own)).toBe(join(own, 'b.csv'))
    await writeFile(join(own, 'a.geojson'), '')
    expect((await errorOf(() => findLabelFile(own))).code).toBe('labels/ambiguous')
    await writeFile(join(own, 'Samples.csv'), '')
    expect(await findLabelFile(own)).toBe(join(own, 'Samples.csv'))
  })
})
