import type { TaskId } from '../shared/domain/run.ts'
import type { SequenceKind } from '../shared/domain/sequence.ts'

/** Steps of a project in the order of the work; each is a page. */
export const projectSteps = ['data', 'look', 'label', 'follow', 'train', 'results', 'predict'] as const
/** One step of a project. */
export type ProjectStep = (typeof projectSteps)[number]

/** Steps that projects of some kinds of data have alone: lesions are followed on medical images. */
export function hasStep(step: ProjectStep, kinds: ReadonlySet<SequenceKind>): boolean {
  return step !== 'follow' || kinds.has('dicom') || kinds.has('nifti')
}

/** Steps that need a task to train for. */
export const taskSteps: readonly ProjectStep[] = ['train', 'results', 'predict']

/** Whether models of any of these tasks are used in the page; lesions are marked on the Follow page. */
export function canPredict(tasks: readonly TaskId[]): boolean {
  return tasks.some((task) => task !== 'lesion-segmentation')
}

/** Whether a route's name is a page of a project; some are only where there is something to train for. */
export function isProjectPage(name: unknown, hasTask: boolean): boolean {
  const step = projectSteps.find((one) => one === name)
  return step !== undefined && (hasTask || !taskSteps.includes(step))
}
