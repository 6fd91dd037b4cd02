import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SceneReader } from '../../../../electron/formats/scene-collection.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { SequenceReader } from '../../../../electron/formats/sequence-reader.ts'
import { buildPipeline } from '../../../../electron/analyses/satellite/pipeline.ts'
import { pipelineFromSettings } from '../../../../electron/analyses/satellite/pipeline-settings.ts'
import { maskRule, maskOptionsSchema, type BandMaskOptions } from '../../../../shared/imaging/mask-rule.ts'
import { landsatCollection1Bits, hasFlag } from '../../../../shared/imaging/quality-flags.ts'
import { largestDifference } from './memory-reader.ts'

type Table = (number | null)[][]
interface Window {
  row: number
  column: number
  height: number
  width: number
}
const oracle = JSON.parse(readFileSync(new URL('./reference/real-data.json', import.meta.url), 'utf8')) as {
  landsat: {
    scenes: string[]
    cloud: number[]
    rejected: number[]
    grid: { width: number; height: number; geoTransform: number[] }
    days: string[]
    valid: number[]
    meanB4: number[]
    window: Window
    B5: Table[]
    months: string[]
    monthlyValid: number[]
    monthlyMean: (number | null)[]
    monthly: Table[]
  }
  sentinel: {
    dates: string[]
    rejected: number[]
    starts: string[]
    valid: number[]
    mean: (number | null)[]
    missing: number
    filledShare: number
    filledMean: number[]
    window: Window
    filled: Table[]
  }
}
const data = process.env.CHRONOLENS_DATA ?? join(import.meta.dirname, '../../../../../shared/data')

/** Valid pixels and their mean, of each frame of one band. */
async function summary(reader: SequenceReader, band: string) {
  const { info } = reader
  const result: { valid: number; mean: number | null }[] = []
  for (let frame = 0; frame < info.frames; frame++) {
    const window = { row: 0, column: 0, height: info.height, width: info.width }
    const { values } = await reader.read({ frames: [frame], bands: [info.bands.indexOf(band)], window })
    const valid = values.filter((value) => !Number.isNaN(value))
    result.push({
      valid: valid.length,
      mean: valid.length === 0 ? null : valid.reduce((a, b) => a + b, 0) / valid.length,
    })
  }
  return result
}
async function part(reader: SequenceReader, band: string, window: Window): Promise<Float32Array> {
  const frames = Array.from({ length: reader.info.frames }, (_, frame) => frame)
  return (await reader.read({ frames, bands: [reader.info.bands.indexOf(band)], window })).values
}

