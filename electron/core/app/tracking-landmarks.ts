import { AppError } from '../../../shared/base/app-error.ts'
import { alignLandmarks } from '../../../shared/domain/medical/align-landmarks.ts'
import { completePairs, type StudyLandmarkDraft } from '../../../shared/domain/medical/landmarks.ts'
import { writeJsonFile } from '../../store/json-file.ts'
import type { OpenProject } from './open-project.ts'
import { exportSources, finishedTracking, trackingKey } from './project-trackings.ts'
import { readLandmarks, type StoredLandmarks } from './tracking-files.ts'
import type { Workbench } from './workbench.ts'

/** Keeps landmarks; atomic. @throws `lesions/changed-elsewhere`, `lesions/unknown-tracking`, `projects/read-only`, `store/*` */
export async function keepLandmarks(
  project: OpenProject,
  id: string,
  { studies, revision }: { readonly studies: readonly StudyLandmarkDraft[]; readonly revision: number },
): Promise<{ revision: number }> {
  project.requireWritable()
  await finishedTracking(project, id)
  return project.alone(async () => {
    if ((await readLandmarks(project, id)).revision !== revision)
      throw new AppError(
        'lesions/changed-elsewhere',
        'These lesions were corrected in another window meanwhile; what is there now was loaded.',
        { id },
      )
    const next: StoredLandmarks = {
      format: 'chronolens-tracking-landmarks',
      version: 1,
      revision: revision + 1,
      studies: [...studies],
    }
    await writeJsonFile(project.path('trackings', id, 'landmarks.json'), next)
    return { revision: revision + 1 }
  })
}

/**
 * Lays a study over the baseline by the landmarks that are kept, or again by its images; a job links the lesions anew.
 * @throws `lesions/few-landmarks`, `lesions/landmarks-unlikely`, `lesions/tracking-running`, `lesions/unknown-tracking`, `projects/*`
 */
export async function registerTracking(
  workbench: Workbench,
  project: OpenProject,
  id: string,
  study: number,
  by: 'landmarks' | 'images',
): Promise<{ job: string }> {
  project.requireWritable()
  if (project.runningJob(trackingKey(id)))
    throw new AppError('lesions/tracking-running', 'These lesions are being followed; stop that first.', { id })
  const { folder, studies } = await exportSources(project, id)
  const kept = (await readLandmarks(project, id)).studies.find((one) => one.study === study)
  const pairs = completePairs(kept?.pairs ?? [])
  const { date = null, model = 'rigid' } = kept ?? {}
  // Too few are said at once and not by a job.
  if (by === 'landmarks') alignLandmarks(pairs, model)
  const job = workbench.core.lesions.register({
    tracking: folder,
    studies,
    study,
    landmarks: by === 'landmarks' ? { study, date, model, pairs } : null,
  })
  project.keepFor(trackingKey(id), job)
  return { job: job.id }
}
