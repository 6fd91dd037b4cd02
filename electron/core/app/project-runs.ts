import { mkdir, rm } from 'node:fs/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import type { RunDetails, RunEvent, RunSummary, StartTraining } from '../../../shared/contracts/training.ts'
import type { ProjectRun } from '../../../shared/domain/project.ts'
import type { RunLogLine } from '../../../shared/domain/run-log.ts'
import { readHistory } from '../../store/history.ts'
import { readRunLog } from '../../store/run-log.ts'
import { readManifest } from '../../store/model-folder.ts'
import { runFolderState } from '../../store/model-folder-state.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { Job } from '../job.ts'
import { backboneSetting } from './backbones.ts'
import { refuseUnoffered } from './offered-settings.ts'
import type { OpenProject } from './open-project.ts'
import { dataPath, nextId } from './project-data.ts'
import { keepRunLabels, runLabels, runLabelsPath, taskLabels } from './task-labels.ts'
import { followJob } from './wire-jobs.ts'
import type { Workbench } from './workbench.ts'

/** The run of a project with this id. @throws `runs/unknown` */
export function findRun(project: OpenProject, id: string): ProjectRun {
  const run = project.manifest.runs.find((candidate) => candidate.id === id)
  if (run) return run
  throw new AppError('runs/unknown', `The project "${project.manifest.name}" has no run "${id}".`, { id })
}

/** A run with a model, and the folder of it. @throws `runs/unknown`, `runs/unfinished` */
export async function finishedRun(project: OpenProject, id: string): Promise<{ run: ProjectRun; folder: string }> {
  const run = findRun(project, id)
  const folder = project.path('runs', run.id)
  if ((await runFolderState(folder)) === 'finished') return { run, folder }
  throw new AppError('runs/unfinished', `The run "${run.name}" has no model yet; wait for its end, or resume it.`, {
    id,
    name: run.name,
  })
}

/**
 * Starts a training with the project's labels as they are now; a copy of them is kept, so that resuming learns from the same.
 * @throws `projects/*`, `labels/none`, `usage/unknown-setting`, `store/*`
 */
export async function startRun(
  workbench: Workbench,
  project: OpenProject,
  request: Omit<StartTraining, 'project'>,
): Promise<{ job: string; run: string }> {
  project.requireWritable()
  const { data, name, task: asked, ...rest } = request
  const task = project.requireTask(asked)
  const { offered } = await backboneSetting(project, task, rest.set)
  refuseUnoffered(await workbench.choices(task), rest.model, offered)
  const { path, sequence } = await dataPath(project, data)
  const labels = await taskLabels(workbench, project, task, data)
  const id = nextId('run', project.manifest.runs)
  const run: ProjectRun = {
    id,
    name: name ?? id,
    data,
    createdAt: new Date().toISOString(),
    request: { task, ...rest },
  }
  const runs = project.path('runs')
  await mkdir(runs, { recursive: true }).catch((error: unknown) => {
    throw toWriteError(error, runs)
  })
  await keepRunLabels(project, run, labels)
  await project.update((manifest) => ({ ...manifest, runs: [...manifest.runs, run] }))
  const job = await begin(workbench, project, run, { path, sequence, resume: false })
  return { job: job.id, run: id }
}

/** Goes on with a stopped run. @throws `runs/unknown`, `runs/running`, `runs/finished`, `projects/*` */
export async function resumeRun(workbench: Workbench, project: OpenProject, id: string): Promise<{ job: string }> {
  project.requireWritable()
  const run = findRun(project, id)
  if (project.runningJob(`runs/${id}`))
    throw new AppError('runs/running', `The run "${run.name}" is going on already.`, { id })
  if ((await runFolderState(project.path('runs', id))) === 'finished')
    throw new AppError('runs/finished', `The run "${run.name}" has finished; start a new one to train more.`, { id })
  const { path, sequence } = await dataPath(project, run.data)
  return { job: (await begin(workbench, project, run, { path, sequence, resume: true })).id }
}

async function begin(
  workbench: Workbench,
  project: OpenProject,
  run: ProjectRun,
  from: { readonly path: string; readonly sequence: string | null; readonly resume: boolean },
): Promise<Job<unknown>> {
  const labels = await runLabels(project, run)
  const { offered, file } = await backboneSetting(project, run.request.task, run.request.set)
  const set = {
    ...offered,
    ...file,
    ...(labels === null ? {} : { labels }),
    ...(from.sequence === null ? {} : { sequence: from.sequence }),
  }
  const out = project.path('runs', run.id)
  const job = workbench.core.training.train({ ...run.request, set, data: from.path, out, resume: from.resume })
  project.keepFor(`runs/${run.id}`, job)
  return job
}

