import { describe, expect, it } from 'vitest'
import type { SceneReader } from '../../../../electron/formats/scene-collection.ts'
import { buildPipeline, parsePipeline } from '../../../../electron/analyses/satellite/pipeline.ts'
import { pipelineFromSettings } from '../../../../electron/analyses/satellite/pipeline-settings.ts'
import { type MemoryReader, memoryReader, readAll } from './memory-reader.ts'

const times = ['2018-01-03', '2018-01-10', '2018-02-20', '2018-02-21']
const bands = ['B4', 'B5', 'BQA']
const clear = 2720
const cloudy = 2800
const stack = () =>
  memoryReader(
    [
      [
        [100, 200],
        [300, 600],
        [clear, clear],
      ],
      [
        [120, 100],
        [320, 500],
        [clear, cloudy],
      ],
      [
        [100, 100],
        [900, 100],
        [clear, cloudy],
      ],
      [
        [50, 100],
        [950, 100],
        [cloudy, cloudy],
      ],
    ],
    { height: 1, width: 2, bands, times, name: 'LC08_stack', dtype: 'uint16' },
  )

/** Two scenes that overlap by one pixel, each on a grid of its own, read through the interface of scene folders. */
function scattered(): SceneReader & { inner: MemoryReader[] } {
  const grid = (x: number) => ({
    width: 2,
    height: 1,
    crs: 'EPSG:32618',
    geoTransform: [x, 30, 0, 4582215, 0, -30] as const,
  })
  const inner = [
    memoryReader(
      [
        [
          [100, 200],
          [300, 600],
          [clear, clear],
        ],
      ],
      { height: 1, width: 2, bands },
    ),
    memoryReader(
      [
        [
          [120, 100],
          [320, 500],
          [cloudy, clear],
        ],
      ],
      { height: 1, width: 2, bands },
    ),
  ]
  const base = memoryReader([], {
    height: 1,
    width: 2,
    bands,
    times: ['2018-01-03', '2018-01-10'],
    frames: 2,
    name: 'scenes',
  })
  const names = ['LC08_L1TP_014031_20180103_20180119_01_T1', 'LC08_L1TP_014032_20180110_20180119_01_T1']
  return {
    inner,
    info: { ...base.info, crs: null, geoTransform: null },
    grid: null,
    collection: {
      bands,
      scenes: names.map((id, i) => ({
        id,
        date: ['2018-01-03', '2018-01-10'][i] ?? null,
        assets: bands.map((band, bandIndex) => ({
          band,
          path: `${id}.tif`,
          bandIndex,
          grid: grid(500010 + 30 * i),
          dtype: 'uint16',
        })),
      })),
    },
    read: async (request) => {
      const [frame, ...others] = request.frames
      if (frame === undefined || others.length > 0) throw new Error('scenes on different grids were read together')
      return (inner[frame] as MemoryReader).read({ ...request, frames: [0] })
    },
    openRaster: () => Promise.reject(new Error('not needed')),
    close: () => base.close(),
  }
}

describe('buildPipeline', () => {
  it('masks, adds an index, composites and fills, in the order given', async () => {
    const pipeline = pipelineFromSettings({ mask: 'bqa', index: 'ndvi', composite: 'median:1m', gapFill: 'linear' })
    const built = await buildPipeline(stack(), pipeline)
    expect(built.reader.info).toMatchObject({
      bands: ['B4', 'B5', 'ndvi'],
      times: ['2018-01-01', '2018-02-01'],
      frames: 2,
    })
    const values = await readAll(built.reader)
    const expected = [110, 200, 310, 600, (0.5 + 200 / 440) / 2, 0.5, 100, 200, 900, 600, 0.8, 0.5]
    expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5))
    expect(built.gapStatistics()).toMatchObject({ values: 12, missingBefore: 3, missingAfter: 0, filledShare: 0.25 })
  })

  it('puts scattered scenes on one grid by itself, after the mask, and records that it did', async () => {
    const built = await buildPipeline(scattered(), pipelineFromSettings({ mask: 'bqa', index: 'ndvi' }))
    expect(built.applied.steps.map((step) => step.step)).toEqual(['mask', 'regularise', 'index'])
    expect(built.reader.info).toMatchObject({
      width: 3,
      height: 1,
      frames: 2,
      bands: ['B4', 'B5', 'ndvi'],
      crs: 'EPSG:32618',
    })
    const values = await readAll(built.reader)
    expect([...values.slice(0, 3)]).toEqual([100, 200, NaN])
    expect([...values.slice(9, 12)]).toEqual([NaN, NaN, 100])
    expect(values[17]).toBeCloseTo(400 / 600, 6)
  })

  it('does the same when its recorded steps are applied again, also after a trip through JSON', async () => {
    const first = await buildPipeline(
      scattered(),
      pipelineFromSettings({ mask: 'bqa', composite: 'mean:1m', gapFill: 'linear' }),
    )
    const recorded = parsePipeline(JSON.parse(JSON.stringify(first.applied)))
    expect(recorded).toEqual(first.applied)
    const again = await buildPipeline(scattered(), recorded)
    expect([...(await readAll(again.reader))]).toEqual([...(await readAll(first.reader))])
    expect(again.applied).toEqual(first.applied)
  })

  it('knows the sensor by the scenes even where the bands left do not tell', async () => {
    const steps = pipelineFromSettings({ bands: 'B5,B4', index: 'ndvi' })
    const built = await buildPipeline(scattered(), steps)
    expect(built.reader.info.bands).toEqual(['B5', 'B4', 'ndvi'])
  })

  it('passes the source through unchanged with no steps', async () => {
    const source = stack()
    expect((await buildPipeline(source, parsePipeline({ steps: [] }))).reader).toBe(source)
  })

  it('closes the source when a step does not fit it', async () => {
    const source = stack()
    await expect(buildPipeline(source, pipelineFromSettings({ mask: 'scl' }))).rejects.toThrowError(
      expect.objectContaining({ code: 'satellite/unknown-band' }),
    )
    expect(source.isClosed()).toBe(true)
  })
})

