import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ExportedFile } from '../../../shared/contracts/exports.ts'
import type { ActionPrediction, Explained, FramePrediction } from '../../../shared/contracts/inference.ts'
import type { ProjectPrediction } from '../../../shared/domain/project.ts'
import type { PredictionReport, TaskId } from '../../../shared/domain/run.ts'
import { actionTablesSchema, frameTablesSchema } from '../../../shared/domain/video-prediction.ts'
import type { Job } from '../job.ts'
import { FileDataSource } from './file-source.ts'
import type { OpenProject } from './open-project.ts'
import { dataPath } from './project-data.ts'
import { findPrediction, legendOf, summarisePrediction } from './project-predictions.ts'
import { finishedRun } from './project-runs.ts'
import type { Session } from './session.ts'
import { offerFile, TemporaryFile, temporaryFolder } from './temporary-file.ts'
import type { Workbench } from './workbench.ts'

/** A finished prediction of a task. @throws `predictions/unknown`, `predictions/incomplete`, `predictions/other-task` */
async function finishedOf(
  project: OpenProject,
  id: string,
  task: TaskId,
): Promise<{ entry: ProjectPrediction; report: PredictionReport }> {
  await project.settled(`predictions/${id}`)
  const entry = findPrediction(project, id)
  const { report } = entry
  if (!report) throw new AppError('predictions/incomplete', `The prediction "${entry.name}" has not finished.`, { id })
  if (report.task === task) return { entry, report }
  throw new AppError(
    'predictions/other-task',
    `The prediction "${entry.name}" is one of ${report.task}, not of ${task}.`,
    { id, task },
  )
}

const listOf = ({ files }: PredictionReport) => files.map(({ path, role }) => ({ name: path, role }))

/** Which actions were found in clips. @throws `predictions/*`, `model/*` */
export async function actionPrediction(project: OpenProject, id: string): Promise<ActionPrediction> {
  const { entry, report } = await finishedOf(project, id, 'action-recognition')
  const { clips, intervals } = actionTablesSchema.parse(report.tables)
  const { model, device, seconds, remarks } = report
  return {
    summary: summarisePrediction(project, entry),
    model,
    device,
    seconds,
    legend: await legendOf(project, entry),
    clips,
    intervals,
    files: listOf(report),
    remarks,
  }
}

/** Which frames were predicted. @throws `predictions/*` */
export async function framePrediction(project: OpenProject, id: string): Promise<FramePrediction> {
  const { entry, report } = await finishedOf(project, id, 'frame-prediction')
  const { model, device, seconds, remarks } = report
  return {
    summary: summarisePrediction(project, entry),
    model,
    device,
    seconds,
    ...frameTablesSchema.parse(report.tables),
    files: listOf(report),
    remarks,
  }
}

const mediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  png: 'image/png',
  mp4: 'video/mp4',
  gif: 'image/gif',
}

/** One file of a finished prediction. @throws `predictions/*`, `store/not-found` */
export async function predictionFile(
  session: Session,
  project: OpenProject,
  id: string,
  name: string,
): Promise<ExportedFile> {
  await project.settled(`predictions/${id}`)
  const entry = findPrediction(project, id)
  // Compared with the list, not joined into a path: what comes from the page never becomes part of one.
  const file = entry.report?.files.find(({ path }) => path === name)
  if (!file)
    throw new AppError('predictions/no-file', `The prediction "${entry.name}" has no file "${name}".`, { name })
  const path = project.path('predictions', id, file.path)
  const ending = /\.(\w+)$/.exec(file.path)?.[1] ?? ''
  return offerFile(session, new FileDataSource(path), path, file.path, mediaTypes[ending] ?? 'application/octet-stream')
}

/** What is explained: a part of a sequence of the project's data, and the class. */
export interface ExplainRequest {
  readonly run: string
  readonly data: string
  readonly sequence: string
  readonly from: number
  readonly to: number
  readonly label: string
}

/** Explanations that were asked for; each is fetched once. */
export class Explanations {
  private readonly jobs = new Map<string, { readonly job: Job<PredictionReport>; readonly folder: string }>()

  /** Begins to find out which frames and pixels decided. @throws `runs/*`, `projects/*`, `store/*`; later errors are the job's */
  async start(workbench: Workbench, project: OpenProject, request: ExplainRequest): Promise<{ job: string }> {
    const { folder: model } = await finishedRun(project, request.run)
    const { path } = await dataPath(project, request.data)
    const folder = await temporaryFolder()
    const { sequence, from, to, label } = request
    const set = { mode: 'clips', saliency: 'true', sequence, from: String(from), to: String(to), label }
    const job = workbench.core.inference.predict({ model, input: path, out: folder, set })
    this.jobs.set(job.id, { job, folder })
    return { job: job.id }
  }

  /** Waits for one. The maps are a file that is gone when its handle is closed. @throws `jobs/unknown`, and the job's codes */
  async take(session: Session, id: string): Promise<Explained> {
    const known = this.jobs.get(id)
    if (!known) throw new AppError('jobs/unknown', 'This job is not known; the program was started anew since.', { id })
    this.jobs.delete(id)
    const name = 'saliency.f32'
    const file = new TemporaryFile(known.folder, name)
    try {
      const { saliency } = actionTablesSchema.parse((await known.job.result).tables)
      if (!saliency) throw new AppError('jobs/unknown', 'The job has not explained anything.', { id })
      const maps = await offerFile(session, file, join(known.folder, name), name, 'application/octet-stream')
      return { saliency, maps }
    } catch (error) {
      await file.close()
      throw error
    }
  }
}
