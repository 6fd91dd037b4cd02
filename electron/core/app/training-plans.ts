import { createHash } from 'node:crypto'
import { AppError } from '../../../shared/base/app-error.ts'
import type { PlanTraining } from '../../../shared/contracts/training.ts'
import type { TrainingPlan } from '../../../shared/domain/training-plan.ts'
import type { Job } from '../job.ts'
import { backboneSetting } from './backbones.ts'
import { refuseUnoffered } from './offered-settings.ts'
import type { OpenProject } from './open-project.ts'
import { dataPath } from './project-data.ts'
import { labelSetting, taskLabels } from './task-labels.ts'
import type { Workbench } from './workbench.ts'

const keptPlans = 24

/** Plans that were asked for, by everything that decides what comes out; one that is the same is not made again. */
export class TrainingPlans {
  private readonly jobs = new Map<string, Job<TrainingPlan>>()

  /** The job with this key, unless it came to nothing. */
  get(key: string): Job<TrainingPlan> | undefined {
    const known = this.jobs.get(key)
    return known && known.snapshot.state !== 'failed' && known.snapshot.state !== 'cancelled' ? known : undefined
  }

  /** Keeps a job under a key; the oldest go when there are many. */
  keep(key: string, job: Job<TrainingPlan>): void {
    this.jobs.delete(key)
    this.jobs.set(key, job)
    for (const oldest of this.jobs.keys()) {
      if (this.jobs.size <= keptPlans) break
      this.jobs.delete(oldest)
    }
  }

  /** A plan that was asked for. @throws `jobs/unknown` */
  find(id: string): Job<TrainingPlan> {
    const job = [...this.jobs.values()].find((candidate) => candidate.id === id)
    if (job) return job
    throw new AppError('jobs/unknown', 'This job is not known; the program was started anew since.', { id })
  }
}

/**
 * Begins to find out what the data step of a training would do with the labels as they are saved now.
 * @throws `labels/none`, `projects/*`, `usage/*`, `store/*`
 */
export async function planTraining(
  workbench: Workbench,
  project: OpenProject,
  request: Omit<PlanTraining, 'project'>,
): Promise<{ job: string }> {
  const task = project.requireTask(request.task)
  const { data, seed, set } = request
  const { offered, file } = await backboneSetting(project, task, set)
  refuseUnoffered(await workbench.choices(task), undefined, offered)
  const { path, sequence } = await dataPath(project, data)
  const labels = await taskLabels(workbench, project, task, data)
  const { fingerprint } = project.data(data)
  const settings = Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1))
  const key = JSON.stringify([task, path, sequence, fingerprint.sha256, labels && hash(labels.text), seed, settings])
  const known = workbench.plans.get(key)
  if (known) return { job: known.id }
  const copy = await labelSetting(labels)
  const job = workbench.core.training.plan({
    task,
    data: path,
    seed,
    set: { ...offered, ...file, ...copy.set, ...(sequence === null ? {} : { sequence }) },
  })
  workbench.plans.keep(key, job)
  void job.result.catch(() => undefined).then(() => copy.remove())
  return { job: job.id }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
