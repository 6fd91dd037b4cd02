import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  type LesionOutlines,
  lesionOutlinesSchema,
  type TrackExportReport,
  type TrackExportRequest,
} from '../../../shared/domain/medical/follow-request.ts'
import { maskFromText } from '../../../shared/domain/label-rle.ts'
import { type TrackReport, trackReportSchema } from '../../../shared/domain/medical/track-report.ts'
import { lesionColour } from '../../../shared/imaging/lesion-colour.ts'
import { correctedReport } from '../../../shared/metrics/summarise-tracking.ts'
import { programVersion } from '../../store/program-version.ts'
import { toReadError } from '../../store/store-error.ts'
import type { JobContext } from '../task.ts'
import { openChosenSeries } from './chosen-series.ts'
import { trackingPath } from './follow-chosen.ts'
import type { FollowedStudy } from './follow-study.ts'
import { keyImages } from './key-images.ts'
import { readVolume } from './patient-volume.ts'
import { trackCsv } from './track-csv.ts'
import { trackHtml } from './track-html.ts'
import { type ObjectStudy, trackingIdentity, trackObjects } from './track-objects.ts'
import { writeTrackingFiles } from './track-studies.ts'

/**
 * Writes files of a tracking as the reader has corrected it: nothing is found or measured anew, the images are only read for
 * pictures and DICOM objects.
 * @throws `lesions/changed` when the images are not those any more, `store/*`, the codes of the readers, `AbortError`
 */
export async function exportTracking(request: TrackExportRequest, context: JobContext): Promise<TrackExportReport> {
  const { out, what } = request
  const stored = await readTrackingFile(trackingPath(request.tracking, 'tracking'), trackReportSchema)
  const report = correctedReport(stored, request.corrections)
  if (what === 'table') return write(out, [['lesions.csv', trackCsv(report)]])
  const outlines = await readTrackingFile(trackingPath(request.tracking, 'outlines'), lesionOutlinesSchema)
  const studies = await reopened(request, report, outlines, context)
  throwIfAborted(context.signal)
  context.report({ stage: 'Writing', done: 0, total: 1 })
  if (what === 'report') {
    const images = keyImages(studies, report, lesionColour)
    const noted = { ...report, warnings: request.notes ?? report.warnings }
    return write(out, [['report.html', trackHtml(noted, images, lesionColour, request.language)]])
  }
  const { objects, warnings } = await trackObjects(studies, report, {
    version: programVersion(),
    colourOf: lesionColour,
    identity: trackingIdentity(stored),
  })
  return write(
    out,
    objects.map(({ name, bytes }) => [name, bytes]),
    warnings,
  )
}

async function write(
  out: string,
  files: readonly (readonly [string, string | Uint8Array])[],
  warnings: readonly string[] = [],
): Promise<TrackExportReport> {
  await writeTrackingFiles(out, files)
  return { files: files.map(([name]) => basename(name)), warnings: [...warnings] }
}

/** A file of a tracking. @throws `store/*` */
export async function readTrackingFile<Result>(
  path: string,
  schema: { parse(value: unknown): Result },
): Promise<Result> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw toReadError(error, path)
  }
}

async function reopened(
  { studies }: TrackExportRequest,
  report: TrackReport,
  outlines: LesionOutlines,
  { signal, report: progress }: JobContext,
): Promise<(ObjectStudy & Pick<FollowedStudy, 'registration'>)[]> {
  const choices = await openChosenSeries(studies, signal)
  const found = new Map(report.measurements.map((lesion) => [lesion.id, lesion]))
  const result: (ObjectStudy & Pick<FollowedStudy, 'registration'>)[] = []
  for (const [index, study] of report.studies.entries()) {
    const choice = choices[study.given]
    const outline = outlines.studies[index]
    if (!choice || !outline) throw changedImages(index)
    progress({ stage: 'Reading slices', done: index, total: report.studies.length })
    const reader = await choice.series.found.open()
    try {
      const volume = await readVolume(reader, { signal })
      const { rows, columns, slices } = volume.geometry.size
      if (rows !== study.rows || columns !== study.columns || slices !== study.slices) throw changedImages(index)
      result.push({
        series: choice.series,
        volume,
        registration: study.registration,
        levels: study.isByBrightness ? {} : null,
        network: /^network (.+)$/.exec(study.masksFrom)?.[1] ?? null,
        lesions: outline.lesions.flatMap(({ id, slices: marked }) => {
          const lesion = found.get(id)
          return lesion ? [{ found: lesion, voxels: voxelsOf(marked, rows, columns) }] : []
        }),
      })
    } finally {
      await reader.close()
    }
  }
  return result
}

/** The error for images that are not those of the tracking. */
export function changedImages(index: number): AppError {
  return new AppError(
    'lesions/changed',
    `The images of study ${index + 1} are not those that were measured any more; follow the lesions again.`,
    { study: index + 1 },
  )
}

/** Indices of a lesion's voxels, from its slices. */
export function voxelsOf(
  slices: LesionOutlines['studies'][number]['lesions'][number]['slices'],
  rows: number,
  columns: number,
): Int32Array {
  const voxels: number[] = []
  for (const { slice, counts } of slices)
    maskFromText(counts, rows, columns).forEach((bit, i) => {
      if (bit === 1) voxels.push(slice * rows * columns + i)
    })
  return Int32Array.from(voxels)
}
