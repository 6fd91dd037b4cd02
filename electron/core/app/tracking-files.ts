import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import { type StudyLandmarkDraft, studyLandmarkDraftSchema } from '../../../shared/domain/medical/landmarks.ts'
import { readIfThere } from '../../store/read-if-there.ts'
import { toReadError } from '../../store/store-error.ts'
import type { OpenProject } from './open-project.ts'

/** A file of a tracking. @throws `lesions/damaged`, `store/*` */
export async function readTrackingPart<Schema extends z.ZodType>(
  project: OpenProject,
  id: string,
  name: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const path = project.path('trackings', id, name)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw toReadError(error, path)
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw new AppError('lesions/damaged', `The file "${name}" of this tracking is damaged; follow the lesions again.`, {
      name,
    })
  }
}

/** `landmarks.json` of a tracking. */
const storedLandmarksSchema = z.object({
  format: z.literal('chronolens-tracking-landmarks'),
  version: z.literal(1),
  revision: z.number().int().nonnegative(),
  studies: z.array(studyLandmarkDraftSchema),
})
/** `landmarks.json` of a tracking. */
export type StoredLandmarks = z.infer<typeof storedLandmarksSchema>

/** The landmarks that are kept with a tracking. @throws `lesions/damaged`, `store/*` */
export async function readLandmarks(
  project: OpenProject,
  id: string,
): Promise<{ revision: number; studies: StudyLandmarkDraft[] }> {
  if ((await readIfThere(project.path('trackings', id, 'landmarks.json'))) === null) return { revision: 0, studies: [] }
  const { revision, studies } = await readTrackingPart(project, id, 'landmarks.json', storedLandmarksSchema)
  return { revision, studies }
}
