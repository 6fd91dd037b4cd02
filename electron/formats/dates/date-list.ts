import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { parseDate } from './parse-date.ts'

/** A file that lists the dates of a stack, one per band, in the order of the bands. */
export interface DateList {
  readonly path: string
  readonly dates: readonly string[]
}

const telling = /^(timeline|time|times|timestamps?|dates?|acquisitions?)$/i
const maximumBytes = 1024 * 1024

/** Whether a file's name alone says that it lists dates (`timeline`, `dates.txt`, `timestamps.json`). */
export function isDateListName(path: string): boolean {
  return telling.test(basename(path, extname(path)))
}

/**
 * Reads a list of dates: one per line, a JSON array, or the first column of a CSV.
 * @returns null when the file is something else (only for names that do not promise dates)
 * @throws `sequence/bad-date` when the name promises dates and a line is none
 */
export async function readDateList(path: string): Promise<DateList | null> {
  const isTelling = isDateListName(path)
  if ((await stat(path)).size > maximumBytes) return null
  const text = await readFile(path, 'utf8')
  const cells = extname(path).toLowerCase() === '.json' ? jsonCells(text) : lineCells(text, isTelling)
  if (!cells || cells.length === 0) return null
  const dates: string[] = []
  for (const [i, cell] of cells.entries()) {
    const date = parseDate(cell)
    if (date !== null) dates.push(date)
    // A heading is no date.
    else if (i === 0 && cells.length > 1 && !/\d/.test(cell)) continue
    else if (isTelling)
      throw new AppError(
        'sequence/bad-date',
        `Line ${i + 1} of "${path}" is not a date: "${cell.slice(0, 40)}". Write one date per line, like 2007-09-14.`,
        { path, line: i + 1 },
      )
    else return null
  }
  return dates.length > 0 ? { path, dates } : null
}

function jsonCells(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  } catch {
    // Not JSON after all; then it is no list of dates.
  }
  return null
}

function lineCells(text: string, isTelling: boolean): string[] | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const cells: string[] = []
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue
    const columns = line.split(/[,;\t]/)
    // A table with more columns (samples, profiles) is no list unless its name says so.
    if (columns.length > 1 && !isTelling) return null
    cells.push((columns[0] ?? '').trim())
  }
  return cells
}
