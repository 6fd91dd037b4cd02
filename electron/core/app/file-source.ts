import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import { encodeDataArray } from '../../../shared/contracts/data-array.ts'
import { maximumValues } from '../../../shared/contracts/data-array.ts'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import { toReadError } from '../../store/store-error.ts'
import type { DataSource } from './handles.ts'

/** A file that the core made for the page to save. */
export class FileDataSource implements DataSource {
  private readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The file's bytes as uint8 [bytes]. @throws `data/wrong-kind`, `data/too-large`, `store/not-found`, `store/not-readable` */
  async read(read: DataRead, signal?: AbortSignal): Promise<ArrayBuffer> {
    if (read.kind !== 'file') throw new AppError('data/wrong-kind', 'This handle is a file, not an open sequence.')
    try {
      const { size } = await stat(this.path)
      if (size > 4 * maximumValues)
        throw new AppError('data/too-large', `The file has ${size} bytes, too many to be handed to the page.`, { size })
      const values = new Uint8Array(size)
      let filled = 0
      for await (const piece of createReadStream(this.path, { signal })) {
        const bytes = piece as Buffer
        values.set(bytes.subarray(0, size - filled), filled)
        filled += Math.min(bytes.length, size - filled)
      }
      return encodeDataArray({ type: 'uint8', shape: [filled], values: values.subarray(0, filled), remarks: {} })
    } catch (error) {
      throw toReadError(error, this.path)
    }
  }

  async close(): Promise<void> {
    // Nothing is held open between reads.
  }
}
