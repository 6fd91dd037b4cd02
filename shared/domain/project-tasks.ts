import type { TaskId } from './run.ts'
import type { SequenceKind } from './sequence.ts'

const tasksOfKind: Readonly<Record<SequenceKind, readonly TaskId[]>> = {
  geotiff: ['land-use', 'frame-prediction'],
  video: ['action-recognition', 'frame-prediction'],
  images: ['action-recognition', 'frame-prediction'],
  dicom: ['lesion-segmentation', 'frame-prediction'],
  nifti: ['lesion-segmentation'],
}

/** What models can be trained for on data of these kinds, the usual task first; empty where there is none. */
export function tasksOf(kinds: Iterable<SequenceKind>): TaskId[] {
  return [...new Set([...kinds].flatMap((kind) => tasksOfKind[kind]))]
}
