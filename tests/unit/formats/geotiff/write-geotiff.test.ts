import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openGeoTiff } from '../../../../electron/formats/geotiff/geotiff-raster.ts'
import { createGeoTiff, writeGeoTiff, type WritableType } from '../../../../electron/formats/geotiff/write-geotiff.ts'
import { summarise, type Summary } from '../oracle/summary.ts'
import { sampleAt, writeCase, writtenCases } from '../oracle/written-rasters.ts'

interface GdalReading {
  readonly geoTransform: readonly number[]
  readonly epsg: number | null
  readonly nodata: number | null
  readonly descriptions: readonly (string | null)[]
  readonly tags: Readonly<Record<string, string>>
  readonly colors: readonly (readonly number[])[] | null
  readonly categories: readonly (string | null)[] | null
  readonly sha256: string
  readonly bands: readonly Summary[]
}
const oracle = JSON.parse(readFileSync(new URL('../oracle/written-rasters.json', import.meta.url), 'utf8')) as Record<
  string,
  GdalReading
>

const folder = mkdtempSync(join(tmpdir(), 'chronolens-write-'))
afterAll(() => rmSync(folder, { recursive: true }))

const oracleFolder = process.env['CHRONOLENS_ORACLE_FOLDER']
describe.runIf(oracleFolder)('the files for the GDAL oracle', () => {
  it.each(writtenCases)('writes $name', async (item) => writeCase(item, join(oracleFolder ?? '', `${item.name}.tif`)))
})

describe('the rasters that GDAL has read back', () => {
  it.each(writtenCases)('$name: our reader and GDAL see the same numbers', async (item) => {
    const path = join(folder, `${item.name}.tif`)
    await writeCase(item, path)
    const gdal = oracle[`${item.name}.tif`]
    const raster = await openGeoTiff(path)
    expect(raster.grid.geoTransform).toEqual(gdal?.geoTransform)
    expect(raster.bands.map((band) => band.description)).toEqual(gdal?.descriptions)
    expect(raster.bands[0]?.nodata ?? null).toBe(gdal?.nodata ?? null)
    const window = { row: 0, column: 0, width: item.grid.width, height: item.grid.height }
    for (const [band, numbers] of (gdal?.bands ?? []).entries()) {
      const found = summarise(await raster.readWindowExact(band, window))
      expect(found.nan).toBe(numbers.nan)
      expect(Math.abs(found.weighted - numbers.weighted)).toBeLessThanOrEqual(1e-9 * Math.abs(numbers.weighted))
    }
    await raster.close()
  })

  it('shows GDAL the projections it was given, the MODIS one included', () => {
    expect(oracle['classes-uint8.tif']?.epsg).toBe(32633)
    expect(oracle['chunky-uint16-big-endian.tif']?.epsg).toBe(4326)
    expect(oracle['planar-int16-sinusoidal.tif']).toMatchObject({
      proj: expect.stringContaining('+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181') as string,
    })
    expect(oracle['plain-float32-rotated.tif']).toMatchObject({
      proj: expect.stringContaining('+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000') as string,
    })
  })

  it('shows GDAL colours, class names and metadata of a class map', () => {
    const classes = oracle['classes-uint8.tif']
    expect(classes?.colors).toEqual([
      [0, 0, 0],
      [34, 139, 34],
      [255, 215, 0],
      [200, 30, 60],
    ])
    expect(classes?.categories).toEqual([null, 'forest', 'soy & corn', 'urban <dense>'])
    expect(classes?.tags).toMatchObject({ model: 'lstm "2x64"', season: '2007/2008', CLASS_2: 'soy & corn' })
  })

  it('repeats an uncompressed file byte for byte', async () => {
    const item = writtenCases.find(({ compression }) => compression === 'none')
    const path = join(folder, 'again.tif')
    if (item) await writeCase(item, path)
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    expect(sha256).toBe(oracle['plain-float32-rotated.tif']?.sha256)
  })
})

