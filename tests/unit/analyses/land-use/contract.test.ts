import { describe, expect, it } from 'vitest'
import { isoDay, parseDay } from '../../../../electron/analyses/land-use/calendar.ts'
import {
  type SampleShape,
  checkContract,
  contractViolations,
  inferShape,
} from '../../../../electron/analyses/land-use/contract.ts'
import { enumerateSeasons } from '../../../../electron/analyses/land-use/seasons.ts'
import type { LabelledSample } from '../../../../shared/domain/labels.ts'
import type { SequenceInfo } from '../../../../shared/domain/sequence.ts'
import { errorOf } from './error-code.ts'
import { memoryReader } from './memory-reader.ts'

const grid = { width: 3, height: 2, geoTransform: [0, 1, 0, 0, 0, -1], crs: 'EPSG:4326' } as const
function sequence(first: string, count: number, step: number, bands = ['red', 'nir', 'doy', 'QA60']): SequenceInfo {
  const start = parseDay(first) ?? NaN
  const times = Array.from({ length: count }, (_, i) => isoDay(start + i * step))
  return memoryReader(new Float32Array(count * bands.length * 6), { times, bands, grid }).info
}
function sample(from: string, to: string): LabelledSample {
  return { id: from, column: 0, row: 0, from, to, label: 'a', source: 's.csv', group: null, subset: null }
}
const shape: SampleShape = {
  frames: 23,
  step: { value: 16, unit: 'day' },
  seasonStart: '09-01',
  bands: ['red', 'nir'],
  size: [1, 1],
  spacingMm: null,
}

describe('inferShape', () => {
  const info = sequence('2009-08-29', 60, 16)

  it('takes frames and step from dates and labels, the season from where labels start, and leaves auxiliary bands out', () => {
    const labels = [sample('2009-09-01', '2010-09-01'), sample('2010-09-01', '2011-09-01')]
    expect(inferShape(info, labels)).toEqual(shape)
  })

  it('has no season where labels start at different times of the year', () => {
    const labels = [sample('2009-09-01', '2010-01-01'), sample('2010-05-01', '2010-09-01')]
    expect(inferShape(info, labels)).toMatchObject({ seasonStart: null, frames: 8 })
  })

  it('does as it is told about bands, frames and step', () => {
    const asked = inferShape(info, [sample('2009-09-01', '2010-09-01')], {
      bands: ['DOY', 'red'],
      frames: 12,
      stepDays: 30,
    })
    expect(asked).toMatchObject({ bands: ['DOY', 'red'], frames: 12, step: { value: 30, unit: 'day' } })
  })

  it('refuses a band that is not there and a single date', async () => {
    const labels = [sample('2009-09-01', '2010-09-01')]
    const error = await errorOf(() => inferShape(info, labels, { bands: ['red', 'swir'] }))
    expect([error.code, error.details['missing']]).toEqual(['contract/bands', ['swir']])
    expect((await errorOf(() => inferShape(sequence('2010-01-01', 1, 1), labels))).code).toBe('contract/frames')
  })
})

describe('checkContract', () => {
  it('accepts data that fit, in another order of bands and another case', () => {
    expect(() => checkContract(shape, sequence('2009-08-29', 60, 16, ['NIR', 'other', 'Red']))).not.toThrow()
  })

  it.each([
    ['contract/bands', sequence('2009-08-29', 60, 16, ['red', 'green'])],
    ['contract/dates', { ...sequence('2009-08-29', 60, 16), times: null }],
    ['contract/frames', sequence('2009-08-29', 1, 16)],
    ['contract/step', sequence('2009-08-29', 24, 30)],
    ['contract/time-span', sequence('2009-10-15', 23, 16)],
  ])('names the term that is broken: %s', async (code, info) => {
    const error = await errorOf(() => checkContract(shape, info))
    expect(error.code).toBe(code)
    expect(error.details['term']).toBe(code.split('/')[1])
  })

  it('names every broken term in the message', () => {
    const codes = contractViolations(shape, sequence('2009-11-01', 8, 30, ['nir'])).map(({ code }) => code)
    expect(codes).toEqual(['contract/bands', 'contract/step', 'contract/time-span'])
  })

  it('refuses a model that counts in frames of a video', async () => {
    const video: SampleShape = { ...shape, step: { value: 1, unit: 'frame' } }
    expect((await errorOf(() => checkContract(video, sequence('2009-08-29', 60, 16)))).code).toBe('contract/step')
  })
})

describe('enumerateSeasons', () => {
  const days = (info: SequenceInfo): Float64Array =>
    Float64Array.from(info.times ?? [], (time) => parseDay(time) ?? NaN)

  it('lists each season that is covered whole, named by both years', () => {
    expect(enumerateSeasons(shape, days(sequence('2009-08-29', 60, 16)))).toEqual([
      { label: '2009-2010', from: '2009-09-01', to: '2010-09-01' },
      { label: '2010-2011', from: '2010-09-01', to: '2011-09-01' },
    ])
  })

  it('names a season within one year by that year', () => {
    const summer = { ...shape, frames: 10, seasonStart: '04-01' }
    expect(enumerateSeasons(summer, days(sequence('2009-03-20', 12, 16)))).toEqual([
      { label: '2009', from: '2009-04-01', to: '2009-09-08' },
    ])
  })

  it('counts years from the first frame when there is no season, and back to back for short samples', () => {
    const yearly = enumerateSeasons({ ...shape, seasonStart: null }, days(sequence('2010-02-03', 46, 16)))
    expect(yearly.map(({ label }) => label)).toEqual(['2010-2011', '2011-2012'])
    const short = enumerateSeasons({ ...shape, seasonStart: null, frames: 5 }, days(sequence('2010-02-03', 11, 16)))
    expect(short.map(({ label }) => label)).toEqual(['2010-02-03', '2010-04-24'])
  })

  it('finds none in a series that is too short', () => {
    expect(enumerateSeasons(shape, days(sequence('2009-08-29', 15, 16)))).toEqual([])
  })
})