describe('pipelineFromSettings', () => {
  const options = (settings: object) => pipelineFromSettings(settings).steps.map((step) => step.options)

  it.each<[object, object]>([
    [
      { mask: 'bqa:cloud+snow:medium:grow=2' },
      { kind: 'landsat-bqa', reject: ['cloud', 'snow'], confidence: 'medium', grow: 2 },
    ],
    [{ mask: 'CLP>0.4:keepQuality=true' }, { kind: 'probability', band: 'CLP', threshold: 0.4, keepQuality: true }],
    [{ mask: 'max(CLP > 0.4, B4 < 0)' }, { kind: 'formula', reject: 'max(CLP > 0.4, B4 < 0)' }],
    [{ mask: 'modis:good:band=reliability' }, { kind: 'modis-reliability', keep: ['good'], band: 'reliability' }],
    [
      { regularise: 'EPSG:32618,30,intersection,nearest' },
      { crs: 'EPSG:32618', resolution: 30, extent: 'intersection', method: 'nearest' },
    ],
    [
      { regularise: 'coarsest,keep-scenes', bands: 'B4, B5' },
      { resolution: 'coarsest', sameDay: 'keep', bands: ['B4', 'B5'] },
    ],
    [
      { index: 'ndvi,capped:(min(nir, 1) / red),evi', sensor: 'landsat8', reflectance: '0.00002,-0.1' },
      {
        indices: ['ndvi', { name: 'capped', formula: '(min(nir, 1) / red)' }, 'evi'],
        sensor: 'landsat8',
        reflectance: { scale: 0.00002, offset: -0.1 },
      },
    ],
    [
      { composite: 'max-ndvi:16d:2018-01-05:count=red' },
      { method: 'max-ndvi', step: { value: 16, unit: 'day' }, anchor: '2018-01-05', countOf: 'red' },
    ],
    [{ composite: 'median:1m' }, { step: { value: 1, unit: 'month' }, anchor: 'year', from: null }],
    [{ gapFill: 'linear:64d:keep-edges' }, { method: 'linear', maxGapDays: 64, edges: 'keep' }],
    [{ gapFill: 'seasonal:harmonics=3:trend' }, { method: 'seasonal', harmonics: 3, trend: true }],
  ])('%j', (settings, expected) => {
    expect(options(settings)[0]).toMatchObject(expected)
  })

  it('puts the steps in their fixed order, several masks included', () => {
    const settings = {
      gapFill: 'linear',
      composite: 'mean:10d',
      mask: 'scl;CLP>0.6',
      index: 'ndvi',
      regularise: 'auto',
    }
    expect(pipelineFromSettings(settings).steps.map((step) => step.step)).toEqual([
      'mask',
      'mask',
      'regularise',
      'index',
      'composite',
      'gapFill',
    ])
  })

  it.each<[object, string]>([
    [{ mask: 'clouds' }, 'satellite/setting'],
    [{ mask: 'bqa:clowd' }, 'satellite/pipeline'],
    [{ mask: 'CLP>0.4:size=3' }, 'satellite/setting'],
    [{ regularise: 'finestt' }, 'satellite/setting'],
    [{ composite: 'median' }, 'satellite/setting'],
    [{ composite: 'middle:16d' }, 'satellite/pipeline'],
    [{ gapFill: 'spline' }, 'satellite/pipeline'],
    [{ gapFill: 'linear:64' }, 'satellite/setting'],
    [{ reflectance: '0.0001' }, 'satellite/setting'],
    [{ index: 'ndvi', reflectance: 'small' }, 'satellite/setting'],
  ])('%j fails with %s', (settings, code) => {
    expect(() => pipelineFromSettings(settings)).toThrowError(expect.objectContaining({ code }))
  })
})
