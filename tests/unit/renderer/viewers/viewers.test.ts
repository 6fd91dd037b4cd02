import { describe, expect, it } from 'vitest'
import type { DataArray } from '../../../../shared/contracts/data-array.ts'
import type { DataPlane, FrameRead } from '../../../../shared/contracts/data-plane.ts'
import { bandFormula } from '../../../../shared/imaging/quantity.ts'
import { curveValues } from '../../../../renderer/viewers/chart/curve-values.ts'
import { FrameCache } from '../../../../renderer/viewers/map/frame-cache.ts'
import { drawTransform, pixelAt, viewWindow } from '../../../../renderer/viewers/map/view-window.ts'
import { labelFindings } from '../../../../renderer/viewers/model/label-findings.ts'
import { modelLayers } from '../../../../renderer/viewers/model/model-layers.ts'
import { dateTicks, frameMoments, nearestFrame } from '../../../../renderer/viewers/time/time-scale.ts'

const grid = { width: 5000, height: 3000, geoTransform: [1000, 10, 0, 90_000, 0, -10] as const }

describe('the window that a view reads', () => {
  it('is the whole frame while the frame is small, and nothing beside it', () => {
    const small = { ...grid, width: 40, height: 30 }
    expect(viewWindow(small, [1000, 89_900, 1100, 90_000], 1)).toEqual({
      window: { row: 0, column: 0, height: 30, width: 40 },
      outHeight: 30,
      outWidth: 40,
    })
    expect(viewWindow(small, [0, 0, 900, 900], 1)).toBeNull()
  })

  it('is cut to blocks of 256 pixels of a large frame, at full detail when enlarged', () => {
    // Columns 300-400 and rows 100-600.
    expect(viewWindow(grid, [4000, 84_000, 5000, 89_000], 5)).toEqual({
      window: { row: 0, column: 256, height: 768, width: 256 },
      outHeight: 768,
      outWidth: 256,
    })
  })

  it('loses detail in steps of two when the view is reduced', () => {
    const read = viewWindow(grid, [1000, 60_000, 51_000, 90_000], 45)
    expect(read).toEqual({ window: { row: 0, column: 0, height: 3000, width: 5000 }, outHeight: 750, outWidth: 1250 })
  })

  it('is drawn where its corner lies, with one read pixel as large as the pixels it stands for', () => {
    const read = { window: { row: 256, column: 512, height: 512, width: 256 }, outHeight: 256, outWidth: 128 }
    // Corner at x 6120, y 87440; the view begins at x 1120, y 90000 with 20 units to the pixel.
    expect(drawTransform(grid, read, { extent: [1120, 0, 9000, 90_000], resolution: 20 })).toEqual([
      1, 0, 0, 1, 250, 128,
    ])
  })

  it('knows the pixel under a place, and that there is none outside', () => {
    expect(pixelAt(grid, 1034, 89_989)).toEqual({ row: 1, column: 3 })
    expect(pixelAt(grid, 999, 89_989)).toBeNull()
  })
})

describe('time', () => {
  const times = ['2019-01-01', '2019-01-17', '2019-12-19', '2020-03-01']
  const moments = frameMoments(times, 4)

  it.each([
    ['2018-06-01', 0],
    ['2019-01-08', 0],
    ['2019-01-10', 1],
    ['2019-12-01', 2],
    ['2025-01-01', 3],
  ])('finds the frame nearest to %s', (day, frame) => {
    expect(nearestFrame(moments, Date.parse(`${day}T00:00:00Z`))).toBe(frame)
  })

  it('marks years, and months as far as there is room', () => {
    const names = dateTicks(moments, 300, (moment) => String(new Date(moment).getUTCMonth() + 1)).map(
      ({ label }) => label,
    )
    expect(names).toEqual(['2019', '4', '7', '10', '2020'])
  })

  it('counts frames that have no dates', () => {
    expect(frameMoments(null, 3)).toEqual([0, 1, 2])
  })
})

describe('curves', () => {
  const series = {
    row: 0,
    column: 0,
    values: [
      [1, null, 3],
      [3, 5, -3],
    ],
  }
  it('gives a band, or an index without what cannot be computed', () => {
    expect(curveValues(series, 1)).toEqual([3, 5, -3])
    expect(curveValues(series, bandFormula('(b - a) / (b + a)', ['a', 'b'], null))).toEqual([0.5, null, null])
  })
})

describe('what is said before a training', () => {
  it('stops without labels, and with a single class', () => {
    expect(labelFindings(new Map([['a', 0]]), 0)).toEqual([{ kind: 'no-labels', blocks: true }])
    expect(
      labelFindings(
        new Map([
          ['a', 30],
          ['b', 0],
        ]),
        0,
      ),
    ).toEqual([{ kind: 'one-class', blocks: true }])
  })

  it('names rare classes and unevenness, and labels without a time', () => {
    expect(
      labelFindings(
        new Map([
          ['a', 200],
          ['b', 10],
          ['c', 90],
        ]),
        4,
      ),
    ).toEqual([
      { kind: 'few', blocks: false, label: 'b', count: 10 },
      { kind: 'imbalance', blocks: false, most: 'a', least: 'b', ratio: 20 },
      { kind: 'no-time', blocks: false },
    ])
  })

  it('draws a stacked bidirectional LSTM with the shapes of its settings', () => {
    const layers = modelLayers('bi-lstm', (key) => (key === 'units' ? '32,16' : ''), 6, 5)
    expect(layers.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      ' [time, 6]',
      'LSTM 32 [time, 64]',
      'LSTM 16 [32]',
      'Dense [5]',
    ])
    expect(modelLayers('unheard-of', () => '', 6, 5)).toEqual([])
  })
})

describe('the cache of frames', () => {
  const read: FrameRead = {
    kind: 'frame',
    frame: 0,
    bands: [0],
    window: { row: 0, column: 0, height: 1, width: 2 },
    outHeight: 1,
    outWidth: 2,
    resampling: 'nearest',
  }
  function counting(): { plane: DataPlane; asked: number[] } {
    const asked: number[] = []
    const plane: DataPlane = {
      read: (_handle, wanted) => {
        const frame = wanted.kind === 'frame' ? wanted.frame : -1
        asked.push(frame)
        const array: DataArray = { type: 'float32', shape: [1, 1, 2], values: Float32Array.of(frame, 1), remarks: {} }
        return Promise.resolve(array)
      },
    }
    return { plane, asked }
  }

  it('asks once for what is asked twice at the same time', async () => {
    const { plane, asked } = counting()
    const cache = new FrameCache(plane)
    await Promise.all([cache.read('a', read), cache.read('a', read)])
    await cache.read('a', read)
    expect(asked).toEqual([0])
  })

  it('lets go of the frame that was used longest ago when it is full', async () => {
    const { plane, asked } = counting()
    const cache = new FrameCache(plane, 16)
    await cache.read('a', read)
    await cache.read('a', { ...read, frame: 1 })
    cache.peek('a', read)
    await cache.read('a', { ...read, frame: 2 })
    expect([cache.peek('a', read) !== null, cache.peek('a', { ...read, frame: 1 })]).toEqual([true, null])
    expect(asked).toEqual([0, 1, 2])
  })
})
