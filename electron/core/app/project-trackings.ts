import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  type StudyChoice,
  studyChoiceSchema,
  type StudyOutlines,
  type Tracking,
  type TrackingSummary,
} from '../../../shared/contracts/lesions.ts'
import {
  lesionOutlinesSchema,
  type LesionSource,
  type PaintedMask,
} from '../../../shared/domain/medical/follow-request.ts'
import {
  type CorrectionLog,
  correctionLogSchema,
  noCorrections,
} from '../../../shared/domain/medical/lesion-corrections.ts'
import { type RegistrationChoice, trackReportSchema } from '../../../shared/domain/medical/track-report.ts'
import { fingerprintData } from '../../store/data-fingerprint.ts'
import { readJsonFile, writeJsonFile } from '../../store/json-file.ts'
import { readManifest } from '../../store/model-folder.ts'
import { readIfThere } from '../../store/read-if-there.ts'
import { toWriteError } from '../../store/store-error.ts'
import { LabelBook } from './label-book.ts'
import type { OpenProject } from './open-project.ts'
import { missingData, nextId } from './project-data.ts'
import { finishedRun } from './project-runs.ts'
import { readLandmarks, readTrackingPart } from './tracking-files.ts'
import type { Workbench } from './workbench.ts'

/** `request.json` of a tracking: what it was made of. */
const storedRequestSchema = z.object({
  format: z.literal('chronolens-tracking'),
  version: z.literal(1),
  createdAt: z.string(),
  studies: z.array(studyChoiceSchema),
})
type StoredRequest = z.infer<typeof storedRequestSchema>

/** `corrections.json` of a tracking. */
const storedCorrectionsSchema = z.object({
  format: z.literal('chronolens-corrections'),
  version: z.literal(1),
  revision: z.number().int().nonnegative(),
  log: correctionLogSchema,
})

const idPattern = /^tracking-\d+$/
/** What a job that writes into a tracking is known by. */
export const trackingKey = (id: string): string => `trackings/${id}`

/** All trackings, the latest last; what was left unfinished is removed. */
export async function listTrackings(project: OpenProject): Promise<TrackingSummary[]> {
  const names = await readdir(project.path('trackings')).catch(() => [])
  const numberOf = (name: string): number => Number(name.slice('tracking-'.length))
  const ids = names.filter((name) => idPattern.test(name)).sort((a, b) => numberOf(a) - numberOf(b))
  const found = await Promise.all(ids.map((id) => summaryOf(project, id)))
  return found.filter((one) => one !== null)
}

async function summaryOf(project: OpenProject, id: string): Promise<TrackingSummary | null> {
  await project.settled(trackingKey(id))
  const job = project.runningJob(trackingKey(id))
  const request = await readRequest(project, id)
  const isFinished = await isThere(project.path('trackings', id, 'tracking.json'))
  if (!job && !isFinished) {
    // A folder without its last file belongs to a run that was stopped or killed.
    if (!project.isReadOnly)
      await rm(project.path('trackings', id), { recursive: true, force: true }).catch(() => undefined)
    return null
  }
  if (!request) return null
  const { createdAt, studies } = request
  return {
    id,
    createdAt,
    studies,
    state: isFinished ? 'finished' : 'running',
    job: isFinished ? null : (job?.id ?? null),
  }
}

