import type { TaskId } from '../shared/domain/run.ts'

/** Steps of a project in the order of the work; each is a page. */
export const projectSteps = ['data', 'look', 'label', 'train', 'results', 'predict'] as const
/** One step of a project. */
export type ProjectStep = (typeof projectSteps)[number]

/** Steps that need a task to train for. */
export const taskSteps: readonly ProjectStep[] = ['train', 'results', 'predict']

/** Whether a route's name is a page of a project with this task; null where no model is trained on its kind of data yet. */
export function isProjectPage(name: unknown, task: TaskId | null): boolean {
  const step = projectSteps.find((one) => one === name)
  return step !== undefined && (task !== null || !taskSteps.includes(step))
}
