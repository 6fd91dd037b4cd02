import { AppError } from '../../../../shared/base/app-error.ts'
import type { MedicalObjectKind } from '../../../../shared/domain/medical/study.ts'
import { openFileSource } from '../../file-source.ts'
import { readHeader } from '../read-header.ts'
import { objectKindOf } from './object-summary.ts'

/** What kind of object a file is. @throws `dicom/not-an-overlay` when it is none that can be laid over a series; `dicom/*` */
export async function readObjectKind(path: string): Promise<MedicalObjectKind> {
  const source = await openFileSource(path)
  try {
    const { elements } = await readHeader(source)
    const kind = objectKindOf(elements.code('x00080016') ?? '')
    if (kind !== null) return kind
    throw new AppError(
      'dicom/not-an-overlay',
      `"${path}" is no segmentation (SEG), structure set (RTSTRUCT) or report (SR).`,
      { path },
    )
  } finally {
    await source.close()
  }
}
