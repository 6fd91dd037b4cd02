import { join } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import { composed, inverted } from '../../../shared/domain/medical/patient-transform.ts'
import type { ChangedSpot, TrackReport, TrackRequest } from '../../../shared/domain/medical/track-report.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { lesionColour } from '../../../shared/imaging/lesion-colour.ts'
import { writeFileAtomic } from '../../store/atomic-write.ts'
import { makeFolder } from '../../store/make-folder.ts'
import { programVersion } from '../../store/program-version.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { JobContext } from '../task.ts'
import { assembleTracking } from './assemble-tracking.ts'
import { type FollowedStudy, followStudy, masksOf } from './follow-study.ts'
import { findChanges } from './find-changes.ts'
import { findLesions } from './find-lesions.ts'
import { keyImages } from './key-images.ts'
import { measureLesion } from './measure-lesion.ts'
import { landmarksElsewhere } from './register-by-landmarks.ts'
import { orderStudies, settleMasks } from './settle-studies.ts'
import { chooseSeries, openStudyFolder } from './study-source.ts'
import { trackCsv } from './track-csv.ts'
import { trackHtml } from './track-html.ts'
import { trackingIdentity, trackObjects } from './track-objects.ts'

/**
 * Follows the lesions of one patient from a baseline through later studies, and writes `tracking.json`, `lesions.csv`,
 * `report.html` and, where asked for, DICOM objects to a folder. Files appear whole or not at all, `tracking.json` last.
 * @throws `lesions/other-patient`, `lesions/no-series`, `lesions/no-masks`, `lesions/mask-elsewhere`, those of
 *   `registerByLandmarks`, the codes of the readers and of the store, `AbortError`
 */
export async function trackStudies(request: TrackRequest, context: JobContext): Promise<TrackReport> {
  const started = performance.now()
  const { signal, report } = context
  const paths = [request.baseline, ...request.followUps]
  if (request.masks.length > 0 && request.masks.length !== paths.length)
    throw new AppError(
      'lesions/no-masks',
      `${request.masks.length} masks were given for ${paths.length} studies; give one for each, the baseline's first.`,
      { masks: request.masks.length, studies: paths.length },
    )
  const beyond = request.landmarks?.studies.find(({ study }) => study >= paths.length)
  if (beyond) throw landmarksElsewhere(beyond.study, `there are ${paths.length} studies`)
  const folders = []
  for (const [i, path] of paths.entries()) {
    report({ stage: 'Looking at the studies', done: i, total: paths.length })
    folders.push(await openStudyFolder(path, signal))
  }
  const { series, warnings } = chooseSeries(folders, request.series ?? null)
  const order = orderStudies(series.map(({ medical }) => medical.study.date))
  const noted = [...warnings, ...order.warnings]
  const sources = []
  for (const i of order.order) {
    const [folder, chosen] = [defined(folders[i], 'one for each path'), defined(series[i], 'one for each path')]
    sources.push({ folder, chosen, masks: await masksOf(folder, chosen, request.masks[i], signal) })
  }
  const found = sources.map(({ masks }) => masks)
  const isUnmarked = request.threshold === undefined && found.includes(null)
  // A network is for studies without masks, and brightness is asked for by name.
  const network =
    request.model !== undefined && isUnmarked
      ? await (
          await import('../lesion-segmentation/lesion-network.ts')
        ).openLesionNetwork(request.model, request.device)
      : null
  const settled = network
    ? { masks: found, warnings: [readerNote('lesions/by-network', { model: network.name })] }
    : settleMasks(found, request.threshold !== undefined, {
        some: 'lesions/some-unmarked',
        none: 'lesions/by-brightness',
      })
  noted.push(...settled.warnings)
  const studies: FollowedStudy[] = []
  try {
    for (const [study, { folder, chosen }] of sources.entries()) {
      const options = { request, signal, report, network }
      studies.push(await followStudy(study, folder, chosen, settled.masks[study] ?? null, studies, options))
    }
  } finally {
    await network?.close()
  }
  const changes = request.changes ? changedSpots(studies, context) : []
  throwIfAborted(signal)
  report({ stage: 'Linking lesions', done: 0, total: 1 })
  const { notes, ...made } = assembleTracking(studies, request)
  noted.push(...studies.flatMap(({ warnings: own }) => own), ...made.warnings)
  const { objects, warnings: unwritten } = request.dicom
    ? await trackObjects(studies, made, {
        version: programVersion(),
        colourOf: lesionColour,
        identity: trackingIdentity(made),
      })
    : { objects: [], warnings: [] }
  noted.push(...unwritten)
  const files = [
    { role: 'tracking', path: join(request.out, 'tracking.json') },
    { role: 'table', path: join(request.out, 'lesions.csv') },
    { role: 'report', path: join(request.out, 'report.html') },
    ...objects.map(({ role, name }) => ({ role, path: join(request.out, name) })),
  ]
  const seconds = (performance.now() - started) / 1000
  const model = network ? { model: network.identity } : {}
  const result: TrackReport = { ...made, ...model, changes, warnings: [...new Set(noted)], files, seconds }
  const images = keyImages(studies, result, lesionColour)
  throwIfAborted(signal)
  report({ stage: 'Writing', done: 0, total: files.length })
  await writeTrackingFiles(request.out, [
    ...objects.map(({ name, bytes }) => [name, bytes] as const),
    ['lesions.csv', trackCsv({ ...result, notes })],
    ['report.html', trackHtml({ ...result, notes }, images, lesionColour)],
    ['tracking.json', `${JSON.stringify(result, null, 2)}\n`],
  ])
  return result
}

/** Writes files to a folder, one after the other, each whole or not at all. @throws `store/*` */
export async function writeTrackingFiles(
  folder: string,
  files: readonly (readonly [name: string, content: string | Uint8Array])[],
): Promise<void> {
  try {
    await makeFolder(folder)
  } catch (error) {
    throw toWriteError(error, folder)
  }
  for (const [name, content] of files) await writeFileAtomic(join(folder, name), content)
}

/** What became brighter or darker from each study to the next. */
function changedSpots(studies: readonly FollowedStudy[], { signal, report }: JobContext): ChangedSpot[] {
  return studies.slice(1).flatMap((later, i) => {
    throwIfAborted(signal)
    report({ stage: 'Looking for changes', done: i, total: studies.length - 1 })
    const earlier = defined(studies[i], 'there is a study before')
    const way = composed(later.registration.transform, inverted(earlier.registration.transform))
    const found = findChanges(earlier.volume, later.volume, way)
    return (['brighter', 'darker'] as const).flatMap((kind) =>
      findLesions(found[kind], later.volume.geometry).map((spot): ChangedSpot => {
        const { volumeMl, centre } = measureLesion(spot, later.volume)
        return { study: i + 1, kind, volumeMl, centre }
      }),
    )
  })
}
