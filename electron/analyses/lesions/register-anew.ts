import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import { lesionOutlinesSchema, type RegisterAnewRequest } from '../../../shared/domain/medical/follow-request.ts'
import type { StudyRegistration } from '../../../shared/domain/medical/lesion-tracking.ts'
import { type TrackReport, type TrackedStudy, trackReportSchema } from '../../../shared/domain/medical/track-report.ts'
import { volumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { summariseTracking } from '../../../shared/metrics/summarise-tracking.ts'
import type { JobContext } from '../task.ts'
import { imagedIn } from './assemble-tracking.ts'
import { openChosenSeries } from './chosen-series.ts'
import { changedImages, readTrackingFile, voxelsOf } from './export-tracking.ts'
import { trackingPath } from './follow-chosen.ts'
import { linkLesions } from './link-lesions.ts'
import { registerByLandmarks } from './register-by-landmarks.ts'
import { writeTrackingFiles } from './track-studies.ts'

/**
 * Lays one study of a finished tracking over the baseline by the reader's landmarks, or again as the images said, and links the
 * lesions anew. Lesions and their names stay as they were found, so that corrections still mean what they meant; no pixels are read.
 * `tracking.json` is replaced whole or not at all.
 * @throws those of `registerByLandmarks`, `lesions/changed` when the images are not those any more, the codes of the readers,
 *   `store/*`, `AbortError`
 */
export async function registerAnew(request: RegisterAnewRequest, { signal, report }: JobContext): Promise<TrackReport> {
  const stored = await readTrackingFile(trackingPath(request.tracking, 'tracking'), trackReportSchema)
  const outlines = await readTrackingFile(trackingPath(request.tracking, 'outlines'), lesionOutlinesSchema)
  const total = stored.studies.length
  const choices = await openChosenSeries(request.studies, signal, (done) =>
    report({ stage: 'Looking at the studies', done, total }),
  )
  const geometries = stored.studies.map(({ given, rows, columns, slices }, index) => {
    const { info, medical } = choices[given]?.series ?? {}
    if (!info || !medical?.geometry || info.height !== rows || info.width !== columns || info.frames !== slices)
      throw changedImages(index)
    return volumeGeometry(medical.geometry, rows, columns)
  })
  const before = stored.studies[request.study]
  const [baseline, own] = [geometries[0], geometries[request.study]]
  if (!before || !baseline || !own)
    throw new AppError('lesions/unknown-tracking', `The tracking has no study ${request.study + 1}.`)
  const byImages = before.registrationByImages ?? before.registration
  const registration = request.landmarks
    ? registerByLandmarks(request.landmarks, [baseline, own], before.date)
    : byImages
  const studies = stored.studies.map((study, index): TrackedStudy => {
    if (index !== request.study) return study
    const { registrationByImages: _, ...rest } = study
    return { ...rest, registration, ...(request.landmarks ? { registrationByImages: byImages } : {}) }
  })
  throwIfAborted(signal)
  report({ stage: 'Linking lesions', done: 0, total: 1 })
  const found = stored.measurements
  const laid = studies.map((study, index) => ({
    registration: study.registration,
    volume: { geometry: defined(geometries[index], 'one for each study') },
    lesions: found
      .filter((lesion) => lesion.study === index)
      .map((lesion) => ({
        found: lesion,
        voxels: voxelsOf(
          outlines.studies[index]?.lesions.find(({ id }) => id === lesion.id)?.slices ?? [],
          study.rows,
          study.columns,
        ),
      })),
  }))
  const links = linkLesions(
    laid.map(({ volume: { geometry }, registration: { transform }, lesions }) => ({
      geometry,
      fromBaseline: transform,
      lesions,
    })),
  )
  const imaged = imagedIn(laid, found)
  const thickness = studies[0]?.spacingMm[2] ?? 0
  const summary = summariseTracking({
    dates: studies.map(({ date }) => date),
    sliceThicknessMm: thickness > 0 ? thickness : null,
    found,
    links,
    imaged,
  })
  throwIfAborted(signal)
  const result: TrackReport = {
    ...stored,
    studies,
    lesions: [...summary.lesions],
    links: [...summary.links],
    measurements: [...summary.measurements],
    imaged,
    response: summary.response,
    warnings: warningsOf(stored.warnings, request.study, before.registration, registration, summary.warnings),
  }
  await writeTrackingFiles(request.tracking, [['tracking.json', `${JSON.stringify(result, null, 1)}\n`]])
  return result
}

/** The warnings with what is said of the new registration in place of the old one. */
function warningsOf(
  warnings: readonly string[],
  study: number,
  before: StudyRegistration,
  now: StudyRegistration,
  summary: readonly string[],
): string[] {
  const said = (remark: string): string => `Study ${study + 1}: ${remark}`
  const gone = new Set([readerNote('lesions/organs-unknown'), ...(before.remark === null ? [] : [said(before.remark)])])
  return [
    ...new Set([
      ...warnings.filter((text) => !gone.has(text)),
      ...(now.remark === null ? [] : [said(now.remark)]),
      ...summary,
    ]),
  ]
}
