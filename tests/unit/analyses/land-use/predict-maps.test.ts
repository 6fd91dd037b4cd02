import { describe, expect, it } from 'vitest'
import { isoDay, parseDay } from '../../../../electron/analyses/land-use/calendar.ts'
import type { SampleShape } from '../../../../electron/analyses/land-use/contract.ts'
import {
  type PredictMapsOptions,
  type SeasonWriter,
  predictMaps,
} from '../../../../electron/analyses/land-use/predict-maps.ts'
import { enumerateSeasons } from '../../../../electron/analyses/land-use/seasons.ts'
import { errorOf } from './error-code.ts'
import { memoryReader } from './memory-reader.ts'

const [width, height, frameCount] = [30, 300, 46]
const grid = {
  width,
  height,
  geoTransform: [0, 100, 0, 0, 0, -100],
  crs: '+proj=sinu +R=6371007.181 +units=m',
} as const // 1 ha
const contract: SampleShape = {
  frames: 23,
  step: { value: 16, unit: 'day' },
  seasonStart: '01-01',
  bands: ['index'],
  size: [1, 1],
  spacingMm: null,
}
const start = parseDay('2010-01-01') ?? NaN
const days = Float64Array.from({ length: frameCount }, (_, f) => start + 16 * f)

/** Left of a border that moves from column 10 in the first year to 20 in the second the index is 1, right of it 3; one corner has no data. */
function sequence(): ReturnType<typeof memoryReader> {
  const values = new Float32Array(frameCount * width * height)
  for (let f = 0; f < frameCount; f++)
    for (let p = 0; p < width * height; p++) {
      const border = f < 23 ? 10 : 20
      values[f * width * height + p] = p === 0 ? NaN : p % width < border ? 1 : 3
    }
  return memoryReader(values, { times: [...days].map(isoDay), bands: ['index'], grid })
}

/** Keeps what is written, and checks that no pixel is written twice. */
function collector(): {
  open: PredictMapsOptions['openSeason']
  classes: Map<string, Uint8Array>
  entropy: Map<string, Float32Array>
  events: string[]
} {
  const classes = new Map<string, Uint8Array>()
  const entropy = new Map<string, Float32Array>()
  const events: string[] = []
  const open = ({ label }: { label: string }): Promise<SeasonWriter> => {
    const own = { classes: new Uint8Array(width * height).fill(99), entropy: new Float32Array(width * height) }
    classes.set(label, own.classes)
    entropy.set(label, own.entropy)
    return Promise.resolve({
      write(window, maps) {
        for (let i = 0; i < maps.classes.length; i++) {
          const p = (window.row + Math.floor(i / window.width)) * width + window.column + (i % window.width)
          expect(own.classes[p]).toBe(99)
          own.classes[p] = maps.classes[i] ?? 99
          own.entropy[p] = maps.entropy[i] ?? NaN
        }
        return Promise.resolve()
      },
      finish: () => Promise.resolve(void events.push(`finish ${label}`)),
      discard: () => Promise.resolve(void events.push(`discard ${label}`)),
    })
  }
  return { open, classes, entropy, events }
}

/** A rule in place of a network: class 1 below a mean index of 2, with 0.9 certainty. */
function classify(series: Float32Array, n: number): Promise<Float32Array> {
  expect(series.length).toBe(n * 23)
  return Promise.resolve(
    Float32Array.from({ length: n * 2 }, (_, i) => {
      const row = Math.floor(i / 2)
      const mean = series.subarray(row * 23, row * 23 + 23).reduce((a, b) => a + b) / 23
      return mean < 2 === (i % 2 === 0) ? 0.9 : 0.1
    }),
  )
}

describe('predictMaps', () => {
  const seasons = enumerateSeasons(contract, days)
  const base = { grid, contract, classes: ['low', 'high'], seasons, classify }

  it('maps each season, leaves 0 where there is no data, and counts areas and change, in small windows and batches', async () => {
    const written = collector()
    const result = await predictMaps({
      ...base,
      reader: sequence(),
      openSeason: written.open,
      batch: 7,
      maxValues: 5000,
    })
    expect(seasons.map(({ label }) => label)).toEqual(['2010', '2011'])
    const first = written.classes.get('2010') ?? new Uint8Array()
    expect([first[0], first[1], first[9], first[10], first[width * height - 1]]).toEqual([0, 1, 1, 2, 2])
    expect(written.classes.get('2011')?.[15]).toBe(1)
    expect(written.entropy.get('2010')?.[0]).toBeNaN()
    expect(written.entropy.get('2010')?.[5]).toBeCloseTo(0.4689956, 6) // scipy: entropy([0.9, 0.1], base=2)
    expect(result.summaries[0]).toEqual({
      map: '2010',
      perClass: { low: { pixels: 2999, hectares: 2999 }, high: { pixels: 6000, hectares: 6000 } },
      nodataPixels: 1,
    })
    expect(result.changes).toHaveLength(1)
    expect(result.changes[0]?.pixels).toEqual([[2999, 0], [3000, 3000]]) // prettier-ignore
    expect(written.events).toEqual(['finish 2010', 'finish 2011'])
  })

  it('never reads more at once than it was allowed', async () => {
    const reader = sequence()
    await predictMaps({ ...base, reader, openSeason: collector().open, maxValues: 5000 })
    const sizes = reader.requests.map(({ frames, bands, window }) => frames.length * bands.length * window.height * window.width) // prettier-ignore
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5000)
  })

  it('discards every file when cancelled half way', async () => {
    const controller = new AbortController()
    const written = collector()
    const options = {
      ...base,
      reader: sequence(),
      openSeason: written.open,
      signal: controller.signal,
      maxValues: 5000,
    }
    const running = predictMaps({ ...options, report: ({ done }) => done > 3000 && controller.abort() })
    await expect(running).rejects.toThrow('Cancelled')
    expect(written.events).toEqual(['discard 2010', 'discard 2011'])
  })

  it.each([
    ['contract/bands', { contract: { ...contract, bands: ['other'] } }],
    ['predict/no-season', { seasons: [] }],
    ['predict/too-many-classes', { classes: Array.from({ length: 256 }, String) }],
  ])('refuses with %s', async (code, change) => {
    const options = { ...base, reader: sequence(), openSeason: collector().open, ...change }
    expect((await errorOf(() => predictMaps(options))).code).toBe(code)
  })
})
