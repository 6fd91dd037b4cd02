import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compositeOptionsSchema, compositeSequence } from '../../../../electron/analyses/satellite/composite-stage.ts'
import { compositeWindows, windowOptionsSchema } from '../../../../electron/analyses/satellite/composite-windows.ts'
import { largestDifference, memoryReader, readAll } from './memory-reader.ts'

type Table = (number | null)[][]
const oracle = JSON.parse(readFileSync(new URL('./reference/series.json', import.meta.url), 'utf8')) as {
  times: string[]
  red: Table
  nir: Table
  composites: Record<string, Record<string, Table> & { starts: string[] }>
}
const plane = (row: (number | null)[] | undefined) => Float32Array.from(row ?? [], (value) => value ?? NaN)
const stack = () =>
  memoryReader(
    oracle.red.map((row, date) => [plane(row), plane(oracle.nir[date]), new Float32Array(13).fill(date)]),
    { height: 1, width: 13, bands: ['red', 'nir', 'BQA'], times: oracle.times },
  )
const steps = {
  '16d': { step: { value: 16, unit: 'day' } },
  month: { step: { value: 1, unit: 'month' } },
  '25d anchored 2017-03-08': { step: { value: 25, unit: 'day' }, anchor: '2017-03-08' },
}

describe('composites against numpy (41 uneven dates, 13 pixels, tolerance 1e-6)', () => {
  for (const [name, step] of Object.entries(steps))
    for (const method of ['median', 'mean', 'count', 'first', 'nearest', 'max-ndvi'] as const)
      it(`${method} over windows of ${name}`, async () => {
        const expected = oracle.composites[name] as (typeof oracle.composites)[string]
        const reader = compositeSequence(stack(), compositeOptionsSchema.parse({ ...step, method }))
        expect(reader.info.times).toEqual(expected.starts)
        const frames = expected.starts.map((_, frame) => frame)
        const window = { row: 0, column: 0, height: 1, width: 13 }
        const { values } = await reader.read({ frames, bands: [0], window })
        expect(largestDifference(values, (expected[method] as Table).flat())).toBeLessThan(1e-6)
      })
})

describe('compositeSequence', () => {
  const options = compositeOptionsSchema.parse({ ...steps['16d'], method: 'median', countOf: 'red' })

  it('leaves flags out of a median, adds the count of observations, and says so', async () => {
    const reader = compositeSequence(stack(), options)
    expect(reader.info.bands).toEqual(['red', 'nir', 'observations'])
    expect(reader.info.warnings.join(' ')).toMatch(/BQA left out/)
    expect(reader.info.orderedBy).toMatch(/^median of windows of 16 days, counted anew from each 1 January/)
    const expected = oracle.composites['16d']?.count as Table
    const frames = expected.map((_, frame) => frame)
    const { values } = await reader.read({ frames, bands: [2], window: { row: 0, column: 3, height: 1, width: 7 } })
    expect(
      largestDifference(
        values,
        expected.flatMap((row) => row.slice(3, 10)),
      ),
    ).toBe(0)
  })

  it('reads only the dates of the windows that are asked for', async () => {
    const source = stack()
    const reader = compositeSequence(source, options)
    await reader.read({ frames: [3], bands: [0], window: { row: 0, column: 0, height: 1, width: 2 } })
    const start = reader.info.times?.[3] as string
    const end = reader.info.times?.[4] as string
    const inside = oracle.times.flatMap((time, frame) => (time >= start && time < end ? [frame] : []))
    expect(source.requests.map((request) => request.frames)).toEqual([inside])
  })

  it('gives the same numbers for a window as for the whole', async () => {
    const reader = compositeSequence(stack(), { ...options, method: 'max-ndvi', countOf: null })
    const whole = await readAll(reader)
    const part = await readAll(reader, { row: 0, column: 5, height: 1, width: 4 })
    const expected = Array.from({ length: whole.length / 13 }, (_, i) => [
      ...whole.slice(i * 13 + 5, i * 13 + 9),
    ]).flat()
    expect([...part]).toEqual(expected)
  })

  it('fails with satellite/no-dates without dates, and satellite/no-ndvi without red and near infrared', () => {
    const undated = memoryReader([[[1, 2]]], { height: 1, width: 2, bands: ['red'] })
    const dated = memoryReader([[[1, 2]]], { height: 1, width: 2, bands: ['B4'], times: ['2018-01-01'] })
    expect(() => compositeSequence(undated, { ...options, countOf: null })).toThrowError(
      expect.objectContaining({ code: 'satellite/no-dates' }),
    )
    expect(() => compositeSequence(dated, { ...options, countOf: null, method: 'max-ndvi' })).toThrowError(
      expect.objectContaining({ code: 'satellite/no-ndvi' }),
    )
  })

  it('stops with AbortError when cancelled', async () => {
    const abort = new AbortController()
    abort.abort()
    const reader = compositeSequence(stack(), options)
    const request = { frames: [0], bands: [0], window: { row: 0, column: 0, height: 1, width: 1 } }
    await expect(reader.read(request, abort.signal)).rejects.toThrowError(
      expect.objectContaining({ name: 'AbortError' }),
    )
  })

  it('closes the source', async () => {
    const source = stack()
    await compositeSequence(source, options).close()
    expect(source.isClosed()).toBe(true)
  })
})

describe('compositeWindows', () => {
  const windows = (times: string[], options: object) =>
    compositeWindows(times, windowOptionsSchema.parse(options)).map((window) => window.start)

  it('makes the last 16-day window of a leap year 14 days long, as MODIS does', () => {
    expect(windows(['2016-12-15', '2017-01-01'], steps['16d'])).toEqual(['2016-12-02', '2016-12-18', '2017-01-01'])
  })

  it('keeps the 31st as anchor across short months', () => {
    const options = { step: { value: 1, unit: 'month' }, anchor: '2018-01-31' }
    expect(windows(['2018-02-10', '2018-05-02'], options)).toEqual([
      '2018-01-31',
      '2018-02-28',
      '2018-03-31',
      '2018-04-30',
    ])
  })

  it('covers the range asked for, also where there is no date', () => {
    const options = { step: { value: 1, unit: 'month' }, from: '2017-11-20', to: '2018-02-01' }
    expect(windows(['2018-01-10'], options)).toEqual(['2017-11-01', '2017-12-01', '2018-01-01', '2018-02-01'])
  })

  it('rejects a range that ends before it begins (satellite/window-range) and a date that is none (satellite/date)', () => {
    const range = { ...steps['16d'], from: '2018-03-01', to: '2018-01-01' }
    expect(() => windows(['2018-01-10'], range)).toThrowError(
      expect.objectContaining({ code: 'satellite/window-range' }),
    )
    expect(() => windows(['2018-02-30'], steps['16d'])).toThrowError(
      expect.objectContaining({ code: 'satellite/date' }),
    )
  })
})