/** All runs, the latest last. */
export async function listRuns(project: OpenProject): Promise<RunSummary[]> {
  return Promise.all(project.manifest.runs.map((run) => summarise(project, run)))
}

/** All that is known about a run. @throws `runs/unknown`, `model/damaged`, `store/not-readable` */
export async function runDetails(project: OpenProject, id: string): Promise<RunDetails> {
  const run = findRun(project, id)
  const folder = project.path('runs', id)
  const summary = await summarise(project, run)
  const { task: _task, ...request } = run.request
  const manifest = summary.state === 'finished' ? await readManifest(folder) : null
  return {
    summary,
    request,
    history: await readHistory(folder),
    report: manifest?.report ?? null,
    labels: manifest?.labels ?? [],
    contract: manifest?.contract ?? null,
    provenance: manifest?.provenance ?? null,
  }
}

/** First all epochs there are, then what happens, until the job has ended. @throws `runs/unknown` */
export async function* watchRun(project: OpenProject, id: string, signal?: AbortSignal): AsyncGenerator<RunEvent> {
  findRun(project, id)
  const folder = project.path('runs', id)
  let told = 0
  const news = async (): Promise<RunEvent['epochs']> => {
    const all = await readHistory(folder)
    // A resumed run takes back the epochs after its checkpoint; the page then gets them again as they are repeated.
    const fresh = all.slice(Math.min(told, all.length))
    told = all.length
    return fresh
  }
  const job = project.jobs.get(`runs/${id}`)
  if (!job) {
    yield { job: null, epochs: await news() }
    return
  }
  for await (const snapshot of followJob(job, signal)) yield { job: snapshot, epochs: await news() }
}

/** The last lines of a run's log. @throws `runs/unknown`, `store/not-readable` */
export async function runLog(
  project: OpenProject,
  id: string,
  last: number,
): Promise<{ total: number; lines: RunLogLine[] }> {
  findRun(project, id)
  const lines = await readRunLog(project.path('runs', id))
  return { total: lines.length, lines: lines.slice(-last) }
}

/** Gives a run another name. @throws `runs/unknown`, `projects/read-only`, `store/*` */
export async function renameRun(project: OpenProject, id: string, name: string): Promise<void> {
  findRun(project, id)
  await project.update((manifest) => ({
    ...manifest,
    runs: manifest.runs.map((run) => (run.id === id ? { ...run, name } : run)),
  }))
}

/** Deletes a run and its model. @throws `runs/unknown`, `runs/running`, `projects/read-only`, `store/*` */
export async function removeRun(project: OpenProject, id: string): Promise<void> {
  project.requireWritable()
  const run = findRun(project, id)
  if (project.runningJob(`runs/${id}`))
    throw new AppError('runs/running', `The run "${run.name}" is going on; stop it first.`, { id })
  await project.update((manifest) => ({ ...manifest, runs: manifest.runs.filter((other) => other.id !== id) }))
  const folder = project.path('runs', id)
  try {
    await rm(folder, { recursive: true, force: true })
    const labels = runLabelsPath(project, run)
    if (labels !== null) await rm(labels, { force: true })
    await rm(project.path('runs', `${id}.evaluations.json`), { force: true })
  } catch (error) {
    throw toWriteError(error, folder)
  }
}

async function summarise(project: OpenProject, run: ProjectRun): Promise<RunSummary> {
  const job = project.runningJob(`runs/${run.id}`)
  const folder = project.path('runs', run.id)
  const state = job ? 'running' : await runFolderState(folder)
  const manifest = state === 'finished' ? await readManifest(folder).catch(() => null) : null
  const scoreOf = (metrics: Readonly<Record<string, unknown>> | undefined): number | null => {
    const score = metrics?.overallAccuracy ?? metrics?.ssim ?? metrics?.dice
    return typeof score === 'number' ? score : null
  }
  return {
    id: run.id,
    name: run.name,
    task: run.request.task,
    model: manifest?.model.name ?? run.request.model ?? '',
    data: run.data,
    createdAt: run.createdAt,
    state,
    job: job?.id ?? null,
    score: scoreOf(manifest?.report.metrics),
    baselineScore: scoreOf(manifest?.report.baseline),
  }
}
