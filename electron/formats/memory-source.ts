import { AppError } from '../../shared/base/app-error.ts'
import type { FileSource } from './file-source.ts'

/** Bytes in memory that are read like a file; reads are copies. */
export function memorySource(path: string, bytes: Buffer): FileSource {
  return {
    path,
    size: bytes.length,
    read: (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > bytes.length)
        return Promise.reject(
          new AppError(
            'formats/truncated',
            `"${path}" ends too early: ${length} bytes are expected at byte ${offset}, but there are ${bytes.length}.`,
            { path, offset, length, size: bytes.length },
          ),
        )
      return Promise.resolve(Buffer.from(bytes.subarray(offset, offset + length)))
    },
    rest: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}
