import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { frameDays } from '../../../../electron/analyses/land-use/calendar.ts'
import { checkContract, inferShape } from '../../../../electron/analyses/land-use/contract.ts'
import { readLabels } from '../../../../electron/analyses/land-use/labels.ts'
import { type SeasonMaps, predictMaps } from '../../../../electron/analyses/land-use/predict-maps.ts'
import { readSamples } from '../../../../electron/analyses/land-use/samples.ts'
import { enumerateSeasons } from '../../../../electron/analyses/land-use/seasons.ts'
import { openSequence } from '../../../../electron/formats/open-sequences.ts'
import type { SequenceReader } from '../../../../electron/formats/sequence-reader.ts'
import { hasModis, modisFolder, modisGrid } from './modis-data.ts'
import reference from './reference/random-forest.json' with { type: 'json' }

const bands = ['blue', 'red', 'nir', 'mir', 'ndvi', 'evi']

describe.skipIf(!hasModis)('samples of modis_mt_dtwsat', () => {
  let reader: SequenceReader
  beforeAll(async () => {
    reader = await openSequence([modisFolder])
  })
  afterAll(() => reader.close())

  it('need 23 frames, 16 days apart, from 1 September, of six bands without the day of year', async () => {
    const labels = await readLabels(join(modisFolder, 'samples.csv'), modisGrid, frameDays(reader.info))
    const shape = inferShape(reader.info, labels.samples)
    expect(shape).toMatchObject({ frames: 23, step: { value: 16, unit: 'day' }, seasonStart: '09-01' })
    expect([...shape.bands].sort()).toEqual([...bands].sort())
    expect(() => checkContract(shape, reader.info)).not.toThrow()
  })

  it('are those of numpy.interp on the same files (float32, 1e-6)', async () => {
    const labels = await readLabels(join(modisFolder, 'samples.csv'), modisGrid, frameDays(reader.info))
    const shape = inferShape(reader.info, labels.samples, { bands })
    const { values, dropped } = await readSamples(reader, labels.samples, shape)
    expect(dropped).toEqual([])
    for (const { index, series } of reference.samples)
      for (const [i, expected] of series.entries()) expect(values[index * 23 * 6 + i]).toBeCloseTo(expected, 6)
  })

  it('can be mapped in six seasons: by a rule on the mean EVI, green pixels are found in every season', async () => {
    const labels = await readLabels(join(modisFolder, 'samples.csv'), modisGrid, frameDays(reader.info))
    const contract = inferShape(reader.info, labels.samples, { bands: ['evi'] })
    const written: SeasonMaps[] = []
    const { summaries, changes } = await predictMaps({
      reader,
      grid: modisGrid,
      contract,
      classes: ['bare', 'green'],
      seasons: enumerateSeasons(contract, frameDays(reader.info)),
      classify: (series, n) =>
        Promise.resolve(
          Float32Array.from({ length: 2 * n }, (_, i) => {
            const row = series.subarray(Math.floor(i / 2) * 23, Math.floor(i / 2) * 23 + 23)
            const green = row.reduce((sum, value) => sum + value, 0) / 23 > 0.4
            return green === (i % 2 === 1) ? 1 : 0
          }),
        ),
      openSeason: () =>
        Promise.resolve({
          write: (_, maps) => Promise.resolve(void written.push(maps)),
          finish: () => Promise.resolve(),
          discard: () => Promise.resolve(),
        }),
    })
    expect(summaries.map(({ map }) => map)).toEqual([
      '2007-2008',
      '2008-2009',
      '2009-2010',
      '2010-2011',
      '2011-2012',
      '2012-2013',
    ])
    expect(changes).toHaveLength(15)
    for (const { perClass, nodataPixels } of summaries) {
      expect((perClass['bare']?.pixels ?? 0) + (perClass['green']?.pixels ?? 0) + nodataPixels).toBe(37 * 27)
      expect(perClass['green']?.hectares).toBeCloseTo((perClass['green']?.pixels ?? 0) * 5.366467, 2)
      expect(perClass['green']?.pixels).toBeGreaterThan(50)
    }
    expect(written).toHaveLength(6)
  })
})
