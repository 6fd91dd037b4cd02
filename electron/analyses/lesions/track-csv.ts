import { csvCell } from '../../formats/labels/csv-rows.ts'
import type { HtmlReport } from './track-html.ts'

/**
 * One line for each lesion and study; lengths in mm, volumes in ml, empty where there is nothing. Role and kind are those of the
 * response, the organ is the reader's.
 */
export function trackCsv({ lesions, measurements, studies, response, notes }: HtmlReport): string {
  const head = [
    ...[
      'lesion',
      'study',
      'date',
      'event',
      'found',
      'long_axis_mm',
      'short_axis_mm',
      'volume_ml',
      'volume_change_percent',
    ],
    ...['long_axis_change_percent', 'volume_doubling_days', 'mean', 'standard_deviation', 'minimum', 'maximum'],
    ...['centre_x_mm', 'centre_y_mm', 'centre_z_mm', 'slice', 'voxels', 'role', 'kind', 'organ'],
  ]
  const byId = new Map(measurements.map((entry) => [entry.id, entry]))
  const number = (value: number | null | undefined): string =>
    value === null || value === undefined ? '' : String(Number(value.toFixed(4)))
  const roles = new Map(response.roles.map((one) => [one.track, one]))
  const readerColumns = (track: number): string[] => {
    const { role, kind } = roles.get(track) ?? { role: 'new', kind: notes?.get(track)?.type ?? 'lesion' }
    return [role, kind, csvCell(notes?.get(track)?.organ ?? '')]
  }
  const lines = lesions.flatMap((track) =>
    studies.map(({ study, date }) => {
      const id = track.lesions[study] ?? ''
      const entry = byId.get(id)
      const { measures } = entry ?? {}
      return [
        track.number,
        study + 1,
        date ?? '',
        track.events[study] ?? '',
        csvCell(id),
        number(measures?.longAxisMm),
        number(measures?.shortAxisMm),
        number(measures?.volumeMl),
        number(entry?.volumeChangePercent),
        number(entry?.longAxisChangePercent),
        number(entry?.volumeDoublingDays),
        number(measures?.intensity?.mean),
        number(measures?.intensity?.standardDeviation),
        number(measures?.intensity?.minimum),
        number(measures?.intensity?.maximum),
        ...(measures?.centre ?? [null, null, null]).map(number),
        measures ? measures.slice + 1 : '',
        measures?.voxels ?? '',
        ...readerColumns(track.number),
      ].join(',')
    }),
  )
  return `${[head.join(','), ...lines].join('\n')}\n`
}
