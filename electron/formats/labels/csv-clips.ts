import { AppError } from '../../../shared/base/app-error.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import { type CsvRow, csvCell, parseCsvRows, plainName } from './csv-rows.ts'
import { subsetNamed } from './place.ts'

/** Header names that are understood, in order of preference; case, spaces, dashes and underscores do not matter. */
const aliases = {
  path: ['path', 'file', 'filename', 'clip', 'video', 'sequence'],
  label: ['label', 'class', 'classname', 'action', 'category'],
  group: ['group', 'source', 'subject', 'person', 'patient'],
  split: ['split', 'subset', 'set', 'partition'],
  start: ['start', 'from', 'begin', 'starttime'],
  end: ['end', 'to', 'until', 'endtime'],
} as const
type Column = keyof typeof aliases

/** A class of a clip, or of a part of it, as a table states it. */
export interface LabelledClip {
  readonly line: number
  /** The clip's file below the folder of the table, with `/`. */
  readonly path: string
  readonly label: string
  readonly group: string | null
  readonly subset: Subset | null
  /** Seconds from the first frame, [start, end); null is the whole clip. */
  readonly span: { readonly start: number; readonly end: number } | null
}

/** Whether a CSV text is a table of clips: it names files and has no coordinates. */
export function isClipTable(text: string): boolean {
  const names = (parseCsvRows(text.slice(0, text.search(/[\r\n]|$/)), '')[0]?.cells ?? []).map(plainName)
  const has = (known: readonly string[]): boolean => known.some((name) => names.includes(name))
  return has(aliases.path) && has(aliases.label) && !has(['longitude', 'lon', 'lng', 'easting'])
}

/**
 * Reads a table of labelled clips: `path, label, group, split, start, end`, in any order, with comma, semicolon or tab; all but
 * the first two may be missing. `start` and `end` are seconds, both or neither.
 * @param source file name, for messages
 * @throws `labels/not-csv`, `labels/missing-column`, `labels/empty-label`, `labels/bad-span`, `labels/bad-subset`; the first bad line is named
 */
export function readCsvClips(text: string, source: string): LabelledClip[] {
  const [header, ...rows] = parseCsvRows(text, source)
  if (!header) return []
  const columns = findColumns(header.cells, source)
  return rows.map((row) => readClip(row, columns, source))
}

/** Labelled clips as such a table. */
export function clipsToCsv(clips: readonly Omit<LabelledClip, 'line'>[]): string {
  const lines = clips.map(({ path, label, group, subset, span }) =>
    [
      csvCell(path),
      csvCell(label),
      csvCell(group ?? ''),
      subset ?? '',
      seconds(span?.start),
      seconds(span?.end),
    ].join(),
  )
  return ['path,label,group,split,start,end', ...lines, ''].join('\n')
}

function readClip({ line, cells }: CsvRow, columns: Record<Column, number>, source: string): LabelledClip {
  const cell = (column: Column): string => cells[columns[column]] ?? ''
  const refuse = (code: string, what: string): AppError =>
    new AppError(code, `"${source}", line ${line}: ${what}.`, { source, line })
  const [path, label] = [cell('path').replaceAll('\\', '/'), cell('label')]
  if (path === '') throw refuse('labels/missing-column', 'the path is empty')
  if (label === '') throw refuse('labels/empty-label', 'the label is empty')
  const subset = cell('split') === '' ? null : subsetNamed(cell('split'))
  if (subset === undefined)
    throw refuse('labels/bad-subset', `"${cell('split')}" is none of train, validation and test`)
  const [start, end] = [cell('start'), cell('end')]
  const span = start === '' && end === '' ? null : { start: Number(start || NaN), end: Number(end || NaN) }
  if (span && !(span.start >= 0 && span.end > span.start && Number.isFinite(span.end)))
    throw refuse('labels/bad-span', `"${start}" to "${end}" is no span of seconds with an end after its start`)
  return { line, path, label, group: cell('group') || null, subset, span }
}

function findColumns(header: readonly string[], source: string): Record<Column, number> {
  const names = header.map(plainName)
  const columns = Object.fromEntries(
    Object.entries(aliases).map(([column, known]) => [
      column,
      known.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1,
    ]),
  ) as Record<Column, number>
  const missing = (['path', 'label'] as const).filter((column) => columns[column] < 0)
  if (missing.length === 0) return columns
  const wanted = missing.map((column) => `"${aliases[column][0]}"`).join(' and ')
  throw new AppError(
    'labels/missing-column',
    `"${source}" has no column ${wanted}; its columns are ${header.join(', ')}.`,
    { source, columns: [...header] },
  )
}

/** Up to a microsecond, without trailing zeros. */
function seconds(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toFixed(6)))
}
