import { mkdir, stat, writeFile } from 'node:fs/promises'
import type { ProjectRun } from '../../../shared/domain/project.ts'
import type { TaskId } from '../../../shared/domain/run.ts'
import { toWriteError } from '../../store/store-error.ts'
import { copyLabels, type LabelCopy } from './label-copy.ts'
import type { OpenProject } from './open-project.ts'
import { clipLabels, paintedLabels, requireLabels } from './project-labels.ts'
import type { Workbench } from './workbench.ts'

type LabelExtension = 'geojson' | 'csv' | 'json'

/** How the labels of a task are written down for it: on the map, as a table of clips, as what is painted on series, or not at all. */
const formats = {
  'land-use': 'geojson',
  'action-recognition': 'csv',
  'frame-prediction': null,
  'lesion-segmentation': 'json',
} as const satisfies Readonly<Record<TaskId, LabelExtension | null>>

/** Labels of a project in the form in which a task reads them. */
export interface TaskLabels {
  readonly text: string
  readonly extension: LabelExtension
}

/**
 * The labels that a task learns from, as they are saved now; null where it learns without, or finds them with the data (one folder
 * for each class).
 * @throws `labels/none`, and as `loadLabels`
 */
export async function taskLabels(
  workbench: Workbench,
  project: OpenProject,
  task: TaskId,
  data: string,
): Promise<TaskLabels | null> {
  const extension = formats[task]
  if (extension === null) return null
  const read = { csv: clipLabels, geojson: requireLabels, json: paintedLabels }
  const text = await read[extension](workbench, project, data)
  return text === null ? null : { text, extension }
}

/** The setting that names a copy of labels for as long as a job reads them, and how to remove the copy. */
export async function labelSetting(
  labels: TaskLabels | null,
): Promise<{ readonly set: { labels?: string }; remove: () => Promise<void> }> {
  const copy: LabelCopy | null = labels && (await copyLabels(labels.text, labels.extension))
  return { set: copy ? { labels: copy.path } : {}, remove: async () => copy?.remove() }
}

/** Keeps the labels of a run as they were when it began, so that resuming learns from the same. @throws `store/*` */
export async function keepRunLabels(project: OpenProject, run: ProjectRun, labels: TaskLabels | null): Promise<void> {
  const path = runLabelsPath(project, run)
  if (!labels || path === null) return
  try {
    await mkdir(project.path('labels'), { recursive: true })
    await writeFile(path, labels.text)
  } catch (error) {
    throw toWriteError(error, path)
  }
}

/** The file with the labels of a run; null where it has none. */
export async function runLabels(project: OpenProject, run: ProjectRun): Promise<string | null> {
  const path = runLabelsPath(project, run)
  // Clips and studies may be labelled by what lies beside them; on maps, a file that is gone is told by the task.
  if (path === null || path.endsWith('.geojson')) return path
  return stat(path).then(
    () => path,
    () => null,
  )
}

/** Where the labels of a run lie, if it has any. */
export function runLabelsPath(project: OpenProject, { id, data, request }: ProjectRun): string | null {
  const extension = formats[request.task]
  return extension === null ? null : project.path('labels', `${data}.${id}.${extension}`)
}