async function readRequest(project: OpenProject, id: string): Promise<StoredRequest | null> {
  return readJsonFile(project.path('trackings', id, 'request.json'), storedRequestSchema.nullable(), null)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** What to follow. */
export interface StartTracking {
  readonly studies: readonly StudyChoice[]
  readonly lesions: LesionSource
  /** Run whose network marks the lesions, for `network`. */
  readonly run: string | null
  readonly registration: RegistrationChoice
  readonly minimumMm3: number
}

/** Starts to follow lesions. @throws `projects/*`, `lesions/no-paint`, `lesions/no-network`, `runs/*`, `store/*` */
export async function startTracking(
  workbench: Workbench,
  project: OpenProject,
  { studies, run, ...request }: StartTracking,
): Promise<{ job: string; tracking: string }> {
  project.requireWritable()
  const book = await LabelBook.of(project)
  const chosen = await Promise.all(
    studies.map(async ({ data, sequence, mask }) => ({
      paths: await pathsOf(project, data),
      series: sequence,
      mask,
      painted: paintedOn(book, data, sequence),
    })),
  )
  if (request.lesions === 'painted' && chosen.every(({ painted }) => painted.length === 0))
    throw new AppError(
      'lesions/no-paint',
      'Nothing is painted on these series yet. Paint the lesions on the Label page, or let them be found another way.',
    )
  const model = request.lesions === 'network' ? await networkOf(project, run) : null
  const taken = await readdir(project.path('trackings')).catch(() => [])
  const id = nextId('tracking', [
    ...taken.map((name) => ({ id: name })),
    ...[...project.jobs.keys()].filter((key) => key.startsWith('trackings/')).map((key) => ({ id: key })),
  ])
  const out = project.path('trackings', id)
  const stored: StoredRequest = {
    format: 'chronolens-tracking',
    version: 1,
    createdAt: new Date().toISOString(),
    studies: [...studies],
  }
  await writeJsonFile(join(out, 'request.json'), stored)
  const job = workbench.core.lesions.follow({ ...request, model, studies: chosen, out })
  project.keepFor(trackingKey(id), job)
  return { job: job.id, tracking: id }
}

/** The model folder of a run that learned to mark lesions. */
async function networkOf(project: OpenProject, id: string | null): Promise<string> {
  const found = id === null ? null : await finishedRun(project, id)
  if (found && (await readManifest(found.folder)).task === 'lesion-segmentation') return found.folder
  throw new AppError(
    'lesions/no-network',
    'No network that marks lesions is chosen. Train one for lesions first, or let the lesions be found another way.',
  )
}

async function pathsOf(project: OpenProject, id: string): Promise<string[]> {
  const data = project.data(id)
  if (!(await fingerprintData(data.paths))) throw missingData(data.name)
  return [...data.paths]
}

function paintedOn(book: LabelBook, data: string, sequence: string): PaintedMask[] {
  const found = new Map<string, { frame: number; counts: string }[]>()
  for (const label of book.labels(data).frames) {
    if (label.kind !== 'mask' || label.sequence !== sequence) continue
    for (const { label: name, counts } of label.layers) {
      const frames = found.get(name) ?? []
      frames.push({ frame: label.frame, counts })
      found.set(name, frames)
    }
  }
  return [...found].map(([label, frames]) => ({ label, frames }))
}

/** On how many slices something is painted, for each series that is painted on. @throws `labels/damaged`, `store/*` */
export async function paintedSeries(
  project: OpenProject,
): Promise<{ data: string; sequence: string; slices: number }[]> {
  const book = await LabelBook.of(project)
  return project.manifest.data.flatMap(({ id: data }) => {
    const slices = new Map<string, number>()
    for (const label of book.labels(data).frames)
      if (label.kind === 'mask' && label.layers.length > 0)
        slices.set(label.sequence, (slices.get(label.sequence) ?? 0) + 1)
    return [...slices].map(([sequence, count]) => ({ data, sequence, slices: count }))
  })
}

/** A finished tracking of the list. @throws `lesions/unknown-tracking` */
export async function finishedTracking(project: OpenProject, id: string): Promise<TrackingSummary> {
  // Compared with the list, not joined into a path: what comes from the page never becomes part of one.
  const found = (await listTrackings(project)).find((one) => one.id === id && one.state === 'finished')
  if (found) return found
  throw new AppError('lesions/unknown-tracking', `The project has no finished tracking "${id}".`, { id })
}

/** A finished tracking with its corrections. @throws `lesions/unknown-tracking`, `lesions/damaged`, `store/*` */
export async function getTracking(project: OpenProject, id: string): Promise<Tracking> {
  const summary = await finishedTracking(project, id)
  const report = await readTrackingPart(project, id, 'tracking.json', trackReportSchema)
  const { revision, log } = await readCorrections(project, id)
  const landmarks = await readLandmarks(project, id)
  // In the order of the studies, which may not be that of the request.
  const studies = report.studies.flatMap(({ given }) => summary.studies[given] ?? [])
  return { summary: { ...summary, studies }, report, corrections: log, revision, landmarks }
}

/** Where the lesions of one study lie. @throws `lesions/unknown-tracking`, `lesions/damaged`, `store/*` */
export async function trackingOutlines(project: OpenProject, id: string, study: number): Promise<StudyOutlines> {
  await finishedTracking(project, id)
  const outlines = await readTrackingPart(project, id, 'outlines.json', lesionOutlinesSchema)
  const found = outlines.studies[study]
  if (found) return found
  throw new AppError('lesions/unknown-tracking', `The tracking "${id}" has no study ${study + 1}.`, { id, study })
}

async function readCorrections(project: OpenProject, id: string): Promise<{ revision: number; log: CorrectionLog }> {
  const path = project.path('trackings', id, 'corrections.json')
  if ((await readIfThere(path)) === null) return { revision: 0, log: noCorrections }
  return readTrackingPart(project, id, 'corrections.json', storedCorrectionsSchema)
}

/** Keeps corrections; atomic. @throws `lesions/changed-elsewhere`, `lesions/unknown-tracking`, `projects/read-only`, `store/*` */
export async function correctTracking(
  project: OpenProject,
  id: string,
  { corrections, revision }: { readonly corrections: CorrectionLog; readonly revision: number },
): Promise<{ revision: number }> {
  project.requireWritable()
  await finishedTracking(project, id)
  return project.alone(async () => {
    const before = await readCorrections(project, id)
    if (before.revision !== revision)
      throw new AppError(
        'lesions/changed-elsewhere',
        'These lesions were corrected in another window meanwhile; what is there now was loaded.',
        { id },
      )
    const next = { format: 'chronolens-corrections', version: 1, revision: revision + 1, log: corrections }
    await writeJsonFile(project.path('trackings', id, 'corrections.json'), next)
    return { revision: revision + 1 }
  })
}

/** What an export needs to know of a finished tracking. @throws `lesions/unknown-tracking`, `projects/*` */
export async function exportSources(
  project: OpenProject,
  id: string,
): Promise<{ folder: string; studies: { paths: string[]; series: string }[]; corrections: CorrectionLog }> {
  const { studies } = await finishedTracking(project, id)
  const { log } = await readCorrections(project, id)
  return {
    folder: project.path('trackings', id),
    // In the order of the request, which the stored report refers to.
    studies: await Promise.all(
      studies.map(async ({ data, sequence }) => ({ paths: await pathsOf(project, data), series: sequence })),
    ),
    corrections: log,
  }
}

/** Deletes a tracking with its corrections. @throws `lesions/tracking-running`, `projects/read-only`, `store/*` */
export async function removeTracking(project: OpenProject, id: string): Promise<void> {
  project.requireWritable()
  if (project.runningJob(trackingKey(id)))
    throw new AppError('lesions/tracking-running', 'These lesions are being followed; stop that first.', { id })
  await finishedTracking(project, id)
  const folder = project.path('trackings', id)
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw toWriteError(error, folder)
  }
}
