import { AppError } from '../../../shared/base/app-error.ts'
import { type GeoGrid, createProjector, gridProjector, mapToPixel } from '../../../shared/domain/geo-grid.ts'
import { type CsvRow, parseCsvRows, placeColumns, plainName } from '../../formats/labels/csv-rows.ts'
import { subsetNamed } from '../../formats/labels/place.ts'
import { parseDay } from './calendar.ts'
import type { LabelCandidate } from './label-candidate.ts'

/** How to read a CSV file of labelled points. */
export interface CsvLabelOptions {
  /** File name for messages and ids. */
  readonly source: string
  /** Projection of the coordinates (PROJ string, WKT or EPSG code); null means longitude and latitude on WGS 84. */
  readonly crs: string | null
}

type Column = keyof typeof placeColumns

/**
 * Reads labelled points from CSV text: `longitude, latitude, from, to, label`, in any order, quoted or not, separated
 * by comma, semicolon or tab, with the common other names for the columns (`lon`, `start_date`, `class` ...). The two
 * date columns may both be missing. Columns `split` (train, validation, test) and `group` are used where present.
 * @throws `labels/missing-column`, `labels/bad-coordinate`, `labels/bad-date`, `labels/empty-label`,
 *   `labels/bad-subset`, `labels/no-samples`, `labels/not-csv`; details name the lines
 */
export function readCsvLabels(text: string, grid: GeoGrid, options: CsvLabelOptions): LabelCandidate[] {
  const [header, ...rows] = parseCsvRows(text, options.source)
  if (!header || rows.length === 0)
    throw new AppError(
      'labels/no-samples',
      `"${options.source}" holds no labels; one line per labelled point is expected.`,
      {
        source: options.source,
      },
    )
  const columns = findColumns(header.cells, options.source)
  const cell = (row: CsvRow, column: Column): string => row.cells[columns[column] ?? -1] ?? ''
  rejectRows(rows, 'labels/empty-label', 'has an empty label', options.source, (row) => cell(row, 'label') !== '')

  const toPixel = pixelFinder(grid, options)
  const places = rows.map((row) => toPixel(coordinate(cell(row, 'x')), coordinate(cell(row, 'y'))))
  rejectRows(
    rows,
    'labels/bad-coordinate',
    options.crs === null
      ? 'has coordinates that are not a longitude and latitude in degrees (give the projection if they are in metres)'
      : 'has coordinates that are not numbers in the given projection',
    options.source,
    (_, i) => places[i] !== null,
  )

  const dates = rows.map((row) => ({ from: day(cell(row, 'from')), to: day(cell(row, 'to')) }))
  rejectRows(
    rows,
    'labels/bad-date',
    'has a date that is not written as YYYY-MM-DD, or an end that is not after its start',
    options.source,
    (_, i) => isInterval(dates[i]?.from ?? null, dates[i]?.to ?? null),
  )
  rejectRows(
    rows,
    'labels/bad-subset',
    'names a subset other than train, validation or test',
    options.source,
    (row) => cell(row, 'subset') === '' || subsetNamed(cell(row, 'subset')) !== undefined,
  )

  return rows.map((row, i) => ({
    id: `${options.source}:${row.line}`,
    place: `line ${row.line}`,
    column: places[i]?.[0] ?? NaN,
    row: places[i]?.[1] ?? NaN,
    from: dates[i]?.from ?? null,
    to: dates[i]?.to ?? null,
    label: cell(row, 'label'),
    group: cell(row, 'group') === '' ? null : cell(row, 'group'),
    subset: subsetNamed(cell(row, 'subset')) ?? null,
  }))
}

function findColumns(header: readonly string[], source: string): Record<Column, number> {
  const names = header.map(plainName)
  const columns = Object.fromEntries(
    Object.entries(placeColumns).map(([column, known]) => [
      column,
      known.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1,
    ]),
  ) as Record<Column, number>
  const onlyOneDate = columns.from >= 0 !== columns.to >= 0
  const needed: Column[] = onlyOneDate ? ['x', 'y', 'label', 'from', 'to'] : ['x', 'y', 'label']
  const missing = needed.filter((column) => columns[column] < 0).map((column) => placeColumns[column][0])
  if (missing.length > 0)
    throw new AppError(
      'labels/missing-column',
      `"${source}" has no column ${missing.map((name) => `"${name}"`).join(' or ')}; its columns are ${header.map((name) => `"${name}"`).join(', ')}.`,
      { source, missing, columns: [...header] },
    )
  return columns
}

/** Fails with all rows that break a rule; the message lists the first three. */
function rejectRows(
  rows: readonly CsvRow[],
  code: string,
  what: string,
  source: string,
  isGood: (row: CsvRow, index: number) => boolean,
): void {
  const bad = rows.filter((row, i) => !isGood(row, i))
  if (bad.length === 0) return
  const shown = bad.slice(0, 3).map((row) => `line ${row.line} (${row.cells.join(', ')})`)
  const more = bad.length > shown.length ? ` and ${bad.length - shown.length} more` : ''
  throw new AppError(code, `"${source}": ${shown.join('; ')}${more} ${what}.`, {
    source,
    count: bad.length,
    lines: bad.slice(0, 20).map((row) => row.line),
  })
}

/** Gives the function from file coordinates to a pixel; it answers null for what is no coordinate. */
function pixelFinder(grid: GeoGrid, options: CsvLabelOptions): (x: number, y: number) => [number, number] | null {
  const target = gridProjector(grid)
  const own = options.crs === null ? null : createProjector(options.crs)
  return (x, y) => {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return null
    const [longitude, latitude] = own === null ? [x, y] : own.toLonLat(x, y)
    if (!(Math.abs(longitude) <= 360 && Math.abs(latitude) <= 90)) return null
    const [column, row] = mapToPixel(grid.geoTransform, ...target.toMap(longitude, latitude))
    // A place where the raster's projection is not defined lies outside the raster.
    return Number.isFinite(column) && Number.isFinite(row) ? [Math.floor(column), Math.floor(row)] : [-1, -1]
  }
}

function coordinate(text: string): number {
  return text === '' ? NaN : Number(text.replace(',', '.'))
}

/** NaN for a text that is no date, null for no text. */
function day(text: string): number | null {
  return text === '' ? null : (parseDay(text) ?? NaN)
}

function isInterval(from: number | null, to: number | null): boolean {
  if (from === null || to === null) return from === to
  return from < to
}
