import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeEoPatch, openEoRaster } from '../../../electron/formats/numpy/eopatch.ts'
import { inspectPaths, openSequence } from '../../../electron/formats/open-sequences.ts'
import { isSceneReader } from '../../../electron/formats/scene-collection.ts'
import { readOracle, summarise } from './oracle/summary.ts'
import { realData } from './real-data.ts'

const oracle = readOracle()
const modis = realData('modis_mt_dtwsat')
const landsat = realData('landsat8_ny_gdalcubes')
const patch = realData('s2_eolearn_patch')

describe.skipIf(!modis)('the MODIS folder', () => {
  it('is one sequence of 137 dates and 7 bands; other files are problems, not failures', async () => {
    const { sequences, problems } = await inspectPaths([modis ?? ''])
    expect(sequences).toMatchObject([
      {
        id: 'modis_mt_dtwsat',
        frames: 137,
        height: 27,
        width: 37,
        bands: ['blue', 'doy', 'evi', 'mir', 'ndvi', 'nir', 'red'],
        dtype: 'float64',
        warnings: [],
      },
    ])
    const times = sequences[0]?.times ?? []
    expect([times[0], times[7], times[136]]).toEqual(['2007-09-14', '2008-01-01', '2013-08-29'])
    expect(problems.every(({ code }) => code === 'formats/not-a-sequence')).toBe(true)
  })

  it("reads one pixel's series through the sequence, as GDAL does", async () => {
    const reader = await openSequence([modis ?? ''])
    const block = await reader.read({
      frames: Array.from({ length: 137 }, (_, i) => i),
      bands: [reader.info.bands.indexOf('red')],
      window: { row: 20, column: 11, height: 1, width: 1 },
    })
    expect([...block.values]).toEqual(oracle.modis.redSeriesRow20Column11.map(Math.fround))
    await reader.close()
  })
})

describe.skipIf(!landsat)('the Landsat folder', () => {
  it('is one sequence of 19 scenes and 12 bands, with the grids that GDAL sees', async () => {
    const { sequences, problems } = await inspectPaths([landsat ?? ''])
    expect(sequences).toMatchObject([
      {
        id: 'landsat8_ny_gdalcubes',
        frames: 19,
        bands: ['B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B9', 'B10', 'B11', 'BQA'],
        dtype: 'uint16',
        crs: 'EPSG:32618',
        geoTransform: null,
        orderedBy: 'By the acquisition dates in the Landsat names.',
      },
    ])
    expect(problems.map(({ path }) => basename(path))).toEqual(['SOURCE.txt'])
    const times = sequences[0]?.times ?? []
    expect([...times]).toEqual([...times].sort())
    expect([times[0], times[18]]).toEqual(['2018-01-06', '2018-12-17'])
    const reader = await openSequence([landsat ?? ''])
    if (!isSceneReader(reader)) throw new Error('a sequence of rasters gives access to its scenes')
    const assets = reader.collection.scenes.flatMap((scene) => scene.assets)
    expect(assets.length).toBe(Object.keys(oracle.landsat.grids).length)
    for (const { path, grid } of assets) {
      const [width, height, ...transform] = oracle.landsat.grids[basename(path)] ?? []
      expect([grid.width, grid.height]).toEqual([width, height])
      grid.geoTransform.forEach((value, i) => expect(value).toBeCloseTo(transform[i] ?? NaN, 6))
    }
    await reader.close()
  })
})

describe.skipIf(!patch)('the EOPatch of eo-learn', () => {
  it('is one georeferenced sequence of 68 times', async () => {
    const { sequences, problems } = await inspectPaths([patch ?? ''])
    expect(problems).toEqual([])
    expect(sequences).toMatchObject([
      { id: 's2_eolearn_patch', frames: 68, height: 101, width: 100, crs: 'EPSG:32633', kind: 'geotiff' },
    ])
    expect(sequences[0]?.times?.[0]).toBe('2015-07-11T10:00:08')
    expect(sequences[0]?.bands).toEqual(expect.arrayContaining(['NDVI', 'CLP', 'CLM', 'IS_DATA']))
    const [left, stepX, , top, , stepY] = sequences[0]?.geoTransform ?? []
    // The corner of bbox.geojson; its sides divided by the pixels give 9.99 m.
    expect([left, top]).toEqual([465181.0522318204, 5080254.63349641])
    expect(stepX).toBeCloseTo(999.479222 / 100, 6)
    expect(stepY).toBeCloseTo(-1009.742295 / 101, 6)
  })

  it.each(['data/NDVI.npy', 'data/CLP.npy', 'mask/CLM.npy', 'mask/IS_VALID.npy'])(
    'reads %s: series, window and every value as numpy does',
    async (name) => {
      const expected = oracle.patch[name]
      const reader = await openSequence([patch ?? ''])
      const frames = Array.from({ length: 68 }, (_, i) => i)
      const band = reader.info.bands.indexOf(basename(name, '.npy'))
      const series = await reader.read({ frames, bands: [band], window: { row: 60, column: 17, height: 1, width: 1 } })
      expect([...series.values]).toEqual(expected?.series?.map((value) => value ?? NaN))
      const window = await reader.read({
        frames: [5],
        bands: [band],
        window: { row: 2, column: 7, height: 2, width: 3 },
      })
      expect([...window.values]).toEqual(expected?.window?.map((value) => value ?? NaN))
      const all = await reader.read({ frames, bands: [band], window: { row: 0, column: 0, height: 101, width: 100 } })
      const found = summarise(all.values)
      expect(found.nan).toBe(expected?.nan)
      expect(Math.abs(found.weighted / (expected?.weighted ?? NaN) - 1)).toBeLessThan(1e-9)
      await reader.close()
    },
  )

  it('gives the land-cover map and the elevation by name', async () => {
    const folder = patch ?? ''
    const described = await describeEoPatch(folder, [
      join(folder, 'data', 'NDVI.npy'),
      join(folder, 'mask_timeless', 'LULC.npy'),
      join(folder, 'data_timeless', 'DEM.npy'),
    ])
    for (const [group, name] of [
      ['mask_timeless', 'LULC'],
      ['data_timeless', 'DEM'],
    ] as const) {
      const raster = await openEoRaster(described, group, name)
      const values = await raster.readWindowExact(0, { row: 0, column: 0, height: 101, width: 100 })
      const expected = oracle.patch[`${group}/${name}.npy`]
      expect(summarise(values).sum).toBeCloseTo(expected?.sum ?? NaN, 2)
      await raster.close()
    }
    await expect(openEoRaster(described, 'mask_timeless', 'NONE')).rejects.toMatchObject({ code: 'eopatch/no-array' })
  })
})
