import { describe, expect, it } from 'vitest'
import { bandStatistics } from '../../../../electron/compute/reading/band-statistics.ts'
import { firstComposite } from '../../../../electron/core/app/first-composite.ts'
import { readFrame } from '../../../../electron/compute/reading/frame-read.ts'
import type { PixelWindow, SequenceReader } from '../../../../electron/formats/sequence-reader.ts'
import { type StoredRule, writePhysical } from '../../../../shared/domain/stored-values.ts'
import { AbortError } from '../../../../shared/base/abort.ts'
import type { FrameRead } from '../../../../shared/contracts/data-plane.ts'

/** A sequence whose pixels say where they are: 1e6 · frame + 1e5 · band + 1000 · row + column; NaN where the sum of both is 5. */
function positions(height: number, width: number, bands = 2, frames = 3): SequenceReader & { windows: PixelWindow[] } {
  const windows: PixelWindow[] = []
  return {
    windows,
    info: {
      id: 'positions',
      kind: 'geotiff',
      name: 'positions',
      group: null,
      frames,
      height,
      width,
      bands: Array.from({ length: bands }, (_, i) => `b${i}`),
      dtype: 'float32',
      times: null,
      frameRate: null,
      durationSeconds: null,
      spacingMm: null,
      timePoints: null,
      crs: null,
      geoTransform: null,
      orderedBy: '',
      warnings: [],
    },
    read: (request) => {
      const { window } = request
      windows.push(window)
      const values: number[] = []
      for (const f of request.frames)
        for (const b of request.bands)
          for (let r = window.row; r < window.row + window.height; r++)
            for (let c = window.column; c < window.column + window.width; c++)
              values.push(r + c === 5 ? NaN : 1e6 * f + 1e5 * b + 1000 * r + c)
      return Promise.resolve({
        values: Float32Array.from(values),
        frames: request.frames.length,
        bands: request.bands.length,
        height: window.height,
        width: window.width,
      })
    },
    close: () => Promise.resolve(),
  }
}

const request = (part: Partial<FrameRead>): FrameRead => ({
  kind: 'frame',
  frame: 1,
  bands: [1, 0],
  window: { row: 2, column: 3, height: 4, width: 6 },
  outHeight: 2,
  outWidth: 3,
  resampling: 'nearest',
  ...part,
})

describe('numbers as they are stored', () => {
  it.each([
    ['means of whole numbers', { slope: 1, intercept: 0, padding: null }],
    ['means without what means "no measurement"', { slope: 1, intercept: 0, padding: [1000, 4000] as const }],
    ['means of numbers with a slope', { slope: 0.1, intercept: -5, padding: null }],
  ])('give the same %s, bit for bit', async (_what, rule) => {
    const plain = storedExample(rule)
    const average = request({
      bands: [0, 1],
      window: { row: 1, column: 2, height: 37, width: 53 },
      outHeight: 7,
      outWidth: 11,
      resampling: 'average',
    })
    const expected = await readFrame({ ...plain, readStored: undefined } as unknown as SequenceReader, average)
    expect(await readFrame(plain, average)).toEqual(expected)
    expect(expected.values.some((value) => value > 400)).toBe(true)
  })

  it('travel with their rule where each is shown once', async () => {
    const rule = { slope: 2, intercept: 1, padding: null }
    const window = { row: 3, column: 4, height: 2, width: 3 }
    const {
      type,
      values,
      rule: sent,
    } = await readFrame(storedExample(rule), request({ bands: [0], window, outHeight: 2, outWidth: 3 }))
    expect([type, sent]).toEqual(['int16', rule])
    expect([...values]).toEqual([3, 4].flatMap((row) => [4, 5, 6].map((column) => storedNumber(0, row, column))))
  })
})

const storedNumber = (band: number, row: number, column: number): number =>
  ((row * 211 + column * 37) % 9000) - 900 * band

/** A sequence of whole numbers, 40 x 60. */
function storedExample(rule: StoredRule): SequenceReader {
  const numbers = (bands: readonly number[], window: PixelWindow): Int16Array => {
    const out: number[] = []
    for (const band of bands)
      for (let r = window.row; r < window.row + window.height; r++)
        for (let c = window.column; c < window.column + window.width; c++) out.push(storedNumber(band, r, c))
    return Int16Array.from(out)
  }
  return {
    ...positions(40, 60),
    readStored: ({ bands, window }) => Promise.resolve({ values: numbers(bands, window), rule }),
    read: ({ frames, bands, window }) => {
      const stored = numbers(bands, window)
      const values = new Float32Array(stored.length)
      writePhysical(stored, rule, values)
      return Promise.resolve({ values, frames: frames.length, bands: bands.length, ...window })
    },
  }
}

