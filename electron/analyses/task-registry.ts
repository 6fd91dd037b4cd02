import type { TaskId } from '../../shared/domain/run.ts'
import type { Task } from './task.ts'

const loaders: { readonly [id in TaskId]: () => Promise<Task> } = {
  'land-use': async () => (await import('./land-use/land-use-task.ts')).landUseTask,
  'action-recognition': async () => (await import('./action-recognition/action-task.ts')).actionTask,
  'frame-prediction': async () => (await import('./frame-prediction/frame-prediction-task.ts')).framePredictionTask,
  'lesion-segmentation': async () => (await import('./lesion-segmentation/segmentation-task.ts')).segmentationTask,
}

/** Gives the implementation of a task; its code and the libraries it needs are loaded on first use. */
export async function loadTask(id: TaskId): Promise<Task> {
  return loaders[id]()
}
