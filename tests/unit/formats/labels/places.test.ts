import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readCsvLabels } from '../../../../electron/analyses/land-use/labels-csv.ts'
import { readGeoJsonLabels } from '../../../../electron/analyses/land-use/labels-geojson.ts'
import { readCsvPlaces } from '../../../../electron/formats/labels/csv-places.ts'
import { readGeoJsonPlaces } from '../../../../electron/formats/labels/geojson-places.ts'
import type { LabelledPlace } from '../../../../electron/formats/labels/place.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { type GeoGrid, gridProjector, mapToPixel } from '../../../../shared/domain/geo-grid.ts'

const sample = (name: string): string =>
  readFileSync(new URL(`../../../../resources/samples/crops/${name}`, import.meta.url), 'utf8')
const grid: GeoGrid = { width: 48, height: 48, geoTransform: [600000, 30, 0, 8660000, 0, -30], crs: 'EPSG:32721' }
const projector = gridProjector(grid)
const day = (date: string | null): number | null => (date === null ? null : Date.parse(date) / 86_400_000)

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'no error'
}

function pixelOf({ geometry }: LabelledPlace): [number, number] {
  if (geometry.type !== 'Point') throw new Error('points only')
  const [column, row] = mapToPixel(grid.geoTransform, ...projector.toMap(...geometry.coordinates))
  return [Math.floor(column), Math.floor(row)]
}

describe('labelled places', () => {
  it('are the same points, classes and dates that training reads from the table', () => {
    const text = sample('samples.csv')
    const shown = readCsvPlaces(text, 'samples.csv', null)
    const learned = readCsvLabels(text, grid, { source: 'samples.csv', crs: null })
    expect(shown.length).toBe(246)
    expect(
      shown.map((place) => [
        ...pixelOf(place),
        place.properties.label,
        day(place.properties.from),
        day(place.properties.to),
      ]),
    ).toEqual(learned.map(({ column, row, label, from, to }) => [column, row, label, from, to]))
  })

  it('are the same areas, classes and dates that training reads from GeoJSON', () => {
    const text = sample('fields.geojson')
    const shown = readGeoJsonPlaces(text, 'fields.geojson')
    const options = { source: 'fields.geojson', crs: null, labelProperty: null }
    const learned = readGeoJsonLabels(text, grid, options)
    const groups = [...new Map(learned.map((pixel) => [pixel.group, pixel])).values()]
    expect(shown.map(({ properties }) => [properties.label, day(properties.from), day(properties.to)])).toEqual(
      groups.map(({ label, from, to }) => [label, from, to]),
    )
  })

  it('take other separators, names, projections and subsets', () => {
    const text = 'class;northing;easting;set\nforest;8659985;600045;training\n"a;b";8659000;601000;\n'
    const [first, second] = readCsvPlaces(text, 'x.csv', 'EPSG:32721')
    expect(first && pixelOf(first)).toEqual([1, 0])
    expect(first?.properties).toEqual({ label: 'forest', from: null, to: null, subset: 'train' })
    expect(second?.properties).toEqual({ label: 'a;b', from: null, to: null })
  })

  it('take the projection that a GeoJSON file names', () => {
    const feature = (geometry: object) => ({ type: 'Feature', properties: { class: 7 }, geometry })
    const text = JSON.stringify({
      type: 'FeatureCollection',
      crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32721' } },
      features: [
        feature({
          type: 'MultiPoint',
          coordinates: [
            [600045, 8659985, 12],
            [600075, 8659955],
          ],
        }),
      ],
    })
    const places = readGeoJsonPlaces(text, 'x.geojson')
    expect(places.map(pixelOf)).toEqual([
      [1, 0],
      [2, 1],
    ])
    expect(places[0]?.properties.label).toBe('7')
  })

  it.each([
    ['no latitude', 'lon,label\n1,a\n', 'labels/missing-column'],
    ['an empty label', 'lon,lat,label\n1,2,\n', 'labels/empty-label'],
    ['metres without a projection', 'x,y,label\n600045,8659985,a\n', 'labels/bad-coordinate'],
    ['no number', 'x,y,label\nhere,2,a\n', 'labels/bad-coordinate'],
    ['a date that does not exist', 'x,y,label,from,to\n1,2,a,2020-02-30,2020-03-01\n', 'labels/bad-date'],
    ['an end before its start', 'x,y,label,from,to\n1,2,a,2020-03-01,2020-02-01\n', 'labels/bad-date'],
    ['a start without an end', 'x,y,label,from\n1,2,a,2020-03-01\n', 'labels/bad-date'],
    ['an unknown subset', 'x,y,label,split\n1,2,a,other\n', 'labels/bad-subset'],
    ['an open quote', 'x,y,label\n1,2,"a\n', 'labels/not-csv'],
  ])('are refused in a table with %s', (_what, text, code) => {
    expect(codeOf(() => readCsvPlaces(text, 'x.csv', null))).toBe(code)
  })

  it.each([
    ['no JSON', '{', 'labels/not-geojson'],
    [
      'a line',
      '{"type":"Feature","properties":{"label":"a"},"geometry":{"type":"LineString","coordinates":[[0,0],[1,1]]}}',
      'labels/not-geojson',
    ],
    [
      'no class',
      '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[0,0]}}',
      'labels/missing-property',
    ],
    [
      'metres',
      '{"type":"Feature","properties":{"label":"a"},"geometry":{"type":"Point","coordinates":[600000,0]}}',
      'labels/bad-coordinate',
    ],
    [
      'no date',
      '{"type":"Feature","properties":{"label":"a","from":"x","to":"y"},"geometry":{"type":"Point","coordinates":[0,0]}}',
      'labels/bad-date',
    ],
  ])('are refused in GeoJSON with %s', (_what, text, code) => {
    expect(codeOf(() => readGeoJsonPlaces(text, 'x.geojson'))).toBe(code)
  })
})
