import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { type Evaluation, evaluationSchema } from '../../../shared/contracts/training.ts'
import type { RunReport } from '../../../shared/domain/run.ts'
import { writeFileAtomic } from '../../store/atomic-write.ts'
import { readJsonFile } from '../../store/json-file.ts'
import type { OpenProject } from './open-project.ts'
import { dataPath } from './project-data.ts'
import { findRun, finishedRun } from './project-runs.ts'
import { labelSetting, taskLabels } from './task-labels.ts'
import type { Workbench } from './workbench.ts'

/** File beside the run's model folder, which itself holds nothing that was not there when the model was sealed. */
function evaluationsFile(project: OpenProject, run: string): string {
  return project.path('runs', `${run}.evaluations.json`)
}

/**
 * Measures a run's model on all labels of other data of the project.
 * @throws `runs/unknown`, `runs/unfinished`, `evaluate/own-data`, `labels/none`, `projects/*`; later errors are the job's
 */
export async function startEvaluation(
  workbench: Workbench,
  project: OpenProject,
  id: string,
  data: string,
): Promise<{ job: string }> {
  project.requireWritable()
  const { run, folder: model } = await finishedRun(project, id)
  if (run.data === data)
    throw new AppError(
      'evaluate/own-data',
      `"${project.data(data).name}" is what the run learned from; its own test says more. Choose other data.`,
      { name: project.data(data).name },
    )
  const { path, sequence } = await dataPath(project, data)
  const copy = await labelSetting(await taskLabels(workbench, project, run.request.task, data))
  const set = { ...copy.set, ...(sequence === null ? {} : { sequence }) }
  const job = workbench.core.training.evaluate({ model, data: path, split: 'all', device: undefined, set })
  project.keepFor(`evaluations/${id}`, job, (report) => keep(project, id, data, report))
  void job.result.catch(() => undefined).then(() => copy.remove())
  return { job: job.id }
}

async function keep(project: OpenProject, id: string, data: string, report: RunReport): Promise<void> {
  const { samples, device, metrics, baseline, remarks } = report
  const entry: Evaluation = {
    data,
    name: project.data(data).name,
    at: new Date().toISOString(),
    samples: samples.test,
    device,
    metrics,
    baseline,
    remarks,
  }
  await project.alone(async () => {
    const others = (await readEvaluations(project, id)).filter((one) => one.data !== data)
    await writeFileAtomic(evaluationsFile(project, id), `${JSON.stringify([...others, entry])}\n`)
  })
}

/** What a run's model was measured on so far. @throws `runs/unknown`, `store/not-readable` */
export async function listEvaluations(project: OpenProject, id: string): Promise<Evaluation[]> {
  findRun(project, id)
  await project.settled(`evaluations/${id}`)
  return readEvaluations(project, id)
}

/** One that was damaged by hand is made anew by measuring again. */
const readEvaluations = (project: OpenProject, id: string): Promise<Evaluation[]> =>
  readJsonFile(evaluationsFile(project, id), z.array(evaluationSchema), [])
