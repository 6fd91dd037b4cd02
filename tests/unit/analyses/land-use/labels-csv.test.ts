import { describe, expect, it } from 'vitest'
import { parseDay } from '../../../../electron/analyses/land-use/calendar.ts'
import { readCsvLabels } from '../../../../electron/analyses/land-use/labels-csv.ts'
import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'
import { errorOf } from './error-code.ts'

/** Half-degree pixels, 10 columns and 6 rows, from 20° E 50° N. */
const grid: GeoGrid = { width: 10, height: 6, geoTransform: [20, 0.5, 0, 50, 0, -0.5], crs: 'EPSG:4326' }
const wgs84 = { source: 'samples.csv', crs: null }

describe('readCsvLabels', () => {
  it('reads quoted values, and finds pixel, interval and class', () => {
    const text = '"longitude","latitude","from","to","label"\n22.26,48.9,"2010-09-01","2011-09-01","Soy, maize"\n'
    expect(readCsvLabels(text, grid, wgs84)).toEqual([
      {
        id: 'samples.csv:2',
        place: 'line 2',
        column: 4,
        row: 2,
        from: parseDay('2010-09-01'),
        to: parseDay('2011-09-01'),
        label: 'Soy, maize',
        group: null,
        subset: null,
      },
    ])
  })

  it('understands other names, another order, semicolons, decimal commas, a byte order mark and CRLF', () => {
    const text =
      '\uFEFFClass;Start_Date;END DATE;Lat;Lon;Split;Polygon ID\r\nForest;20100901;20110901;48,9;22,26;VAL;p7\r\n'
    const [label] = readCsvLabels(text, grid, wgs84)
    expect(label).toMatchObject({ label: 'Forest', column: 4, row: 2, subset: 'validation', group: 'p7' })
    expect(label?.from).toBe(parseDay('2010-09-01'))
  })

  it('takes coordinates in a given projection (UTM 34N beside the same place in degrees)', () => {
    // 21.3° E 49.6° N by pyproj 3.7.2.
    const text = 'x,y,label\n521677.961,5494201.636,Wheat\n'
    const [label] = readCsvLabels(text, grid, { source: 'utm.csv', crs: 'EPSG:32634' })
    expect([label?.column, label?.row]).toEqual([2, 0])
  })

  it('leaves dates open when both columns are missing', () => {
    const [label] = readCsvLabels('lon,lat,label\n22,49,a\n', grid, wgs84)
    expect([label?.from, label?.to]).toEqual([null, null])
  })

  it('keeps places outside the raster for the later check', () => {
    const [label] = readCsvLabels('lon,lat,label\n19.9,49,a\n', grid, wgs84)
    expect(label?.column).toBe(-1)
  })

  it.each([
    ['labels/missing-column', 'lon,lat,from,to\n22,49,2010-01-01,2010-02-01\n', { missing: ['label'] }],
    ['labels/missing-column', 'lon,lat,from,label\n22,49,2010-01-01,a\n', { missing: ['to'] }],
    [
      'labels/bad-date',
      'lon,lat,from,to,label\n22,49,2010-01-01,2011-01-01,a\n22,49,2010-02-30,2011-01-01,a\n',
      { lines: [3] },
    ],
    ['labels/bad-date', 'lon,lat,from,to,label\n22,49,01/02/2010,2011-01-01,a\n', { lines: [2] }],
    ['labels/bad-date', 'lon,lat,from,to,label\n22,49,2011-01-01,2011-01-01,a\n', { lines: [2] }],
    ['labels/bad-coordinate', 'lon,lat,label\n22,49,a\n\nabc,49,a\n22,,a\n', { lines: [4, 5], count: 2 }],
    ['labels/bad-coordinate', 'lon,lat,label\n521673,5494180,a\n', { lines: [2] }],
    ['labels/empty-label', 'lon,lat,label\n22,49,\n', { lines: [2] }],
    ['labels/bad-subset', 'lon,lat,label,split\n22,49,a,holdout\n', { lines: [2] }],
    ['labels/no-samples', 'lon,lat,label\n', {}],
    ['labels/no-samples', '', {}],
    ['labels/not-csv', 'lon,lat,label\n22,49,"a\n', {}],
  ])('refuses with %s and names the lines: %j', async (code, text, details) => {
    const error = await errorOf(() => readCsvLabels(text, grid, wgs84))
    expect(error.code).toBe(code)
    expect(error.details).toMatchObject(details)
    expect(error.message).toContain('samples.csv')
  })
})
