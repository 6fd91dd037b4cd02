import { join } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { LesionTrack } from '../../../shared/domain/medical/lesion-tracking.ts'
import { tracksOf } from '../../../shared/domain/medical/lesion-tracking.ts'
import { composed, inverted, moved } from '../../../shared/domain/medical/patient-transform.ts'
import type {
  ChangedSpot,
  TrackedMeasurement,
  TrackReport,
  TrackRequest,
} from '../../../shared/domain/medical/track-report.ts'
import type { PatientVector } from '../../../shared/domain/medical/volume-geometry.ts'
import { classColours, type Rgb } from '../../../shared/imaging/class-colours.ts'
import { writeFileAtomic } from '../../store/atomic-write.ts'
import { makeFolder } from '../../store/make-folder.ts'
import { programVersion } from '../../store/program-version.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { JobContext } from '../task.ts'
import { assessResponse } from './assess-response.ts'
import { type FollowedStudy, followStudy, masksOf } from './follow-study.ts'
import { findChanges } from './find-changes.ts'
import { findLesions } from './find-lesions.ts'
import { displayRange, drawKeyImage } from './key-image.ts'
import { linkLesions } from './link-lesions.ts'
import type { MaskSources } from './load-masks.ts'
import { doublingTimeDays, measureLesion } from './measure-lesion.ts'
import { placeFinder, type StackPlace } from './patient-volume.ts'
import { chooseSeries, openStudyFolder } from './study-source.ts'
import { trackCsv } from './track-csv.ts'
import { type KeyImages, trackHtml } from './track-html.ts'
import { trackObjects } from './track-objects.ts'

/**
 * Follows the lesions of one patient from a baseline through later studies, and writes `tracking.json`, `lesions.csv`,
 * `report.html` and, where asked for, DICOM objects to a folder. Files appear whole or not at all, `tracking.json` last.
 * @throws `lesions/other-patient`, `lesions/no-series`, `lesions/no-masks`, `lesions/mask-elsewhere`, the
 *   codes of the readers and of the store, `AbortError`
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
  const folders = []
  for (const [i, path] of paths.entries()) {
    report({ stage: 'Looking at the studies', done: i, total: paths.length })
    folders.push(await openStudyFolder(path, signal))
  }
  const { series, warnings } = chooseSeries(folders, request.series ?? null)
  const order = byDate(series.map(({ medical }) => medical.study.date))
  const noted = [...warnings, ...order.warnings]
  const sources = []
  for (const i of order.order) {
    const [folder, chosen] = [defined(folders[i], 'one for each path'), defined(series[i], 'one for each path')]
    sources.push({ folder, chosen, masks: await masksOf(folder, chosen, request.masks[i], signal) })
  }
  const settled = settleMasks(
    sources.map(({ masks }) => masks),
    request,
  )
  noted.push(...settled.warnings)
  const studies: FollowedStudy[] = []
  for (const [study, { folder, chosen }] of sources.entries()) {
    const masks = settled.masks[study] ?? null
    studies.push(await followStudy(study, folder, chosen, masks, studies[0] ?? null, { request, signal, report }))
  }
  const changes = request.changes ? changedSpots(studies, context) : []
  throwIfAborted(signal)
  report({ stage: 'Linking lesions', done: 0, total: 1 })
  const made = assemble(studies, request)
  noted.push(...studies.flatMap(({ warnings: own }) => own), ...made.warnings)
  const colours = classColours(Math.max(1, made.lesions.length)).map(visible)
  const colourOf = (track: number): Rgb => colours[track - 1] ?? [230, 159, 0]
  const { objects, warnings: unwritten } = request.dicom
    ? await trackObjects(studies, made, { version: programVersion(), colourOf })
    : { objects: [], warnings: [] }
  noted.push(...unwritten)
  const files = [
    { role: 'tracking', path: join(request.out, 'tracking.json') },
    { role: 'table', path: join(request.out, 'lesions.csv') },
    { role: 'report', path: join(request.out, 'report.html') },
    ...objects.map(({ role, name }) => ({ role, path: join(request.out, name) })),
  ]
  const seconds = (performance.now() - started) / 1000
  const result: TrackReport = { ...made, changes, warnings: [...new Set(noted)], files, seconds }
  const images = keyImages(studies, result, colourOf)
  throwIfAborted(signal)
  report({ stage: 'Writing', done: 0, total: files.length })
  await write(request.out, [
    ...objects.map(({ name, bytes }) => [name, bytes] as const),
    ['lesions.csv', trackCsv(result)],
    ['report.html', trackHtml(result, images, colourOf)],
    ['tracking.json', `${JSON.stringify(result, null, 2)}\n`],
  ])
  return result
}

async function write(
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

/** Black lines cannot be seen on dark pictures. */
function visible(colour: Rgb): Rgb {
  return Math.max(...colour) < 60 ? [255, 255, 255] : colour
}

