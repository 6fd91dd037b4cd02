import { parse } from 'csv-parse/sync'
import { AppError } from '../../../shared/base/app-error.ts'

/** One line of a table that is not empty; lines count from 1, the header included. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** Reads CSV text with comma, semicolon or tab, whichever its first line has most of. @throws `labels/not-csv` */
export function parseCsvRows(text: string, source: string): CsvRow[] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/))
  const delimiter = [',', ';', '\t'].reduce((best, next) =>
    firstLine.split(next).length > firstLine.split(best).length ? next : best,
  )
  try {
    const options = { delimiter, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, info: true }
    const parsed = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[]
    return parsed.map(({ record, info }) => ({ line: info.lines, cells: record }))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('labels/not-csv', `"${source}" cannot be read as CSV: ${reason}`, { source }, { cause })
  }
}

/** A column's name without what people write differently: case, spaces, dashes and underscores. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '')
}

/** A text as one cell, quoted where it has to be. */
export function csvCell(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Columns of a table of labelled places by the names people give them, in order of preference; see `plainName`. */
export const placeColumns = {
  x: ['longitude', 'lon', 'long', 'lng', 'x', 'easting'],
  y: ['latitude', 'lat', 'y', 'northing'],
  from: ['from', 'startdate', 'start', 'datefrom', 'begin'],
  to: ['to', 'enddate', 'end', 'dateto', 'until'],
  label: ['label', 'class', 'classname', 'landuse', 'landcover', 'category'],
  subset: ['subset', 'split', 'set', 'partition'],
  group: ['group', 'polygon', 'polygonid', 'parcel', 'field'],
} as const
