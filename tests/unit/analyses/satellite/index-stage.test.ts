import { describe, expect, it } from 'vitest'
import { detectSensor, findBandRole } from '../../../../shared/imaging/band-roles.ts'
import { addIndices, indexOptionsSchema } from '../../../../electron/analyses/satellite/index-stage.ts'
import { memoryReader, readAll } from './memory-reader.ts'

const dated = { height: 1, width: 2, times: ['2018-01-06'] }
const options = (value: object) => indexOptionsSchema.parse(value)
const named = () =>
  memoryReader(
    [
      [
        [0.05, 0.02],
        [0.08, 0],
        [0.1, 0],
        [0.42, 0],
        [0.21, 0.1],
        [0.13, NaN],
      ],
    ],
    {
      ...dated,
      bands: ['blue', 'green', 'red', 'nir', 'swir1', 'swir2'],
    },
  )

describe('addIndices', () => {
  // by hand from the published formulas, with blue 0.05, green 0.08, red 0.1, nir 0.42, swir1 0.21, swir2 0.13
  it.each([
    ['ndvi', 0.32 / 0.52],
    ['evi', (2.5 * 0.32) / (0.42 + 0.6 - 0.375 + 1)],
    ['evi2', (2.5 * 0.32) / (0.42 + 0.24 + 1)],
    ['savi', (1.5 * 0.32) / (0.52 + 0.5)],
    ['ndwi', -0.34 / 0.5],
    ['ndwi-gao', 0.21 / 0.63],
    ['mndwi', -0.13 / 0.29],
    ['nbr', 0.29 / 0.55],
  ])('computes %s', async (name, expected) => {
    const reader = addIndices(named(), options({ indices: [name], keepBands: false }))
    expect(reader.info.bands).toEqual([name])
    const [value] = await readAll(reader)
    expect(value).toBeCloseTo(expected, 6)
  })

  it('gives NaN where the denominator is zero or a band is missing', async () => {
    const reader = addIndices(named(), options({ indices: ['ndvi', 'nbr'], keepBands: false }))
    const values = await readAll(reader)
    expect([values[1], values[3]]).toEqual([NaN, NaN])
  })

  it('appends its bands to those of the source and reads only the bands that it needs', async () => {
    const source = named()
    const reader = addIndices(source, options({ indices: ['ndvi', { name: 'ratio', formula: 'swir1 / NIR' }] }))
    expect(reader.info.bands).toEqual(['blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'ndvi', 'ratio'])
    const { values } = await reader.read({
      frames: [0],
      bands: [7, 0],
      window: { row: 0, column: 0, height: 1, width: 1 },
    })
    expect([...values]).toEqual([Math.fround(Math.fround(0.21) / Math.fround(0.42)), Math.fround(0.05)])
    expect(source.requests[0]?.bands).toEqual([0, 3, 4])
  })

  it('turns stored integers into reflectance for EVI when told how, and warns when not', async () => {
    const source = () =>
      memoryReader(
        [
          [
            [500, 1],
            [1000, 1],
            [4200, 1],
          ],
        ],
        { ...dated, dtype: 'int16', bands: ['blue', 'red', 'nir'] },
      )
    const scaled = addIndices(
      source(),
      options({ indices: ['evi'], reflectance: { scale: 0.0001, offset: 0 }, keepBands: false }),
    )
    expect((await readAll(scaled))[0]).toBeCloseTo(0.8 / 1.645, 5)
    expect(scaled.info.warnings).toEqual([])
    expect(addIndices(source(), options({ indices: ['evi'] })).info.warnings.join()).toMatch(/no reflectance scale/)
  })

  it.each<[string, string[], object]>([
    ['satellite/unknown-index', ['red', 'nir'], { indices: ['nvdi'] }],
    ['satellite/band-missing', ['red', 'nir'], { indices: ['evi'], sensor: 'modis' }],
    ['satellite/sensor-unknown', ['B4', 'B5'], { indices: ['ndvi'] }],
    ['satellite/band-missing', ['red', 'nir'], { indices: [{ name: 'x', formula: 'red / thermal' }] }],
    ['satellite/band-exists', ['red', 'nir', 'NDVI'], { indices: ['ndvi'] }],
    ['formula/syntax', ['red', 'nir'], { indices: [{ name: 'x', formula: 'red //' }] }],
  ])('fails with %s (bands %j)', (code, bands, value) => {
    const source = memoryReader([bands.map(() => [1, 2])], { ...dated, bands })
    expect(() => addIndices(source, options(value))).toThrowError(expect.objectContaining({ code }))
  })
})

describe('band roles', () => {
  it.each([
    ['landsat8', ['B4', 'B5'], ['LC08_L1TP_013032_20180131_20180207_01_T1'], 'B4', 'B5'],
    ['landsat7', ['B3', 'B4', 'B5'], ['LE07_L1TP_013032_20020131'], 'B3', 'B4'],
    ['sentinel2', ['B02', 'B04', 'B08', 'B8A'], [], 'B04', 'B08'],
    ['sentinel2', ['B4', 'B5', 'B8'], ['S2A_MSIL2A_20200101'], 'B4', 'B8'],
    ['landsat8', ['B1', 'B4', 'B5', 'B9', 'B10', 'B11'], ['stack'], 'B4', 'B5'],
    ['modis', ['sur_refl_b01', 'sur_refl_b02'], [], 'sur_refl_b01', 'sur_refl_b02'],
  ])('knows %s by %j %j: red is %s... ', (sensor, bands, hints, red, nir) => {
    const found = detectSensor(bands, hints)
    expect(found).toBe(sensor)
    expect(bands[findBandRole(bands, 'red', found) ?? -1]).toBe(red)
    expect(bands[findBandRole(bands, 'nir', found) ?? -1]).toBe(nir)
  })

  it('takes the "mir" of MOD13 for SWIR 2, without knowing the sensor', () => {
    expect(findBandRole(['ndvi', 'mir'], 'swir2', null)).toBe(1)
    expect(findBandRole(['ndvi', 'mir'], 'swir1', null)).toBeNull()
  })

  it('does not guess between Landsat 7 and 8 from B4 alone', () => {
    expect(detectSensor(['B3', 'B4', 'B5'], ['stack'])).toBeNull()
  })
})
