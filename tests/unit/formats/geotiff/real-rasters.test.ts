import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gridProjector, mapToPixel } from '../../../../shared/domain/geo-grid.ts'
import { openGeoTiff } from '../../../../electron/formats/geotiff/geotiff-raster.ts'
import { readOracle, summarise, type RasterOracle } from '../oracle/summary.ts'
import { realData } from '../real-data.ts'

const oracle = readOracle()
const modis = realData('modis_mt_dtwsat')
const landsat = realData('landsat8_ny_gdalcubes')
const corpus = realData('malformed_tiff')

async function expectEqualToGdal(path: string, expected: RasterOracle): Promise<void> {
  const raster = await openGeoTiff(path)
  try {
    expect([raster.grid.width, raster.grid.height]).toEqual([expected.width, expected.height])
    expect(raster.bands.length).toBe(expected.bands)
    expect(raster.bands[0]?.dtype).toBe(expected.dtype)
    raster.grid.geoTransform.forEach((value, i) => expect(value).toBeCloseTo(expected.geoTransform[i] ?? NaN, 7))
    if (expected.epsg !== null) expect(raster.grid.crs).toBe(`EPSG:${expected.epsg}`)
    const whole = { row: 0, column: 0, width: expected.width, height: expected.height }
    const [row, column, height, width] = expected.window
    for (const [band, numbers] of Object.entries(expected.full)) {
      const full = summarise(await raster.readWindowExact(Number(band) - 1, whole))
      expect(full.nan).toBe(numbers.nan)
      // The sums are taken in another order than numpy's, hence the last digits.
      expect(Math.abs(full.sum / numbers.sum - 1)).toBeLessThan(1e-12)
      expect(Math.abs(full.weighted / numbers.weighted - 1)).toBeLessThan(1e-12)
      const part = await raster.readWindowExact(Number(band) - 1, { row, column, height, width })
      expect([...part]).toEqual(expected.windowValues[band])
    }
  } finally {
    await raster.close()
  }
}

describe.skipIf(!modis)('the MODIS stacks, against GDAL', () => {
  it.each(oracle.modis.rasters.map((raster) => [raster.path.split('/').at(-1) ?? '', raster] as const))(
    'reads %s: grid, values, windows',
    async (name, expected) => expectEqualToGdal(join(modis ?? '', name), expected),
  )

  it('reads the series of one pixel over 137 dates', async () => {
    const raster = await openGeoTiff(join(modis ?? '', 'red.tif'))
    const bands = Array.from({ length: 137 }, (_, i) => i)
    const series = await raster.readBands(bands, { row: 20, column: 11, height: 1, width: 1 })
    expect([...series]).toEqual(oracle.modis.redSeriesRow20Column11.map(Math.fround))
    await raster.close()
  })

  it('places all 603 samples where PROJ places them (1e-4 pixel), inside the raster', async () => {
    const raster = await openGeoTiff(join(modis ?? '', 'red.tif'))
    expect(raster.grid.crs).toContain('+proj=sinu')
    const projector = gridProjector(raster.grid)
    const lines = readFileSync(join(modis ?? '', 'samples.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    expect(lines.length).toBe(603)
    lines.forEach((line, i) => {
      const [longitude, latitude] = line.split(',').map(Number)
      const [x, y] = projector.toMap(longitude ?? NaN, latitude ?? NaN)
      const [column, row] = mapToPixel(raster.grid.geoTransform, x, y)
      expect(column).toBeCloseTo(oracle.modis.samplePixels[i]?.[0] ?? NaN, 4)
      expect(row).toBeCloseTo(oracle.modis.samplePixels[i]?.[1] ?? NaN, 4)
      expect(column > 0 && column < 37 && row > 0 && row < 27).toBe(true)
    })
    await raster.close()
  })
})

describe.skipIf(!landsat)('the Landsat files, against GDAL', () => {
  it.each(oracle.landsat.rasters.map((raster) => [raster.path.split('/').at(-1) ?? '', raster] as const))(
    'reads %s with the half pixel of PixelIsPoint',
    async (_, expected) => expectEqualToGdal(join(landsat ?? '', '..', expected.path), expected),
  )
})

describe.skipIf(!corpus)('the valid odd files of the corpus, against GDAL', () => {
  // GDAL turns these and CMYK into RGB, so the stored numbers differ by design.
  const differing = new Set(['tiled-jpeg-ycbcr.tif', 'tiled-jpeg-rgb-u8.tif', 'quad-tile.jpg.tiff'])
  const readable = Object.entries(oracle.corpus).filter(
    ([path, numbers]) =>
      !numbers.error && !numbers.photometric.endsWith('cmyk') && !differing.has(path.split('/').at(-1) ?? ''),
  )

  it.each(readable)('%s gives the same numbers, or says which encoding is not supported', async (path, expected) => {
    const raster = await openGeoTiff(join(corpus ?? '', '..', path)).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'geotiff/unsupported' })
      return null
    })
    if (!raster) return
    try {
      expect([raster.grid.width, raster.grid.height, raster.bands.length]).toEqual([
        expected.width,
        expected.height,
        expected.bands,
      ])
      const whole = { row: 0, column: 0, width: expected.width, height: expected.height }
      for (const [band, numbers] of Object.entries(expected.full)) {
        let values
        try {
          values = await raster.readWindowExact(Number(band) - 1, whole)
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^geotiff\/(unsupported|damaged-block)$/) as string,
          })
          expect(unsupportedFiles).toContain(path.split('/').at(-1))
          return
        }
        const found = summarise(values)
        expect(found.nan).toBe(numbers.nan)
        expect(Math.abs(found.weighted - numbers.weighted)).toBeLessThanOrEqual(1e-9 * Math.abs(numbers.weighted))
      }
      expect(unsupportedFiles).not.toContain(path.split('/').at(-1))
    } finally {
      await raster.close()
    }
  })
})

// Fax and LogLuv codings and a 12-bit predictor: not used for image sequences, and geotiff.js does not have them either.
const unsupportedFiles = [
  'big_g4.tif',
  'fax4.tiff',
  'imagemagick_group4.tiff',
  'logluv-3c-16b.tiff',
  'hpredict-1c-12b.tiff',
]
