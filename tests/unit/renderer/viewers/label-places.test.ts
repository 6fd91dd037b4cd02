import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSamePixels, type PixelSet } from '../../../../shared/domain/label-pixels.ts'
import type { LabelFeature } from '../../../../shared/domain/label-collection.ts'
import { framePlace, insideFrame, toFrame, toStage } from '../../../../renderer/viewers/labels/frame-place.ts'
import { intervalAt, trackRow } from '../../../../renderer/viewers/labels/paint-tracks.ts'
import {
  framesAt,
  frameX,
  moved,
  snapped,
  trackTicks,
  zoomed,
} from '../../../../renderer/viewers/labels/track-scale.ts'
import {
  erasePixels,
  geometryOfPixels,
  pixelsOfGeometry,
  withPixels,
} from '../../../../renderer/viewers/map/label-geometry.ts'

const pixelSets = fc
  .array(fc.constantFrom(0, 1), { minLength: 63, maxLength: 63 })
  .map((bits): PixelSet => ({ column: 3, row: 2, width: 9, height: 7, bits: Uint8Array.from(bits) }))
/** Grids as they come: metres, degrees, turned by an angle, rows upwards. */
const grids = fc.constantFrom<readonly [number, number, number, number, number, number]>(
  [600000, 30, 0, 8660000, 0, -30],
  [-56.1, 0.000269, 0, -12.12, 0, -0.000269],
  [100, 8, 3, 200, 3, -8],
  [0, 1, 0, 0, 0, 1],
)

describe('areas along the pixels of a map', () => {
  it('hold the centres of exactly the painted pixels, in map units too (any pixels, any grid)', () => {
    fc.assert(
      fc.property(pixelSets, grids, (set, geoTransform) => {
        const grid = { width: 20, height: 15, geoTransform }
        const geometry = geometryOfPixels(set, geoTransform)
        if (!geometry) return !set.bits.includes(1)
        return isSamePixels(pixelsOfGeometry(geometry, grid), set)
      }),
    )
  })

  it('grow by what is painted, and lose what is erased', () => {
    const grid = { width: 20, height: 15, geoTransform: [0, 10, 0, 150, 0, -10] as const }
    const square: LabelFeature = {
      type: 'Feature',
      id: 'a',
      geometry: { type: 'Polygon', coordinates: [[[0, 150], [30, 150], [30, 120], [0, 120], [0, 150]]] }, // prettier-ignore
      properties: { label: 'x', from: null, to: null },
    }
    const pixel: PixelSet = { column: 3, row: 0, width: 1, height: 1, bits: Uint8Array.of(1) }
    expect(withPixels(square.geometry, pixel, grid)).toEqual({
      type: 'Polygon',
      coordinates: [[[40, 150], [40, 140], [30, 140], [30, 120], [0, 120], [0, 150], [40, 150]]], // prettier-ignore
    })
    expect(erasePixels([square], pixel, grid)).toEqual({ changed: [], removed: [] })
    const all: PixelSet = { column: 0, row: 0, width: 3, height: 3, bits: new Uint8Array(9).fill(1) }
    expect(erasePixels([square], all, grid)).toEqual({ changed: [], removed: ['a'] })
    const [hole] = erasePixels([square], { ...pixel, column: 1, row: 1 }, grid).changed
    expect(hole?.geometry.type === 'Polygon' && hole.geometry.coordinates.length).toBe(2)
  })
})

describe('the place of a frame on the stage', () => {
  it('leads there and back, also where it is turned and mirrored', () => {
    const view = {
      toFrame: () => null,
      toStage: (column: number, row: number): [number, number] => [300 - 2 * row, 40 + 3 * column],
    }
    const place = framePlace(view, 100, 50)
    if (!place) throw new Error('no place')
    expect(toStage(place, [10.5, 4])).toEqual([292, 71.5])
    const [column, row] = toFrame(place, [292, 71.5])
    expect([column, row]).toEqual([10.5, 4])
    expect(insideFrame(place, [-3, 70])).toEqual([0, 50])
    expect(framePlace(null, 100, 50)).toBeNull()
    expect(framePlace({ ...view, toStage: () => [5, 5] }, 100, 50)).toBeNull()
  })
})

describe('tracks', () => {
  const scale = { start: 100, span: 200, width: 400 }
  it('zoom around the pointer, within the frames there are', () => {
    const closer = zoomed(scale, 1000, 0.5, 300)
    expect([closer.span, framesAt(closer, 300)]).toEqual([100, framesAt(scale, 300)])
    expect(zoomed(scale, 1000, 100, 0)).toMatchObject({ start: 0, span: 1000 })
    expect(moved(scale, 1000, 5000).start).toBe(800)
  })

  it('snap to what is within reach only', () => {
    expect([snapped(10.4, [14, 12, 9], 2), snapped(10.4, [14], 2)]).toEqual([9, 10])
  })

  it('find the interval and its edges under the pointer among thousands', () => {
    const intervals = Array.from({ length: 5000 }, (_, i) => ({
      kind: 'interval' as const,
      id: `i${i}`,
      sequence: 's',
      label: 'x',
      from: i * 40,
      to: i * 40 + 30,
    }))
    const row = trackRow('x', '#000000', false, [...intervals].reverse())
    const edge = (frame: number) => {
      const hit = intervalAt(row, scale, frameX(scale, frame))
      return hit && [hit.interval.id, hit.edge]
    }
    expect([edge(120.5), edge(135), edge(149.5), edge(155)]).toEqual([['i3', 'from'], ['i3', 'both'], ['i3', 'to'], null]) // prettier-ignore
  })

  it('find an interval that lies within a longer one that was imported', () => {
    const made = (id: string, from: number, to: number) => ({
      kind: 'interval' as const,
      id,
      sequence: 's',
      label: 'x',
      from,
      to,
    })
    const row = trackRow('x', '#000000', false, [made('short', 110, 120), made('long', 0, 900)])
    expect(intervalAt(row, scale, frameX(scale, 250))?.interval.id).toBe('long')
  })

  it('write the time at round seconds, not closer than asked for', () => {
    expect(trackTicks({ start: 0, span: 250, width: 500 }, 25)).toEqual([0, 50, 100, 150, 200, 250])
    expect(trackTicks({ start: 0, span: 100, width: 500 }, null)).toEqual([0, 20, 40, 60, 80, 100])
  })
})
