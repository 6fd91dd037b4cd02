import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { GeoGrid, GeoTransform } from '../../../../shared/domain/geo-grid.ts'
import { chooseGrid } from '../../../../electron/analyses/satellite/choose-grid.ts'
import { maskScenes } from '../../../../electron/analyses/satellite/mask-scenes.ts'
import { maskOptionsSchema } from '../../../../shared/imaging/mask-rule.ts'
import { regularise } from '../../../../electron/analyses/satellite/regularise.ts'
import { regulariseOptionsSchema } from '../../../../electron/analyses/satellite/regularise-options.ts'
import type { SceneSource, SceneStack } from '../../../../electron/analyses/satellite/scene-source.ts'
import { largestDifference, type MemoryReader, memoryReader, readAll } from './memory-reader.ts'

const crs = 'EPSG:32618'
const options = (value: object = {}) => regulariseOptionsSchema.parse(value)

function stack(
  scene: string,
  time: string | null,
  bands: Record<string, ArrayLike<number>>,
  place: { x: number; y: number; size: number; width: number; height: number; crs?: string },
): SceneStack {
  const geoTransform: GeoTransform = [place.x, place.size, 0, place.y, 0, -place.size]
  const names = Object.keys(bands)
  const facts = {
    height: place.height,
    width: place.width,
    bands: names,
    geoTransform: [...geoTransform] as [number, number, number, number, number, number],
    crs: place.crs ?? crs,
  }
  return {
    grid: { width: place.width, height: place.height, geoTransform, crs: place.crs ?? crs },
    reader: memoryReader([names.map((name) => bands[name] as ArrayLike<number>)], facts),
    frames: [{ scene, time }],
  }
}
function sourceOf(...stacks: SceneStack[]): SceneSource {
  const info = (stacks[0] as SceneStack).reader.info
  const bands = [...new Set(stacks.flatMap((item) => item.reader.info.bands))]
  return { info: { ...info, bands, orderedBy: 'dates in the names' }, stacks, close: () => Promise.resolve() }
}
const count = (length: number, from = 0) => Float32Array.from({ length }, (_, i) => from + i)

describe('chooseGrid', () => {
  const grid = (x: number, y: number, size: number, width: number, height: number, own = crs): GeoGrid => ({
    crs: own,
    width,
    height,
    geoTransform: [x, size, 0, y, 0, -size],
  })
  const union = { crs: null, resolution: 'finest', extent: 'union' } as const

  it('keeps the pixels of the finest grid in place and covers all footprints', () => {
    const chosen = chooseGrid([grid(500000, 4600000, 30, 10, 10), grid(500095, 4600111, 10, 7, 9)], union)
    // 500095 - 10·10 <= 500000, upwards 4600111 - 12·10 ...
    expect(chosen).toMatchObject({ crs, geoTransform: [499995, 10, 0, 4600111, 0, -10], width: 31, height: 42 })
  })

  it('takes the shared ground, at the coarsest resolution', () => {
    const grids = [grid(500000, 4600000, 30, 10, 10), grid(500095, 4600111, 10, 37, 29)]
    const chosen = chooseGrid(grids, { ...union, resolution: 'coarsest', extent: 'intersection' })
    expect(chosen).toMatchObject({ geoTransform: [500090, 30, 0, 4600000, 0, -30], width: 7, height: 6 })
  })

  it('gives the only grid back unchanged', () => {
    const only = grid(431085, 4740615, 3012.0779220779223, 77, 78)
    expect(chooseGrid([only], union)).toEqual({ ...only, projection: null })
  })

  it('aligns a given resolution to multiples of it', () => {
    const chosen = chooseGrid([grid(500011, 4600007, 30, 10, 10)], { ...union, resolution: 25 })
    expect(chosen).toMatchObject({ geoTransform: [500000, 25, 0, 4600025, 0, -25], width: 13, height: 13 })
  })

  it('takes the projection that most scenes have, and covers a scene of another zone', () => {
    const far = grid(1001500, 4599000, 30, 50, 50, 'EPSG:32617')
    const chosen = chooseGrid([far, grid(500000, 4600000, 30, 10, 10), grid(500300, 4600000, 30, 10, 10)], union)
    expect(chosen.crs).toBe(crs)
    expect(chosen.geoTransform[1]).toBe(30)
    expect(chosen.width).toBeGreaterThan(20)
  })

  it('fails with satellite/no-overlap for scenes that share nothing, and geo/unknown-crs for a projection nobody knows', () => {
    const apart = [grid(500000, 4600000, 30, 10, 10), grid(600000, 4600000, 30, 10, 10)]
    expect(() => chooseGrid(apart, { ...union, extent: 'intersection' })).toThrowError(
      expect.objectContaining({ code: 'satellite/no-overlap' }),
    )
    expect(() => chooseGrid(apart, { ...union, crs: 'EPSG:1' })).toThrowError(
      expect.objectContaining({ code: 'geo/unknown-crs' }),
    )
    expect(() => chooseGrid([], union)).toThrowError(expect.objectContaining({ code: 'satellite/no-grid' }))
  })
})