const landsat = join(data, 'landsat8_ny_gdalcubes')
describe.skipIf(!existsSync(landsat))('19 Landsat scenes around New York, against GDAL and numpy', () => {
  const expected = oracle.landsat

  it('counts the same cloud and rejected pixels in every scene as numpy does from the bits', async () => {
    const reader = (await openSequence([landsat])) as SceneReader
    const rule = maskRule(maskOptionsSchema.parse({ kind: 'landsat-bqa' }) as BandMaskOptions)
    const counts = new Map<string, { cloud: number; rejected: number }>()
    for (const scene of reader.collection.scenes) {
      const asset = scene.assets.find((item) => item.band === 'BQA')
      const raster = await reader.openRaster(asset?.path ?? '')
      const { width, height } = raster.grid
      const values = await raster.readWindow(asset?.bandIndex ?? 0, { row: 0, column: 0, height, width })
      const isCloud = (value: number) =>
        hasFlag(value, { cloud: [(landsatCollection1Bits.cloud ?? [])[0] ?? { bit: 0 }] }, ['cloud'], 'high')
      counts.set(scene.id, { cloud: values.filter(isCloud).length, rejected: values.filter(rule).length })
    }
    await reader.close()
    const ids = [...counts.keys()].sort()
    expect(ids.length).toBe(19)
    expect(ids.map((id) => counts.get(id)?.cloud)).toEqual(expected.cloud)
    expect(ids.map((id) => counts.get(id)?.rejected)).toEqual(expected.rejected)
  })

  it('puts them on one grid after the mask: same grid, same valid pixels, values within 0.01 of 5000 to 30000', async () => {
    const settings = { mask: 'bqa', bands: 'B4,B5', regularise: 'finest,union,bilinear' }
    const { reader } = await buildPipeline(await openSequence([landsat]), pipelineFromSettings(settings))
    expect(reader.info).toMatchObject({
      width: expected.grid.width,
      height: expected.grid.height,
      frames: 17,
      crs: 'EPSG:32618',
    })
    expect(reader.info.times?.map((time) => time.slice(0, 10))).toEqual(expected.days)
    reader.info.geoTransform?.forEach((value, i) =>
      expect(value).toBeCloseTo(expected.grid.geoTransform[i] as number, 5),
    )
    const frames = await summary(reader, 'B4')
    expect(frames.map((frame) => frame.valid)).toEqual(expected.valid)
    frames.forEach((frame, i) =>
      expect(Math.abs((frame.mean ?? 0) - (expected.meanB4[i] as number))).toBeLessThan(0.01),
    )
    expect(largestDifference(await part(reader, 'B5', expected.window), expected.B5.flat(2))).toBeLessThan(0.01)
    await reader.close()
  })

  it('makes a monthly median of NDVI: same valid pixels, values within 1e-5', async () => {
    const settings = { mask: 'bqa', bands: 'B4,B5', index: 'ndvi', composite: 'median:1m' }
    const { reader } = await buildPipeline(await openSequence([landsat]), pipelineFromSettings(settings))
    expect(reader.info.times).toEqual(expected.months)
    expect(reader.info.warnings.join(' ')).toMatch(/1 of 12 windows of 1 month contain no date/)
    const frames = await summary(reader, 'ndvi')
    expect(frames.map((frame) => frame.valid)).toEqual(expected.monthlyValid)
    frames.forEach((frame, i) => {
      const mean = expected.monthlyMean[i] ?? null
      if (mean === null) expect(frame.mean).toBeNull()
      else expect(frame.mean).toBeCloseTo(mean, 5)
    })
    expect(largestDifference(await part(reader, 'ndvi', expected.window), expected.monthly.flat(2))).toBeLessThan(1e-5)
    await reader.close()
  })
})

const sentinel = join(data, 's2_eolearn_patch')
describe.skipIf(!existsSync(sentinel))('the Sentinel-2 patch of 68 dates, against numpy', () => {
  const expected = oracle.sentinel

  it('rejects the same pixels of every date by cloud probability above 0.4', async () => {
    const { reader } = await buildPipeline(await openSequence([sentinel]), pipelineFromSettings({ mask: 'CLP>0.4' }))
    expect(reader.info.times?.map((time) => time.slice(0, 10))).toEqual(expected.dates)
    const frames = await summary(reader, 'NDVI')
    expect(frames.map((frame) => 101 * 100 - frame.valid)).toEqual(expected.rejected)
    await reader.close()
  })

  it('composites over 16 days and fills gaps on real dates: same pixels, values within 1e-6, same share filled', async () => {
    const settings = { mask: 'CLP>0.4', composite: 'median:16d' }
    const composite = await buildPipeline(await openSequence([sentinel]), pipelineFromSettings(settings))
    expect(composite.reader.info.times).toEqual(expected.starts)
    const frames = await summary(composite.reader, 'NDVI')
    expect(frames.map((frame) => frame.valid)).toEqual(expected.valid)
    await composite.reader.close()

    const built = await buildPipeline(
      await openSequence([sentinel]),
      pipelineFromSettings({ ...settings, gapFill: 'linear' }),
    )
    const { reader } = built
    const filled = await reader.read({
      frames: expected.starts.map((_, frame) => frame),
      bands: [reader.info.bands.indexOf('NDVI')],
      window: { row: 0, column: 0, height: 101, width: 100 },
    })
    expect(built.gapStatistics()).toMatchObject({ missingBefore: expected.missing, missingAfter: 0 })
    expect(built.gapStatistics()?.filledShare).toBeCloseTo(expected.filledShare, 8)
    expected.filledMean.forEach((mean, frame) => {
      const plane = filled.values.subarray(frame * 10100, (frame + 1) * 10100)
      expect(plane.reduce((a, b) => a + b, 0) / 10100).toBeCloseTo(mean, 5)
    })
    expect(largestDifference(await part(reader, 'NDVI', expected.window), expected.filled.flat(2))).toBeLessThan(1e-6)
    await reader.close()
  })
})
