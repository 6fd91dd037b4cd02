import { AppError } from '../../../shared/base/app-error.ts'
import type { DicomImage } from './image.ts'
import type { StoredFrame } from './stored-frame.ts'

/**
 * Decodes one compressed frame.
 * @throws `dicom/unsupported` for an encoding that cannot be read, `dicom/damaged`
 */
export function decodeFrame(_bytes: Buffer, image: DicomImage): Promise<StoredFrame> {
  return Promise.reject(
    new AppError(
      'dicom/unsupported',
      `"${image.path}" is compressed with ${image.syntax.name}, which cannot be read yet.`,
      { path: image.path, transferSyntax: image.syntax.uid },
    ),
  )
}