describe('readFrame', () => {
  it('takes the pixel under the middle of each output pixel, bands in the order asked for', async () => {
    const { values, shape } = await readFrame(positions(20, 30), request({}))
    expect(shape).toEqual([2, 2, 3])
    // Middles of 2 x 2 pixels: rows 3 and 5, columns 4, 6 and 8.
    expect([...values]).toEqual([
      ...[1103004, 1103006, 1103008, 1105004, 1105006, 1105008],
      ...[1003004, 1003006, 1003008, 1005004, 1005006, 1005008],
    ])
  })

  it('repeats pixels when it is made larger', async () => {
    const { values } = await readFrame(
      positions(20, 30),
      request({ bands: [0], window: { row: 7, column: 9, height: 1, width: 2 }, outHeight: 2, outWidth: 4 }),
    )
    expect([...values]).toEqual([1007009, 1007009, 1007010, 1007010, 1007009, 1007009, 1007010, 1007010])
  })

  it('averages the valid pixels only, and is NaN where there are none', async () => {
    const averaged = request({ bands: [0], resampling: 'average' })
    const { values } = await readFrame(positions(20, 30), averaged)
    // Row 2, column 3 has no data: the mean of the other three of its square.
    expect(values[0]).toBeCloseTo((1002004 + 1003003 + 1003004) / 3, 0)
    const lost = request({ bands: [0], resampling: 'average', window: { row: 2, column: 3, height: 1, width: 1 } })
    expect((await readFrame(positions(20, 30), { ...lost, outHeight: 1, outWidth: 1 })).values[0]).toBeNaN()
  })

  it('gives the same picture when it is read in strips, and then never reads much at once', async () => {
    // 9000 x 3000 is more than is read at once.
    const large = positions(9000, 3000, 1, 1)
    const part = {
      frame: 0,
      bands: [0],
      window: { row: 0, column: 0, height: 9000, width: 3000 },
      outHeight: 7,
      outWidth: 5,
    }
    const { values } = await readFrame(large, request(part))
    const middle = (index: number, out: number, size: number): number => Math.floor(((index + 0.5) * size) / out)
    const expected = Array.from({ length: 35 }, (_, i) =>
      Math.fround(1000 * middle(Math.floor(i / 5), 7, 9000) + middle(i % 5, 5, 3000)),
    )
    expect([...values]).toEqual(expected)
    expect(large.windows.length).toBeGreaterThan(1)
    expect(Math.max(...large.windows.map(({ height, width }) => height * width))).toBeLessThanOrEqual(8 * 1024 * 1024)
  })

  it('stops when it is cancelled', async () => {
    await expect(readFrame(positions(20, 30), request({}), AbortSignal.abort())).rejects.toThrow(AbortError)
  })
})

describe('bandStatistics', () => {
  it('gives range and 2 % limits of each band, without what has no data', async () => {
    const [first, second] = await bandStatistics(positions(10, 10, 2, 1))
    expect(first).toMatchObject({ band: 'b0', minimum: 0, maximum: 9009, valid: 0.94 })
    // 94 values, from 0: the one nearest to 2 % is the third, the one nearest to 98 % the third from the end.
    expect(first).toMatchObject({ low: 2, high: 9007 })
    expect(second).toMatchObject({ minimum: 100000, maximum: 109009 })
  })

  it('looks at little of what is large', async () => {
    const large = positions(20_000, 20_000, 1, 100)
    await bandStatistics(large)
    const pixels = large.windows.reduce((sum, { height, width }) => sum + height * width, 0)
    expect(pixels).toBeLessThan(1_000_000)
  })

  it('has no range for a band without data', async () => {
    const reader = positions(1, 1, 1, 1)
    const empty = {
      ...reader,
      read: () => Promise.resolve({ values: new Float32Array([NaN]), frames: 1, bands: 1, height: 1, width: 1 }),
    }
    expect(await bandStatistics(empty)).toEqual([
      { band: 'b0', minimum: null, maximum: null, low: null, high: null, valid: 0 },
    ])
  })
})

describe('firstComposite', () => {
  it.each([
    [
      ['blue', 'nir', 'red', 'green'],
      [2, 3, 0],
    ],
    [
      ['B02', 'B03', 'B04', 'B08'],
      [2, 1, 0],
    ],
    [
      ['blue', 'evi', 'mir', 'nir', 'red'],
      [2, 3, 4],
    ],
    [['ndvi'], [0, 0, 0]],
    [[], [0, 0, 0]],
  ])('of %j is %j', (bands, expected) => {
    expect(firstComposite(bands)).toEqual(expected)
  })
})