describe('writing and reading again', () => {
  it('gives back every pixel for any type, size, tiling, predictor, interleaving and byte order', async () => {
    const path = join(folder, 'property.tif')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<WritableType>('uint8', 'uint16', 'int16', 'int32', 'float32'),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(16, 32, 48),
        fc.constantFrom<1 | 2 | 3>(1, 2, 3),
        fc.constantFrom<'planar' | 'chunky'>('planar', 'chunky'),
        fc.constantFrom<'none' | 'deflate'>('none', 'deflate'),
        fc.boolean(),
        fc.boolean(),
        async (dtype, width, height, count, tileSize, wanted, interleave, compression, littleEndian, bigTiff) => {
          const predictor = wanted === 3 && dtype !== 'float32' ? 2 : wanted
          const item = {
            name: 'property',
            grid: { width, height, geoTransform: [100, 5, 0, 900, 0, -6] as const, crs: 'EPSG:32720' },
            dtype,
            bands: Array.from({ length: count }, () => ({})),
            tileSize,
            interleave,
            compression,
            littleEndian,
            bigTiff,
            ...(compression === 'none' ? {} : { predictor }),
            low: dtype.startsWith('u') ? 0 : -100,
            span: 200,
          }
          await writeCase(item, path)
          const raster = await openGeoTiff(path)
          const bands = item.bands.map((_, i) => i)
          // A window off the tile grid, so that parts of blocks are copied.
          const row = Math.floor(height / 3)
          const column = Math.floor(width / 2)
          const window = { row, column, height: height - row, width: width - column }
          const found = await raster.readBands(bands, window)
          const expected = bands.flatMap((band) =>
            Array.from({ length: window.height * window.width }, (_, i) =>
              sampleAt(item, band, row + Math.floor(i / window.width), column + (i % window.width)),
            ),
          )
          expect([...found]).toEqual(expected)
          await raster.close()
        },
      ),
      { seed: 5, numRuns: 60 },
    )
  })

  it('clips and rounds to the type, and writes NaN as nodata', async () => {
    const path = join(folder, 'clip.tif')
    const grid = { width: 5, height: 1, geoTransform: [0, 1, 0, 0, 0, -1] as const, crs: null }
    await writeGeoTiff({ path, grid, dtype: 'uint8', bands: [{}], nodata: 7 }, async (writer) =>
      writer.writeWindow({ row: 0, column: 0, width: 5, height: 1 }, [-4, 2.6, 300, NaN, 200]),
    )
    const raster = await openGeoTiff(path)
    expect([...(await raster.readWindow(0, { row: 0, column: 0, width: 5, height: 1 }))]).toEqual([0, 3, 255, NaN, 200])
    await raster.close()
  })

  it('fills what was never written with nodata', async () => {
    const path = join(folder, 'part.tif')
    const grid = { width: 20, height: 40, geoTransform: [0, 1, 0, 0, 0, -1] as const, crs: null }
    await writeGeoTiff({ path, grid, dtype: 'int16', bands: [{}], nodata: -1, tileSize: 16 }, async (writer) =>
      writer.writeWindow({ row: 17, column: 3, width: 2, height: 1 }, [5, 6]),
    )
    const raster = await openGeoTiff(path)
    expect([...(await raster.readWindow(0, { row: 17, column: 2, width: 4, height: 1 }))]).toEqual([NaN, 5, 6, NaN])
    expect([...(await raster.readWindow(0, { row: 39, column: 0, width: 1, height: 1 }))]).toEqual([NaN])
    await raster.close()
  })
})

describe('a writer that cannot finish', () => {
  const grid = { width: 40, height: 40, geoTransform: [0, 1, 0, 0, 0, -1] as const, crs: null }
  const window = { row: 0, column: 0, width: 40, height: 40 }

  it('leaves the old file and nothing else when cancelled half way', async () => {
    const inner = mkdtempSync(join(folder, 'abort-'))
    const path = join(inner, 'map.tif')
    writeFileSync(path, 'the old map')
    const controller = new AbortController()
    const writing = writeGeoTiff({ path, grid, dtype: 'uint8', bands: [{}], tileSize: 16 }, async (writer) => {
      await writer.writeWindow({ ...window, height: 16 }, new Uint8Array(640), controller.signal)
      controller.abort()
      await writer.writeWindow({ ...window, row: 16, height: 16 }, new Uint8Array(640), controller.signal)
    })
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' })
    expect(readdirSync(inner)).toEqual(['map.tif'])
    expect(readFileSync(path, 'utf8')).toBe('the old map')
  })

  it('says that the folder does not exist (store/not-writable)', async () => {
    const path = join(folder, 'missing', 'map.tif')
    await expect(createGeoTiff({ path, grid, dtype: 'uint8', bands: [{}] })).rejects.toMatchObject({
      code: 'store/not-writable',
      message: expect.stringContaining('does not exist') as string,
    })
  })

  it('refuses NaN in an integer raster without nodata (geotiff/nan-without-nodata)', async () => {
    const path = join(folder, 'nan.tif')
    const writing = writeGeoTiff({ path, grid, dtype: 'uint8', bands: [{}] }, async (writer) =>
      writer.writeWindow({ ...window, height: 1, width: 1 }, [NaN]),
    )
    await expect(writing).rejects.toMatchObject({ code: 'geotiff/nan-without-nodata' })
    expect(readdirSync(folder)).not.toContain('nan.tif')
  })

  it.each([
    [{ tileSize: 100 }, 'tiles'],
    [{ predictor: 3 as const }, 'predictor'],
    [{ nodata: 256 }, 'nodata'],
    [{ bands: [] }, 'bands'],
    [{ bands: [{}, {}], colorTable: [[1, 2, 3]] as const }, 'colour table'],
  ])('refuses options that no TIFF can have: %j', async (options, word) => {
    const path = join(folder, 'bad.tif')
    await expect(createGeoTiff({ path, grid, dtype: 'uint8', bands: [{}], ...options })).rejects.toMatchObject({
      code: 'geotiff/write-options',
      message: expect.stringContaining(word) as string,
    })
  })
})