describe('regularise', () => {
  const west = { x: 500000, y: 4600000, size: 10, width: 4, height: 3 }
  const east = { ...west, x: 500020 }

  it('orders scenes by date, names why, and leaves NaN where a scene shows nothing', async () => {
    const source = sourceOf(
      stack('b', '2018-05-01', { red: count(12) }, east),
      stack('a', '2018-04-28', { red: count(12, 100) }, west),
    )
    const reader = regularise(source, options())
    expect(reader.info).toMatchObject({ frames: 2, width: 6, height: 3, times: ['2018-04-28', '2018-05-01'] })
    expect(reader.info.orderedBy).toMatch(/date of the scenes/)
    const values = await readAll(reader)
    expect([...values.slice(0, 6)]).toEqual([100, 101, 102, 103, NaN, NaN])
    expect([...values.slice(18, 24)]).toEqual([NaN, NaN, 0, 1, 2, 3])
  })

  it('joins the scenes of one day, the first by name on top, or keeps them apart', async () => {
    const scenes = () =>
      sourceOf(
        stack('path14-row32', '2018-04-28T15:33:10Z', { red: count(12) }, east),
        stack('path14-row31', '2018-04-28T15:32:46Z', { red: [100, 101, NaN, 103, ...count(8, 104)] }, west),
      )
    const joined = regularise(scenes(), options())
    expect(joined.info.frames).toBe(1)
    expect(joined.info.warnings.join()).toMatch(/1 frames are mosaics/)
    expect([...(await readAll(joined)).slice(0, 6)]).toEqual([100, 101, 0, 103, 2, 3])
    const apart = regularise(scenes(), options({ sameDay: 'keep' }))
    expect(apart.scenes).toEqual([['path14-row31'], ['path14-row32']])
  })

  it('puts bands of 20 m and flags of 60 m on the 10 m grid: bilinear for values, nearest for flags', async () => {
    const fine = { x: 500000, y: 4600000, size: 10, width: 6, height: 6 }
    const reader = regularise(
      sourceOf(
        stack('s', '2018-04-28', { B04: count(36) }, fine),
        stack('s', '2018-04-28', { B11: [0, 2, 4, 6, 8, 10, 12, 14, 16] }, { ...fine, size: 20, width: 3, height: 3 }),
        stack('s', '2018-04-28', { SCL: [4] }, { ...fine, size: 60, width: 1, height: 1 }),
      ),
      options(),
    )
    expect(reader.info).toMatchObject({ bands: ['B04', 'B11', 'SCL'], frames: 1, width: 6, height: 6 })
    const values = await readAll(reader)
    expect([...values.slice(0, 36)]).toEqual([...count(36)])
    // the second row lies a quarter of a 20 m pixel below the first centre: 0.25 · 6
    expect([...values.slice(42, 48)]).toEqual([0, 0.5, 1.5, 2.5, 3.5, 4].map((value) => value + 1.5))
    expect(new Set(values.slice(72))).toEqual(new Set([4]))
  })

  it('lets the chosen bands alone decide on the resolution', () => {
    const source = sourceOf(
      stack('s', '2018-04-28', { B8: count(36) }, { x: 500000, y: 4600000, size: 15, width: 6, height: 6 }),
      stack('s', '2018-04-28', { B4: count(9) }, { x: 500000, y: 4600000, size: 30, width: 3, height: 3 }),
    )
    expect(regularise(source, options({ bands: ['b4'] })).info).toMatchObject({ bands: ['B4'], width: 3 })
    expect(() => regularise(source, options({ bands: ['B5'] }))).toThrowError(
      expect.objectContaining({ code: 'satellite/band-missing' }),
    )
  })

  it('gives the same numbers tile by tile and window by window as in one piece, from another projection', async () => {
    const width = 700
    const values = Float32Array.from(
      { length: width * 600 },
      (_, i) => Math.sin(i % width) + Math.floor(i / width) / 50,
    )
    const place = { x: 1001500, y: 4599000, size: 30, width, height: 600, crs: 'EPSG:32617' }
    const reader = regularise(sourceOf(stack('s', '2018-04-28', { red: values }, place)), options({ crs }))
    expect(reader.info.width).toBeGreaterThan(700)
    const whole = await readAll(reader)
    const window = { row: 401, column: 377, height: 190, width: 211 }
    const part = await readAll(reader, window)
    let worst = 0
    for (let r = 0; r < window.height; r++)
      for (let c = 0; c < window.width; c++) {
        const a = part[r * window.width + c] as number
        const b = whole[(window.row + r) * reader.info.width + window.column + c] as number
        if (!Object.is(a, b)) worst = 1
      }
    expect(worst).toBe(0)
    expect(whole.filter((value) => !Number.isNaN(value)).length).toBeGreaterThan(0.9 * width * 600)
  })

  it('agrees with GDAL through the stage too (rotated zone, bilinear, within 0.125 source pixels of place)', async () => {
    const oracle = JSON.parse(readFileSync(new URL('./reference/warp.json', import.meta.url), 'utf8')) as {
      source: { values: (number | null)[]; geoTransform: [number, number, number, number, number, number] }
      cases: {
        name: string
        crs: string
        width: number
        height: number
        geoTransform: GeoTransform
        results: { bilinear: (number | null)[] }
      }[]
    }
    const target = oracle.cases.find((item) => item.name.startsWith('next zone')) as (typeof oracle.cases)[number]
    const [x, , , y] = oracle.source.geoTransform
    const source = stack(
      's',
      null,
      { red: oracle.source.values.map((value) => value ?? NaN) },
      { x, y, size: 30, width: 41, height: 33 },
    )
    const reader = regularise(sourceOf(source), options({ method: 'bilinear' }), target)
    // a place off by 0.125 pixels changes values by up to 0.125 · the steepest difference of neighbours (about 20)
    expect(largestDifference(await readAll(reader), target.results.bilinear)).toBeLessThan(2.5)
  })

  it('reads the source in small pieces also when the target is very much coarser', async () => {
    const values = new Float32Array(5000 * 1200).fill(3)
    const scene = stack(
      's',
      '2018-04-28',
      { red: values },
      { x: 500000, y: 4600000, size: 10, width: 5000, height: 1200 },
    )
    const reader = regularise(sourceOf(scene), options({ resolution: 2000 }))
    expect([...new Set(await readAll(reader))]).toEqual([3])
    const { requests } = scene.reader as MemoryReader
    expect(Math.max(...requests.map(({ window }) => window.width))).toBeLessThanOrEqual(2100)
  })

  it('fails with satellite/no-dates where only some scenes have a date, and keeps name order where none has', () => {
    const some = sourceOf(
      stack('a', null, { red: count(12) }, west),
      stack('b', '2018-01-01', { red: count(12) }, west),
    )
    expect(() => regularise(some, options())).toThrowError(expect.objectContaining({ code: 'satellite/no-dates' }))
    const none = sourceOf(stack('b', null, { red: count(12) }, west), stack('a', null, { red: count(12) }, west))
    expect(regularise(none, options()).scenes).toEqual([['a'], ['b']])
  })

  it('refuses a request beyond the grid, and stops when cancelled', async () => {
    const reader = regularise(sourceOf(stack('a', '2018-01-01', { red: count(12) }, west)), options())
    const window = { row: 0, column: 2, height: 1, width: 3 }
    await expect(reader.read({ frames: [0], bands: [0], window })).rejects.toThrowError(
      expect.objectContaining({ code: 'satellite/request-outside' }),
    )
    const abort = new AbortController()
    abort.abort()
    await expect(
      reader.read({ frames: [0], bands: [0], window: { ...window, width: 1 } }, abort.signal),
    ).rejects.toThrowError(expect.objectContaining({ name: 'AbortError' }))
  })
})

