import type { MeasuredNumbers, Measurement } from './measurement.ts'

/** What the texts of a measurement need of the page. */
export interface MeasurementTexts {
  readonly number: (value: number, digits: number) => string
  readonly t: (key: string, values?: Record<string, string | number>) => string
  /** Unit of the values: `HU`; empty where they are plain numbers. */
  readonly units: string
  /** Whether lengths are in mm. */
  readonly isCalibrated: boolean
}

/** The lines beside a measurement: lengths, angle, area, and what lies inside. */
export function measurementLines(
  measurement: Pick<Measurement, 'name' | 'kind'>,
  numbers: MeasuredNumbers,
  { number, t, units, isCalibrated }: MeasurementTexts,
): string[] {
  const unit = isCalibrated ? 'mm' : 'px'
  const value = (amount: number): string => `${number(amount, digitsFor(amount))}${units === '' ? '' : ` ${units}`}`
  const { length, shortLength, degrees, area, region } = numbers
  const lines = measurement.name === '' ? [] : [measurement.name]
  if (length !== null && shortLength !== null) lines.push(`${number(length, 1)} × ${number(shortLength, 1)} ${unit}`)
  else if (length !== null) lines.push(`${number(length, 1)} ${unit}`)
  if (degrees !== null) lines.push(`${number(degrees, 1)}°`)
  if (region) {
    lines.push(
      t('medical.stat.mean', {
        value: value(region.mean),
        deviation: number(region.deviation, digitsFor(region.deviation)),
      }),
    )
    lines.push(t('medical.stat.range', { minimum: value(region.minimum), maximum: value(region.maximum) }))
  }
  if (area !== null) lines.push(t('medical.stat.area', { value: `${number(area, 1)} ${unit}²` }))
  return lines
}

function digitsFor(amount: number): number {
  if (Number.isInteger(amount) || Math.abs(amount) >= 1000) return 0
  return Math.abs(amount) >= 10 ? 1 : 3
}

/** One row of the exported table. */
export interface ExportedMeasurement {
  readonly measurement: Measurement
  readonly numbers: MeasuredNumbers
  readonly isCalibrated: boolean
  readonly units: string
  readonly series: string
  readonly slicePositionMm: number | null
}

const columns = [
  ...['series', 'frame', 'slice_position_mm', 'kind', 'name', 'length', 'short_axis', 'length_unit', 'angle_deg'],
  ...['area', 'area_unit', 'pixels', 'mean', 'sd', 'minimum', 'maximum', 'value_unit', 'points_column_row'],
  // Empty for acquired slices; frame and points of a cut plane are those of its grid.
  'cut_plane',
]

/** Measurements as CSV: full numbers, a point as decimal mark, frames counted from 1, one header line. RFC 4180. */
export function measurementsCsv(rows: readonly ExportedMeasurement[]): string {
  const lines = rows.map(({ measurement, numbers, isCalibrated, units, series, slicePositionMm }) => {
    const { length, shortLength, degrees, area, region } = numbers
    const unit = isCalibrated ? 'mm' : 'px'
    return [
      series,
      measurement.frame + 1,
      slicePositionMm,
      measurement.kind,
      measurement.name,
      length,
      shortLength,
      length === null ? null : unit,
      degrees,
      area,
      area === null ? null : `${unit}2`,
      region?.pixels ?? null,
      region?.mean ?? null,
      region?.deviation ?? null,
      region?.minimum ?? null,
      region?.maximum ?? null,
      region ? units : null,
      measurement.points.map((point) => point.join(' ')).join('; '),
      measurement.cut ?? null,
    ]
  })
  return [columns, ...lines].map((line) => line.map(cell).join(',') + '\r\n').join('')
}

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // A text that a spreadsheet would take for a formula is kept a text.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
