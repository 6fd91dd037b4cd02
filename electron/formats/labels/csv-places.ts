import { AppError } from '../../../shared/base/app-error.ts'
import { createProjector } from '../../../shared/domain/geo-grid.ts'
import { parseDate } from '../dates/parse-date.ts'
import { parseCsvRows, placeColumns, plainName } from './csv-rows.ts'
import { type LabelledPlace, subsetNamed } from './place.ts'

type Column = keyof typeof placeColumns

/**
 * Reads labelled points from CSV text (comma, semicolon or tab), with the column names that the land-use task understands.
 * @param source file name, for messages
 * @param crs    projection of the coordinates; null is longitude and latitude on WGS 84
 * @throws `labels/not-csv`, `labels/missing-column`, `labels/empty-label`, `labels/bad-coordinate`, `labels/bad-date`,
 *   `labels/bad-subset`, `geo/unknown-crs`; the first bad line is named
 */
export function readCsvPlaces(text: string, source: string, crs: string | null): LabelledPlace[] {
  const [header, ...rows] = parseCsvRows(text, source)
  if (!header) return []
  const columns = findColumns(header.cells, source)
  const projector = crs === null ? null : createProjector(crs)
  return rows.map(({ line, cells }) => {
    const cell = (column: Column): string => cells[columns[column]] ?? ''
    const refuse = (code: string, what: string): AppError =>
      new AppError(code, `"${source}", line ${line}: ${what}.`, { source, line })
    const label = cell('label')
    if (label === '') throw refuse('labels/empty-label', 'the label is empty')
    const [x, y] = [coordinate(cell('x')), coordinate(cell('y'))]
    const [longitude, latitude] = projector ? projector.toLonLat(x, y) : [x, y]
    if (!(Math.abs(longitude) <= 360 && Math.abs(latitude) <= 90))
      throw refuse('labels/bad-coordinate', `"${cell('x')}, ${cell('y')}" is no place on the Earth`)
    const [from, to] = [day(cell('from')), day(cell('to'))]
    if (from === undefined || to === undefined || (from === null) !== (to === null) || (from && to && from >= to))
      throw refuse('labels/bad-date', `"${cell('from')}" to "${cell('to')}" is no interval of two dates as YYYY-MM-DD`)
    const subset = cell('subset') === '' ? undefined : subsetNamed(cell('subset'))
    if (cell('subset') !== '' && !subset)
      throw refuse('labels/bad-subset', `"${cell('subset')}" is none of train, validation and test`)
    return {
      geometry: { type: 'Point', coordinates: [longitude, latitude] },
      properties: { label, from, to, ...(subset ? { subset } : {}) },
    }
  })
}

function findColumns(header: readonly string[], source: string): Record<Column, number> {
  const names = header.map(plainName)
  const find = (known: readonly string[]): number =>
    known.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1
  const columns = Object.fromEntries(
    Object.entries(placeColumns).map(([column, known]) => [column, find(known)]),
  ) as Record<Column, number>
  const missing = (['x', 'y', 'label'] as const).filter((column) => columns[column] < 0)
  if (missing.length === 0) return columns
  const wanted = missing.map((column) => `"${placeColumns[column][0]}"`).join(' and ')
  throw new AppError(
    'labels/missing-column',
    `"${source}" has no column ${wanted}; its columns are ${header.join(', ')}.`,
    { source, columns: [...header] },
  )
}

function coordinate(text: string): number {
  return text === '' ? NaN : Number(text.replace(',', '.'))
}

/** Null for an empty text, undefined for one that is no date. */
function day(text: string): string | null | undefined {
  return text === '' ? null : (parseDate(text)?.slice(0, 10) ?? undefined)
}
