import { describe, expect, it } from 'vitest'
import { isoDay, parseDay } from '../../../../electron/analyses/land-use/calendar.ts'
import type { SampleShape } from '../../../../electron/analyses/land-use/contract.ts'
import { measureNormalisation, normalise } from '../../../../electron/analyses/land-use/normalisation.ts'
import { readSamples } from '../../../../electron/analyses/land-use/samples.ts'
import type { LabelledSample } from '../../../../shared/domain/labels.ts'
import { errorOf } from './error-code.ts'
import { type MemoryReader, memoryReader } from './memory-reader.ts'

const [width, height, frameCount] = [600, 5, 12]
const start = parseDay('2010-01-01') ?? NaN
const shape: SampleShape = {
  frames: 4,
  step: { value: 10, unit: 'day' },
  seasonStart: null,
  bands: ['nir', 'red'],
  size: [1, 1],
  spacingMm: null,
}

/** Every value says where it comes from: 1000 · day + 10 · column + row, negative in the band `nir`; frames 10 days apart. */
function gradient(
  change: (
    values: Float32Array,
    at: (frame: number, band: number, row: number, column: number) => number,
  ) => void = () => undefined,
): MemoryReader {
  const values = new Float32Array(frameCount * 2 * height * width)
  const at = (frame: number, band: number, row: number, column: number): number =>
    ((frame * 2 + band) * height + row) * width + column
  for (let f = 0; f < frameCount; f++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        values[at(f, 0, row, column)] = 1000 * 10 * f + 10 * column + row
        values[at(f, 1, row, column)] = -(1000 * 10 * f + 10 * column + row)
      }
  change(values, at)
  const times = Array.from({ length: frameCount }, (_, f) => isoDay(start + 10 * f))
  const grid = { width, height, geoTransform: [0, 1, 0, 0, 0, -1], crs: null } as const
  return memoryReader(values, { times, bands: ['red', 'nir'], grid })
}

function sample(column: number, row: number, fromDay: number): LabelledSample {
  const [from, to] = [isoDay(start + fromDay), isoDay(start + fromDay + 40)]
  return { id: `${column},${row}`, column, row, from, to, label: 'a', source: 's', group: null, subset: null }
}

describe('readSamples', () => {
  it('gives each pixel its own interval, [samples, frames, bands] in the order of the contract', async () => {
    const set = await readSamples(gradient(), [sample(7, 3, 15), sample(590, 1, 0)], shape)
    const expected = [15_000 + 73, 25_000 + 73, 35_000 + 73, 45_000 + 73].flatMap((value) => [-value, value])
    expect([...set.values.subarray(0, 8)]).toEqual(expected)
    expect(set.values[9]).toBe(5901)
    expect(set.warnings).toEqual([])
  })

  it('reads neighbours together: two far groups with one interval cost two reads of small windows', async () => {
    const reader = gradient()
    const near = Array.from({ length: 20 }, (_, i) => sample(10 + i, i % 5, 0))
    await readSamples(reader, [...near, sample(595, 2, 0)], shape)
    expect(reader.requests.map(({ window }) => [window.width, window.height])).toEqual([[20, 5], [1, 1]]) // prettier-ignore
    expect(reader.requests[0]?.frames).toEqual([0, 1, 2, 3, 4])
  })

  it('fills gaps, and drops a pixel without any value in one band with a count', async () => {
    const reader = gradient((values, at) => {
      values[at(1, 0, 0, 0)] = NaN
      for (let f = 0; f < frameCount; f++) values[at(f, 1, 2, 2)] = NaN
    })
    const set = await readSamples(reader, [sample(2, 2, 0), sample(0, 0, 0)], shape)
    expect(set.samples.map(({ id }) => id)).toEqual(['0,0'])
    expect(set.dropped.map(({ id }) => id)).toEqual(['2,2'])
    expect([...set.values]).toEqual([0, 0, -10_000, 10_000, -20_000, 20_000, -30_000, 30_000])
    expect(set.warnings[0]).toContain('1 of 2 labelled pixels')
  })

  it('fails when no pixel has data (samples/no-data), and when a band is missing', async () => {
    const empty = gradient((values) => values.fill(NaN))
    expect((await errorOf(() => readSamples(empty, [sample(1, 1, 0)], shape))).code).toBe('samples/no-data')
    const other = { ...shape, bands: ['swir'] }
    expect((await errorOf(() => readSamples(gradient(), [sample(1, 1, 0)], other))).code).toBe('contract/bands')
  })

  it('stops when cancelled', async () => {
    const reading = readSamples(gradient(), [sample(1, 1, 0)], shape, { signal: AbortSignal.abort() })
    await expect(reading).rejects.toThrow('Cancelled')
  })
})

describe('measureNormalisation', () => {
  // [3 samples, 2 frames, 2 bands]; the third sample must not count.
  const values = Float32Array.from([1, 5, 3, 5, 5, 5, 11, 5, 900, 900, 900, 900])

  it('uses the given rows only, and 1 for a band that does not vary (numpy: mean 5, deviation 3.7416574)', () => {
    const { mean, deviation } = measureNormalisation(values, 2, 2, [0, 1])
    expect(mean).toEqual([5, 5])
    expect(deviation[0]).toBeCloseTo(Math.sqrt(14), 12)
    expect(deviation[1]).toBe(1)
  })

  it('makes the training rows mean 0 and deviation 1', () => {
    const result = normalise(values, measureNormalisation(values, 2, 2, [0, 1]))
    const band = [0, 2, 4, 6].map((i) => result[i] ?? NaN)
    expect(band.reduce((a, b) => a + b)).toBeCloseTo(0, 6)
    expect(band.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 6)
  })
})
