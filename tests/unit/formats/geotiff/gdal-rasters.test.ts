import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openGeoTiff, type GeoTiffRaster } from '../../../../electron/formats/geotiff/geotiff-raster.ts'
import { writePhysical } from '../../../../shared/domain/stored-values.ts'
import { summarise, type Summary } from '../oracle/summary.ts'

interface GdalRaster {
  readonly width: number
  readonly height: number
  readonly dtype: string
  readonly geoTransform: readonly number[]
  readonly epsg: number | null
  readonly descriptions: readonly (string | null)[]
  readonly bands: readonly Summary[]
  readonly row3: readonly number[] | null
  readonly overviews: readonly (Summary & { readonly width: number; readonly height: number })[]
  readonly base64: string
}
const rasters = JSON.parse(readFileSync(new URL('../oracle/gdal-rasters.json', import.meta.url), 'utf8')) as Record<
  string,
  GdalRaster
>

const folder = mkdtempSync(join(tmpdir(), 'chronolens-gdal-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string): string {
  const path = join(folder, `${name}.tif`)
  writeFileSync(path, Buffer.from(rasters[name]?.base64 ?? '', 'base64'))
  return path
}

async function withRaster(name: string, work: (raster: GeoTiffRaster) => Promise<void> | void): Promise<void> {
  const raster = await openGeoTiff(fileOf(name))
  try {
    await work(raster)
  } finally {
    await raster.close()
  }
}

function expectClose(found: Summary, expected: Summary): void {
  expect(found.nan).toBe(expected.nan)
  expect(Math.abs(found.sum - expected.sum)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected.sum)))
  expect(Math.abs(found.weighted - expected.weighted)).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected.weighted)),
  )
}

describe('rasters written by GDAL', () => {
  it('give the same values as stored numbers with their rule, where they are whole numbers of one or two bytes', async () => {
    let stored = 0
    for (const name of Object.keys(rasters))
      await withRaster(name, async (raster) => {
        const { width, height } = raster.grid
        const bands = raster.bands.map((_, band) => band)
        const window = { row: 1, column: 2, height: height - 2, width: width - 3 }
        const part = await raster.readStored?.(bands, window)
        const isSmall = /^u?int(1|8|16)$/.test(raster.bands[0]?.dtype ?? '')
        if (!isSmall) expect(part).toBeNull()
        if (!part) return
        stored++
        const physical = new Float32Array(part.values.length)
        writePhysical(part.values, part.rule, physical)
        expect(physical).toEqual(await raster.readBands(bands, window))
      })
    expect(stored).toBeGreaterThan(5)
  })

  it.each(Object.entries(rasters))(
    '%s: size, place, descriptions and every pixel as GDAL reads them',
    (name, expected) =>
      withRaster(name, async (raster) => {
        expect([raster.grid.width, raster.grid.height]).toEqual([expected.width, expected.height])
        expect(raster.bands.map(({ description }) => description)).toEqual(expected.descriptions)
        expect(raster.bands[0]?.dtype).toBe(expected.dtype)
        raster.grid.geoTransform.forEach((value, i) => expect(value).toBeCloseTo(expected.geoTransform[i] ?? NaN, 9))
        expect(raster.grid.crs).toBe(`EPSG:${expected.epsg}`)
        const whole = { row: 0, column: 0, width: expected.width, height: expected.height }
        for (const [band, numbers] of expected.bands.entries())
          expectClose(summarise(await raster.readWindowExact(band, whole)), numbers)
        if (!expected.row3) return
        const bands = expected.bands.map((_, i) => i)
        const part = await raster.readBands(bands, { row: 3, column: 2, width: 10, height: 1 })
        expect([...part]).toEqual(expected.row3.map(Math.fround))
      }),
  )

  it('reads the overviews, on grids that cover the same ground', () =>
    withRaster('overviews', async (raster) => {
      const expected = rasters['overviews']?.overviews ?? []
      expect(raster.overviews.map(({ grid }) => [grid.width, grid.height])).toEqual([
        [100, 64],
        [50, 32],
      ])
      expect(raster.overviews[1]?.grid.geoTransform).toEqual([465181, 40, 0, 5080254, 0, -80])
      for (const [overview, numbers] of expected.entries()) {
        const window = { row: 0, column: 0, width: numbers.width, height: numbers.height }
        expectClose(summarise(await raster.readWindow(0, window, { overview })), numbers)
      }
      const window = { row: 0, column: 0, width: 1, height: 1 }
      await expect(raster.readWindow(0, window, { overview: 2 })).rejects.toMatchObject({ code: 'raster/no-overview' })
    }))

  it('reads the colour table and the date tag', async () => {
    await withRaster('colour-table', (raster) => {
      expect(raster.colorTable?.slice(0, 5)).toEqual([
        [0, 0, 0],
        [10, 20, 30],
        [255, 128, 64],
        [1, 2, 3],
        [200, 100, 50],
      ])
    })
    await withRaster('date-tag', (raster) => expect(raster.acquired).toBe('2020-05-17T10:20:30'))
  })

  it('gives a projection text where only the code is known to proj4 by name', () =>
    withRaster('albers', (raster) => {
      expect(raster.grid.crs).toBe('EPSG:5070')
      expect(raster.grid.projection).toContain('+proj=aea')
    }))

  it('refuses windows and bands outside the raster', () =>
    withRaster('lzw-pred1', async (raster) => {
      const read = (
        window: { row: number; column: number; width: number; height: number },
        band = 0,
      ): Promise<unknown> => raster.readWindow(band, window)
      const outside = { code: 'raster/window-outside' }
      await expect(read({ row: 29, column: 0, width: 1, height: 2 })).rejects.toMatchObject(outside)
      await expect(read({ row: 0, column: -1, width: 1, height: 1 })).rejects.toMatchObject(outside)
      await expect(read({ row: 0, column: 0, width: 0, height: 1 })).rejects.toMatchObject(outside)
      await expect(read({ row: 0.5, column: 0, width: 1, height: 1 })).rejects.toMatchObject(outside)
      await expect(read({ row: 0, column: 0, width: 1, height: 1 }, 1)).rejects.toMatchObject({
        code: 'raster/no-band',
      })
    }))

  it('stops when cancelled', () =>
    withRaster('deflate-strips-chunky-3', async (raster) => {
      const window = { row: 0, column: 0, width: 41, height: 30 }
      await expect(raster.readWindow(0, window, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        name: 'AbortError',
      })
    }))

  it('says that pixels are damaged when a block does not inflate (geotiff/damaged-block)', async () => {
    const path = fileOf('float64-pred2-bigtiff')
    const bytes = readFileSync(path)
    // The first block follows the header and directory; a run of zeros is no deflate data.
    bytes.fill(0, bytes.length - 200, bytes.length - 100)
    writeFileSync(path, bytes)
    const raster = await openGeoTiff(path)
    const read = raster.readWindow(0, { row: 0, column: 0, width: 41, height: 30 })
    await expect(read).rejects.toMatchObject({ code: 'geotiff/damaged-block' })
    await raster.close()
  })
})