/** The order of the studies in time: the baseline stays first, follow-ups by date where all are dated. */
function byDate(dates: readonly (string | null)[]): { order: number[]; warnings: string[] } {
  const order = dates.map((_, i) => i)
  if (dates.some((date) => date === null))
    return {
      order,
      warnings: [
        'Not all studies state their date, so they are taken in the order given, and no pace of growth is said.',
      ],
    }
  const [base = '', ...later] = dates.map((date) => date ?? '')
  const sorted = [
    0,
    ...later.map((_, i) => i + 1).sort((a, b) => (later[a - 1] ?? '').localeCompare(later[b - 1] ?? '') || a - b),
  ]
  const warnings: string[] = []
  if (later.some((date) => date < base))
    warnings.push('A follow-up is older than the baseline; check which study is the baseline.')
  if (sorted.some((value, i) => value !== i)) warnings.push('The follow-ups were put in the order of their dates.')
  if (new Set(dates).size < dates.length) warnings.push('Two studies have the same date.')
  return { order: sorted, warnings }
}

/** Masks to use: of studies beside which there are none while others have some, nothing is marked. */
function settleMasks(
  masks: readonly (MaskSources | null)[],
  request: TrackRequest,
): { masks: readonly (MaskSources | null)[]; warnings: string[] } {
  if (request.threshold !== undefined) return { masks: masks.map(() => null), warnings: [] }
  const without = masks.flatMap((found, study) => (found === null ? [study + 1] : []))
  if (without.length === 0) return { masks, warnings: [] }
  if (without.length < masks.length)
    return {
      masks: masks.map((found) => found ?? { volumes: [], segmentations: [], structureSets: [] }),
      warnings: [
        `Nothing is marked in study ${without.join(' and ')}, so it counts as without lesions; what is new or gone, and the response, depend on that. Give a mask for each study by --masks, or --threshold for none.`,
      ],
    }
  const warning =
    'No masks were given or found, so lesions are spots brighter than what is around them (by a threshold made from the images); bone, fat and vessels are found as well. Give --masks for a real segmentation.'
  return { masks, warnings: [warning] }
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

type Assembled = Omit<TrackReport, 'warnings' | 'files' | 'seconds' | 'changes'> & {
  readonly warnings: readonly string[]
}

function assemble(studies: readonly FollowedStudy[], request: TrackRequest): Assembled {
  const found = studies.flatMap(({ lesions }) => lesions.map((lesion) => lesion.found))
  const links = linkLesions(
    studies.map(({ volume, registration, lesions }) => ({
      geometry: volume.geometry,
      fromBaseline: registration.transform,
      lesions,
    })),
  )
  const lesions = tracksOf(found, links, studies.length)
  const trackOf = new Map(
    lesions.flatMap((track) => track.lesions.flatMap((id) => (id === null ? [] : [[id, track] as const]))),
  )
  const byId = new Map(found.map((lesion) => [lesion.id, lesion]))
  const dates = studies.map(({ series }) => series.medical.study.date)
  const measurements = found.map((lesion): TrackedMeasurement => {
    const track = defined(trackOf.get(lesion.id), 'every lesion belongs to a track')
    const baseline = byId.get(track.lesions[0] ?? '')
    const before = track.lesions.slice(0, lesion.study).findLast((id) => id !== null)
    const earlier = byId.get(before ?? '')
    const days = earlier ? daysBetween(dates[earlier.study], dates[lesion.study]) : null
    const change = (from: number | undefined, to: number): number | null =>
      from === undefined || from === 0 ? null : (100 * (to - from)) / from
    return {
      ...lesion,
      track: track.number,
      volumeChangePercent: change(baseline?.measures.volumeMm3, lesion.measures.volumeMm3),
      longAxisChangePercent: change(baseline?.measures.longAxisMm, lesion.measures.longAxisMm),
      volumeDoublingDays:
        earlier && days !== null ? doublingTimeDays(earlier.measures.volumeMm3, lesion.measures.volumeMm3, days) : null,
    }
  })
  const thickness = studies[0]?.series.info.spacingMm?.[2] ?? null
  const { organ, nodes } = request
  const every = <T>(value: T): Record<number, T> => Object.fromEntries(lesions.map(({ number }) => [number, value]))
  const response = assessResponse(lesions, found, studies.length, {
    sliceThicknessMm: thickness,
    kinds: nodes ? every('node' as const) : {},
    organs: organ === undefined ? {} : every(organ),
    isImaged: (track, study) => placeIn(studies, track, study, found) !== null,
  })
  return {
    studies: studies.map(({ folder, series, volume, registration, masksFrom }, study) => ({
      study,
      path: folder.path,
      series: series.info.id,
      date: dates[study] ?? null,
      modality: series.medical.modality,
      ...volume.geometry.size,
      spacingMm: series.info.spacingMm ?? [0, 0, 0],
      masksFrom,
      registration,
    })),
    lesions,
    links,
    measurements,
    response,
    warnings:
      organ === undefined && !nodes && response.roles.filter(({ role }) => role === 'target').length > 2
        ? ['Organs are not known, so the limit of two targets in one organ was not applied; name the organ by --organ.']
        : [],
  }
}

function daysBetween(from: string | null | undefined, to: string | null | undefined): number | null {
  if (!from || !to) return null
  return Math.round(
    (Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00:00Z`)) / 86_400_000,
  )
}

/** Where a track lies, or would lie, in a study: the middle of its nearest lesion in time; null when that was not imaged. */
function placeIn(
  studies: readonly FollowedStudy[],
  track: LesionTrack,
  study: number,
  found: readonly {
    readonly id: string
    readonly study: number
    readonly measures: { readonly centre: PatientVector }
  }[],
): StackPlace | null {
  const seen = found.filter(({ id }) => track.lesions.includes(id))
  const nearest = [...seen].sort(
    (a, b) => Math.abs(a.study - study) - Math.abs(b.study - study) || a.study - b.study,
  )[0]
  const [own, target] = [studies[nearest?.study ?? -1], studies[study]]
  if (!nearest || !own || !target) return null
  const way = composed(target.registration.transform, inverted(own.registration.transform))
  const at: StackPlace = { slice: 0, share: 0, row: 0, column: 0 }
  return placeFinder(target.volume.geometry)(moved(way, nearest.measures.centre), at) ? at : null
}

/** Pictures of each lesion at each study, also where it is gone or not there yet. */
function keyImages(
  studies: readonly FollowedStudy[],
  report: TrackReport,
  colourOf: (track: number) => Rgb,
): KeyImages {
  const images = new Map<string, Buffer>()
  const byId = new Map(report.measurements.map((entry) => [entry.id, entry]))
  const ranges = studies.map(({ volume }) => {
    const step = Math.max(1, Math.floor(volume.values.length / 200_000))
    return displayRange(volume.values.filter((_, i) => i % step === 0))
  })
  for (const track of report.lesions.slice(0, 50)) {
    const longest = Math.max(...track.lesions.map((id) => byId.get(id ?? '')?.measures.longAxisMm ?? 0))
    for (const [study, { volume, lesions }] of studies.entries()) {
      const id = track.lesions[study] ?? ''
      const measures = byId.get(id)?.measures
      const place = placeIn(studies, track, study, report.measurements)
      if (!place) continue
      const { rows, columns } = volume.geometry.size
      const slice = measures?.slice ?? place.slice + (place.share > 0.5 ? 1 : 0)
      const area = rows * columns
      const voxels = lesions.find(({ found }) => found.id === id)?.voxels ?? new Int32Array(0)
      const inside = new Set<number>()
      for (const voxel of voxels) if (Math.floor(voxel / area) === slice) inside.add(voxel % area)
      images.set(
        `${track.number} ${study}`,
        drawKeyImage({
          values: volume.values.subarray(slice * area, (slice + 1) * area),
          rows,
          columns,
          rowMm: Math.hypot(...volume.geometry.rowStep),
          columnMm: Math.hypot(...volume.geometry.columnStep),
          centre: [place.row, place.column],
          fieldMm: Math.max(50, 3 * longest),
          inside,
          colour: colourOf(track.number),
          range: ranges[study] ?? [0, 1],
        }),
      )
    }
  }
  return images
}