describe('maskScenes', () => {
  const mask = maskOptionsSchema.parse({ kind: 'sentinel2-scl' })
  const fine = { x: 500000, y: 4600000, size: 10, width: 4, height: 4 }
  const coarse = { ...fine, size: 20, width: 2, height: 2 }

  it('masks 10 m bands by a 20 m classification of the same scene', async () => {
    const source = sourceOf(
      stack('day1', '2018-01-01', { B04: count(16) }, fine),
      stack('day1', '2018-01-01', { SCL: [4, 9, 4, 4] }, coarse),
      stack('day2', '2018-01-09', { B04: count(16) }, fine),
      stack('day2', '2018-01-09', { SCL: [4, 4, 3, 4] }, coarse),
    )
    const masked = maskScenes(source, mask)
    expect(masked.info.bands).toEqual(['B04'])
    const values = await readAll(regularise(masked, options()))
    expect([...values.slice(0, 16)]).toEqual([0, 1, NaN, NaN, 4, 5, NaN, NaN, 8, 9, 10, 11, 12, 13, 14, 15])
    expect([...values.slice(16)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, NaN, NaN, 10, 11, NaN, NaN, 14, 15])
  })

  it('fails with satellite/no-quality-band and names the scene that has none', () => {
    const source = sourceOf(
      stack('day1', '2018-01-01', { B04: count(16) }, fine),
      stack('day1', '2018-01-01', { SCL: [4, 9, 4, 4] }, coarse),
      stack('day2', '2018-01-09', { B04: count(16) }, fine),
    )
    expect(() => maskScenes(source, mask)).toThrowError(
      expect.objectContaining({ code: 'satellite/no-quality-band', details: { scene: 'day2', band: 'scl' } }),
    )
  })
})
