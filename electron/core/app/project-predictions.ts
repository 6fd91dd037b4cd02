import { mkdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import {
  areaSummarySchema,
  changeTableSchema,
  type Prediction,
  type PredictionSummary,
} from '../../../shared/contracts/inference.ts'
import type { LegendEntry } from '../../../shared/contracts/sequences.ts'
import type { ProjectPrediction } from '../../../shared/domain/project.ts'
import type { FitReport, PredictionReport, TaskId } from '../../../shared/domain/run.ts'
import { classColours } from '../../../shared/imaging/class-colours.ts'
import { readManifest } from '../../store/model-folder.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { OpenProject } from './open-project.ts'
import { dataPath, nextId } from './project-data.ts'
import { hexColour } from './label-import.ts'
import { projectClassColours } from './project-labels.ts'
import { finishedRun } from './project-runs.ts'
import type { Workbench } from './workbench.ts'

/** Part of a file name, so it must not be able to name another folder. */
const seasonLabelSchema = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,63}$/u)

/** The tables that land use puts into its report. */
const tablesSchema = z.object({
  seasons: z.array(z.object({ label: seasonLabelSchema, from: z.string(), to: z.string() })),
  areas: z.array(areaSummarySchema),
  changes: z.array(changeTableSchema),
  estimatedAreas: z.array(z.object({ map: z.string(), estimate: z.json() })).default([]),
})

/** Settings that the page may set, by task; the others name files or belong to the project. */
const offered: Readonly<Partial<Record<TaskId, readonly string[]>>> = {
  'land-use': ['seasons'],
  'action-recognition': ['mode'],
  'frame-prediction': ['inputFrames', 'horizon', 'start', 'beyond'],
}

/** A prediction by its id. @throws `predictions/unknown` */
export function findPrediction(project: OpenProject, id: string): ProjectPrediction {
  const prediction = project.manifest.predictions.find((candidate) => candidate.id === id)
  if (prediction) return prediction
  throw new AppError('predictions/unknown', `The project "${project.manifest.name}" has no prediction "${id}".`, { id })
}

/** Applies the model of a finished run. @throws `runs/unknown`, `runs/unfinished`, `projects/*`, `usage/unknown-setting` */
export async function startPrediction(
  workbench: Workbench,
  project: OpenProject,
  request: { run: string; data: string; sequence?: string; device?: string; set: Record<string, string> },
): Promise<{ job: string; prediction: string }> {
  project.requireWritable()
  const { run, folder: model } = await finishedRun(project, request.run)
  const { task } = run.request
  const unknown = Object.keys(request.set).find((key) => offered[task]?.includes(key) !== true)
  if (unknown !== undefined)
    throw new AppError('usage/unknown-setting', `There is no setting "${unknown}" here.`, { key: unknown })
  const { path, sequence: only } = await dataPath(project, request.data)
  const sequence = only ?? request.sequence ?? null
  const id = nextId('prediction', project.manifest.predictions)
  const entry: ProjectPrediction = {
    id,
    name: `${run.name}, ${request.sequence === undefined ? project.data(request.data).name : basename(request.sequence)}`,
    task,
    run: run.id,
    data: request.data,
    sequence,
    createdAt: new Date().toISOString(),
    report: null,
  }
  const out = project.path('predictions', id)
  try {
    await mkdir(out, { recursive: true })
  } catch (error) {
    throw toWriteError(error, out)
  }
  await project.update((manifest) => ({ ...manifest, predictions: [...manifest.predictions, entry] }))
  const set = {
    ...request.set,
    ...(sequence === null ? {} : { sequence }),
    // The page makes its movies itself, with what it shows around the pictures.
    ...(task === 'frame-prediction' ? { movie: 'none' } : {}),
  }
  const job = workbench.core.inference.predict({ model, input: path, out, device: request.device, set })
  project.keepFor(`predictions/${id}`, job, (report) => storeReport(project, id, report))
  return { job: job.id, prediction: id }
}

/** Whether the model of a finished run can be used on data. @throws `runs/unknown`, `runs/unfinished`, `projects/*`, and the job's codes */
export async function modelFits(
  workbench: Workbench,
  project: OpenProject,
  request: { readonly run: string; readonly data: string; readonly sequence?: string | undefined },
  signal?: AbortSignal,
): Promise<FitReport> {
  const model = (await finishedRun(project, request.run)).folder
  const { path, sequence: only } = await dataPath(project, request.data)
  const sequence = only ?? request.sequence ?? null
  const job = workbench.core.inference.fits({ model, input: path, set: sequence === null ? {} : { sequence } })
  signal?.addEventListener('abort', () => job.kill())
  return job.result
}

