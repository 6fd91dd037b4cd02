import { describe, expect, it } from 'vitest'
import { type BandMaskOptions, maskOptionsSchema, maskRule } from '../../../../shared/imaging/mask-rule.ts'
import { maskSequence } from '../../../../electron/analyses/satellite/mask-stage.ts'
import { memoryReader, readAll } from './memory-reader.ts'

const rule = (value: object) => maskRule(maskOptionsSchema.parse(value) as BandMaskOptions)
const dated = { height: 3, width: 4, times: ['2018-01-06'] }

describe('maskRule', () => {
  // values and meanings from the tables of USGS LSDS-1873 ("Collection 1 Landsat 8 quality band values")
  it.each([
    [1, 'fill', true],
    [2720, 'clear', false],
    [2800, 'cloud (high)', true],
    [2976, 'cloud shadow (high)', true],
    [6816, 'cirrus (high)', true],
    [3744, 'snow (high)', false],
    [2752, 'cloud confidence medium', false],
    [2732, 'saturated', false],
    [NaN, 'unknown', true],
  ])('Landsat Collection 1 BQA %d: %s is rejected: %s', (value, _, expected) => {
    expect(rule({ kind: 'landsat-bqa' })(value)).toBe(expected)
  })

  it('rejects medium confidence and snow in Collection 1 when asked', () => {
    const strict = rule({ kind: 'landsat-bqa', reject: ['cloud', 'snow'], confidence: 'medium' })
    expect([2752, 3744, 2720, 2976].map(strict)).toEqual([true, true, false, false])
  })

  // values and meanings from USGS LSDS-1619, table of QA_PIXEL values
  it.each([
    [1, 'fill', true],
    [21824, 'clear', false],
    [21826, 'dilated cloud over land', true],
    [21888, 'water', false],
    [22080, 'medium-confidence cloud', false],
    [22280, 'high-confidence cloud', true],
    [23888, 'high-confidence cloud shadow', true],
    [30048, 'high-confidence snow', false],
    [54596, 'high-confidence cirrus', true],
  ])('Landsat Collection 2 QA_PIXEL %d: %s is rejected: %s', (value, _, expected) => {
    expect(rule({ kind: 'landsat-qa-pixel' })(value)).toBe(expected)
  })

  it('rejects fill, saturation, shadow, clouds and cirrus of the Sentinel-2 scene classification', () => {
    const reject = rule({ kind: 'sentinel2-scl' })
    const rejected = Array.from({ length: 13 }, (_, value) => value).filter((value) => reject(value))
    expect(rejected).toEqual([0, 1, 3, 8, 9, 10, 12])
    expect(rule({ kind: 'sentinel2-scl', reject: ['snow', 'water'] })(6)).toBe(true)
  })

  it('keeps good and marginal MOD13 pixels, unless told otherwise', () => {
    expect([-1, 0, 1, 2, 3].map(rule({ kind: 'modis-reliability' }))).toEqual([true, false, false, true, true])
    expect([0, 1, 2].map(rule({ kind: 'modis-reliability', keep: ['good', 'snow'] }))).toEqual([false, true, false])
  })

  it('reads usefulness and flags of the MOD13 quality word', () => {
    const good = 0b0000_1000_0000_0000
    const words = [good, good | 1, good | 2, good | (13 << 2), good | (1 << 8), good | (1 << 15), good | (1 << 9)]
    expect(words.map(rule({ kind: 'modis-vi-quality' }))).toEqual([false, false, true, true, true, true, false])
    expect(words.map(rule({ kind: 'modis-vi-quality', rejectFlags: false, worstUsefulness: 15 }))).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      false,
    ])
  })

  it('fails with satellite/flag-unknown when the layer cannot tell what is asked', () => {
    expect(() => rule({ kind: 'landsat-bqa', reject: ['water'] })).toThrowError(
      expect.objectContaining({ code: 'satellite/flag-unknown' }),
    )
  })
})

describe('maskSequence', () => {
  const clouds = [0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0, NaN, 0.4]
  const source = () =>
    memoryReader([[Float32Array.from({ length: 12 }, (_, i) => i), clouds]], { ...dated, bands: ['red', 'CLP'] })
  const mask = (extra: object = {}) =>
    maskOptionsSchema.parse({ kind: 'probability', band: 'clp', threshold: 0.4, ...extra })

  it('makes NaN of pixels above the threshold and of unknown quality, and drops the quality band', async () => {
    const reader = maskSequence(source(), mask())
    expect(reader.info.bands).toEqual(['red'])
    expect([...(await readAll(reader))]).toEqual([0, NaN, 2, 3, 4, 5, 6, 7, 8, 9, NaN, 11])
  })

  it('keeps the quality band unmasked when asked', async () => {
    const reader = maskSequence(source(), mask({ keepQuality: true }))
    expect([...(await readAll(reader))].slice(12)).toEqual([...Float32Array.from(clouds)])
  })

  it('grows what is rejected by a disc, also from beyond the window that is read', async () => {
    const reader = maskSequence(source(), mask({ grow: 1 }))
    const whole = [NaN, NaN, NaN, 3, 4, NaN, NaN, 7, 8, NaN, NaN, NaN]
    expect([...(await readAll(reader))]).toEqual(whole)
    const part = await readAll(reader, { row: 1, column: 1, height: 1, width: 3 })
    expect([...part]).toEqual(whole.slice(5, 8))
  })

  it('takes an own rule over bands', async () => {
    const options = maskOptionsSchema.parse({ kind: 'formula', reject: 'max(CLP > 0.4, red < 3)' })
    const reader = maskSequence(source(), options)
    expect(reader.info.bands).toEqual(['red', 'CLP'])
    expect([...(await readAll(reader))].slice(0, 12)).toEqual([NaN, NaN, NaN, 3, 4, 5, 6, 7, 8, 9, NaN, 11])
  })

  it('fails with satellite/unknown-band without the quality band', () => {
    expect(() => maskSequence(source(), maskOptionsSchema.parse({ kind: 'sentinel2-scl' }))).toThrowError(
      expect.objectContaining({ code: 'satellite/unknown-band' }),
    )
  })
})
