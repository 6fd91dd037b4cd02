/** One column of a table of curves. */
export interface CurveColumn {
  readonly title: string
  /** One value per row; null where there is none. */
  readonly values: readonly (number | null)[]
}

/**
 * Curves as CSV (RFC 4180): one row per date, one column per curve; points as decimal marks, empty where there is no value.
 * @param times  dates as they are in the data, or numbers of frames
 */
export function curvesCsv(times: readonly string[], columns: readonly CurveColumn[]): string {
  const rows = times.map((time, i) => [time, ...columns.map(({ values }) => numberText(values[i] ?? null))])
  return [['date', ...columns.map(({ title }) => title)], ...rows]
    .map((row) => `${row.map(quoted).join(',')}\r\n`)
    .join('')
}

/** Values are stored in single precision, which holds seven digits. */
function numberText(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(7)))
}

function quoted(cell: string): string {
  // A cell that begins like a formula would be run by spreadsheets; numbers may begin with a minus.
  const safe = /^[=+@]|^-(?![\d.])/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
