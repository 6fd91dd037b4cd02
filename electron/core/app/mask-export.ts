import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ExportedFile } from '../../../shared/contracts/exports.ts'
import type { PaintedClass } from '../../compute/reading/write-masks.ts'
import { toWriteError } from '../../store/store-error.ts'
import { LabelBook } from './label-book.ts'
import type { OpenProject } from './open-project.ts'
import type { Session } from './session.ts'
import { offerFile, TemporaryFile, temporaryFolder } from './temporary-file.ts'

/** Its name says nothing of the series, which may be called after the patient. */
const fileName = 'segmentation.dcm'

/**
 * Writes what is painted on a DICOM series as a DICOM segmentation, one segment for each class.
 * @throws `labels/no-masks`, `dicom/no-place`, `data/*`, `store/*`
 */
export async function exportMasks(
  session: Session,
  project: OpenProject,
  { data, handle, version }: { readonly data: string; readonly handle: string; readonly version: string },
): Promise<ExportedFile> {
  const { reader } = session.sequence(handle)
  const book = await LabelBook.of(project)
  const classes = paintedClasses(book, data, reader.info.id)
  if (classes.length === 0)
    throw new AppError('labels/no-masks', 'Nothing is painted on this series yet, so there are no masks to write.')
  const bytes = await reader.writeMasks(classes, version)
  const folder = await temporaryFolder()
  const file = new TemporaryFile(folder, fileName)
  const path = join(folder, fileName)
  try {
    await writeFile(path, bytes)
    return await offerFile(session, file, path, fileName, 'application/dicom')
  } catch (error) {
    await file.close()
    throw toWriteError(error, path)
  }
}

function paintedClasses(book: LabelBook, data: string, sequence: string): PaintedClass[] {
  const colours = new Map(book.classes.map(({ name, colour }) => [name, colour]))
  const found = new Map<string, { frame: number; counts: string }[]>()
  for (const label of book.labels(data).frames) {
    if (label.kind !== 'mask' || label.sequence !== sequence) continue
    for (const { label: name, counts } of label.layers) {
      const frames = found.get(name) ?? []
      frames.push({ frame: label.frame, counts })
      found.set(name, frames)
    }
  }
  return [...found].map(([label, frames]) => ({ label, colour: colours.get(label) ?? null, frames }))
}