async function storeReport(project: OpenProject, id: string, report: PredictionReport): Promise<void> {
  const files = report.files.map(({ path, role }) => ({ path: basename(path), role }))
  await project.update((manifest) => ({
    ...manifest,
    predictions: manifest.predictions.map((entry) =>
      entry.id === id ? { ...entry, report: { ...report, files } } : entry,
    ),
  }))
}

/** All predictions, the latest last. */
export async function listPredictions(project: OpenProject): Promise<PredictionSummary[]> {
  for (const { id } of project.manifest.predictions) await project.settled(`predictions/${id}`)
  return project.manifest.predictions.map((entry) => summarisePrediction(project, entry))
}

/** A prediction as it is listed. */
export function summarisePrediction(project: OpenProject, entry: ProjectPrediction): PredictionSummary {
  const { id, name, task, run, data, sequence, createdAt, report } = entry
  const job = project.runningJob(`predictions/${id}`)
  const isFinished = report !== null
  return {
    id,
    name,
    task,
    run,
    data,
    sequence,
    createdAt,
    state: isFinished ? 'finished' : job ? 'running' : 'incomplete',
    job: job?.id ?? null,
  }
}

/** A finished prediction. @throws `predictions/unknown`, `predictions/incomplete` */
export async function getPrediction(project: OpenProject, id: string): Promise<Prediction> {
  await project.settled(`predictions/${id}`)
  const entry = findPrediction(project, id)
  const { report } = entry
  if (!report) throw new AppError('predictions/incomplete', `The prediction "${entry.name}" has not finished.`, { id })
  if (report.task !== 'land-use')
    throw new AppError(
      'predictions/other-task',
      `The prediction "${entry.name}" is one of ${report.task}, not of land-use.`,
      { id, task: 'land-use' },
    )
  const tables = tablesSchema.parse(report.tables)
  const maps = tables.seasons.flatMap(({ label }) =>
    mapRoles
      .filter((role) => report.files.some(({ path }) => path === `${role}-${label}.tif`))
      .map((role) => ({
        season: label,
        role,
      })),
  )
  return {
    summary: summarisePrediction(project, entry),
    model: report.model,
    device: report.device,
    seconds: report.seconds,
    ...tables,
    maps,
    legend: await legendOf(project, entry),
    warnings: report.warnings,
    remarks: report.remarks,
  }
}

const mapRoles = ['classes', 'probabilities', 'entropy']

/** Values of the class maps: class k of the model has value k + 1. Colours are those of the labels, where they are the same classes. */
export async function legendOf(project: OpenProject, entry: ProjectPrediction): Promise<LegendEntry[]> {
  const { labels } = await readManifest(project.path('runs', entry.run))
  const own = await projectClassColours(project)
  const fallback = classColours(labels.length)
  return labels.map((label, index) => ({
    value: index + 1,
    label,
    colour: own.get(label) ?? hexColour(fallback[index] ?? [128, 128, 128]),
  }))
}

/** The file of one map. @throws `predictions/unknown`, `predictions/incomplete`, `predictions/no-map` */
export async function mapPath(project: OpenProject, id: string, season: string, role: string): Promise<string> {
  const { maps } = await getPrediction(project, id)
  // Compared with the list, not joined into a path: what comes from the page never becomes part of one.
  const map = maps.find((candidate) => candidate.season === season && candidate.role === role)
  if (map) return project.path('predictions', id, `${map.role}-${map.season}.tif`)
  throw new AppError('predictions/no-map', `The prediction has no map "${role}" of "${season}".`, { season, role })
}

/** A table as CSV. @throws `predictions/unknown`, `predictions/incomplete`, `store/not-readable` */
export async function tableText(project: OpenProject, id: string, table: 'areas' | 'changes'): Promise<string> {
  await getPrediction(project, id) // Refuses one that has not finished.
  const names = (findPrediction(project, id).report?.files ?? [])
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.csv'))
  const wanted = names.filter((name) => (table === 'areas' ? name === 'areas.csv' : name.startsWith('change-')))
  const texts = await Promise.all(wanted.map((name) => readFile(join(project.path('predictions', id), name), 'utf8')))
  if (table === 'areas') return texts.join('')
  return texts.map((text, i) => `${wanted[i]?.slice('change-'.length, -'.csv'.length)}\n${text}`).join('\n')
}

/** Deletes a prediction and its maps. @throws `predictions/unknown`, `predictions/running`, `projects/read-only`, `store/*` */
export async function removePrediction(project: OpenProject, id: string): Promise<void> {
  project.requireWritable()
  const entry = findPrediction(project, id)
  if (project.runningJob(`predictions/${id}`))
    throw new AppError('predictions/running', `The prediction "${entry.name}" is going on; stop it first.`, { id })
  await project.update((manifest) => ({
    ...manifest,
    predictions: manifest.predictions.filter((other) => other.id !== id),
  }))
  const folder = project.path('predictions', id)
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw toWriteError(error, folder)
  }
}
