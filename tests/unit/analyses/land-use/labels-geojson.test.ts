import { describe, expect, it } from 'vitest'
import { readGeoJsonLabels } from '../../../../electron/analyses/land-use/labels-geojson.ts'
import { pixelsInside } from '../../../../electron/analyses/land-use/polygon-pixels.ts'
import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'
import { errorOf } from './error-code.ts'

/** One-degree pixels, 8 columns and 5 rows, from 10° E 45° N. */
const grid: GeoGrid = { width: 8, height: 5, geoTransform: [10, 1, 0, 45, 0, -1], crs: 'EPSG:4326' }
const options = { source: 'fields.geojson', crs: null, labelProperty: null }

function collection(...features: { properties: object; geometry: object }[]): string {
  const list = features.map((feature) => ({ type: 'Feature', ...feature }))
  return JSON.stringify({ type: 'FeatureCollection', features: list })
}

/** Closed ring around a rectangle. */
function box(left: number, top: number, right: number, bottom: number): number[][] {
  return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]] // prettier-ignore
}

function places(text: string): string[] {
  return readGeoJsonLabels(text, grid, options).map(({ column, row, label }) => `${label}@${column},${row}`)
}

describe('pixelsInside', () => {
  const size = { width: 8, height: 5 }

  it('takes the pixels whose centre lies inside a slanted triangle', () => {
    const triangle = [[[0, 0], [4, 0], [0, 3]]] as [number, number][][] // prettier-ignore
    // Row 0 reaches x = 4 - 4/3·0.5 = 3.33, row 1 x = 2, row 2 x = 0.67.
    expect(pixelsInside(triangle, size)).toEqual([[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [0, 2]]) // prettier-ignore
  })

  it('gives each centre on a common edge to exactly one of two neighbours', () => {
    const left = pixelsInside([[[0, 0], [2.5, 0], [2.5, 5], [0, 5]]], size) // prettier-ignore
    const right = pixelsInside([[[2.5, 0], [8, 0], [8, 5], [2.5, 5]]], size) // prettier-ignore
    expect(new Set([...left, ...right].map(String)).size).toBe(40)
    expect(left.length + right.length).toBe(40)
  })

  it('leaves holes out and stays within the raster', () => {
    const rings = [[[-5, -5], [3, -5], [3, 9], [-5, 9]], [[1, 1], [2, 1], [2, 3], [1, 3]]] as [number, number][][] // prettier-ignore
    const pixels = pixelsInside(rings, size).map(String)
    expect(pixels).toHaveLength(15 - 2)
    expect(pixels).not.toContain('1,2')
  })

  it('is empty for a polygon that cannot be projected', () => {
    expect(pixelsInside([[[NaN, 0], [1, 1], [0, 1]]], size)).toEqual([]) // prettier-ignore
  })
})

describe('readGeoJsonLabels', () => {
  it('labels pixels of polygons with a hole, multi-polygons and points', () => {
    const text = collection(
      {
        properties: { label: 'a' },
        geometry: { type: 'Polygon', coordinates: [box(10, 45, 13, 42), box(11, 44, 12, 43)] },
      },
      {
        properties: { label: 'b' },
        geometry: { type: 'MultiPolygon', coordinates: [[box(15, 45, 16, 44)], [box(17, 41, 18, 40)]] },
      },
      { properties: { label: 'c' }, geometry: { type: 'Point', coordinates: [14.2, 41.1, 300] } },
    )
    expect(places(text)).toEqual([
      ...['a@0,0', 'a@1,0', 'a@2,0', 'a@0,1', 'a@2,1', 'a@0,2', 'a@1,2', 'a@2,2'],
      ...['b@5,0', 'b@7,4', 'c@4,3'],
    ])
  })

  it('keeps the pixels of one feature in one group, and reads dates, numbers as labels and subsets', () => {
    const properties = { class: 7, start_date: '2019-01-01', end_date: '2020-01-01', split: 'test' }
    const text = collection({ properties, geometry: { type: 'Polygon', coordinates: [box(10, 45, 12, 44)] } })
    const [first, second] = readGeoJsonLabels(text, grid, options)
    expect(first).toMatchObject({ label: '7', from: 17897, to: 18262, subset: 'test', group: second?.group })
    expect(first?.id).not.toBe(second?.id)
  })

  it('follows the old crs member (the same point in UTM 33N)', () => {
    const feature = {
      type: 'Feature',
      properties: { label: 'a' },
      geometry: { type: 'Point', coordinates: [500828.047, 4650886.563] },
    }
    const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32633' } }
    const text = JSON.stringify({ type: 'FeatureCollection', crs, features: [feature] })
    // 15.01° E 42.01° N by pyproj 3.7.2.
    const [label] = readGeoJsonLabels(text, grid, options)
    expect([label?.column, label?.row]).toEqual([5, 2])
  })

  it('uses the property that is asked for', () => {
    const text = collection({
      properties: { crop: 'rye', label: 'x' },
      geometry: { type: 'Point', coordinates: [10.5, 44.5] },
    })
    expect(readGeoJsonLabels(text, grid, { ...options, labelProperty: 'crop' })[0]?.label).toBe('rye')
  })

  const point = { type: 'Point', coordinates: [10.5, 44.5] }
  it.each([
    ['labels/not-geojson', '{"type":'],
    ['labels/not-geojson', '{"type":"Topology"}'],
    ['labels/not-geojson', collection({ properties: { label: 'a' }, geometry: { type: 'LineString', coordinates: [[1, 2], [3, 4]] } })], // prettier-ignore
    ['labels/missing-property', collection({ properties: { name: 'a' }, geometry: point })],
    ['labels/missing-property', collection({ properties: { label: 'a' }, geometry: point }, { properties: {}, geometry: point })], // prettier-ignore
    ['labels/bad-date', collection({ properties: { label: 'a', from: '2019', to: '2020-01-01' }, geometry: point })],
    ['labels/bad-date', collection({ properties: { label: 'a', from: '2019-01-01' }, geometry: point })],
    ['labels/bad-subset', collection({ properties: { label: 'a', split: 'mine' }, geometry: point })],
    ['labels/no-samples', collection()],
    ['labels/no-samples', collection({ properties: { label: 'a' }, geometry: { type: 'Polygon', coordinates: [box(50, 5, 52, 4)] } })], // prettier-ignore
  ])('refuses with %s: %s', async (code, text) => {
    expect((await errorOf(() => readGeoJsonLabels(text, grid, options))).code).toBe(code)
  })
})
