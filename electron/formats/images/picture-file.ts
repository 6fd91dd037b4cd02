import { constants, gunzip, gunzipSync } from 'node:zlib'
import { promisify } from 'node:util'
import { AppError } from '../../../shared/base/app-error.ts'
import { openFileSource } from '../file-source.ts'
import { anymapBytes, anymapHeader } from './anymap.ts'
import { pictureHeadBytes, readPictureHeader, type PictureHeader } from './picture-header.ts'

/** Bytes after the values that a packed picture may have. */
const slackBytes = 2 ** 20

/** Size and bands of a picture file; packed ones (`.pgm.gz`) are unpacked as far as needed. @throws `images/*`, `formats/*` */
export async function readHeaderOf(path: string): Promise<PictureHeader> {
  const source = await openFileSource(path)
  try {
    const head = await source.read(0, Math.min(pictureHeadBytes, source.size))
    return readPictureHeader(isPacked(head) ? unpackHead(head, path) : head, path)
  } finally {
    await source.close()
  }
}

/** All bytes of a picture file, unpacked. @throws `images/damaged`, `formats/*` */
export async function readPictureBytes(path: string): Promise<Buffer> {
  const source = await openFileSource(path)
  try {
    const bytes = await source.read(0, source.size)
    if (!isPacked(bytes)) return bytes
    const header = anymapHeader(unpackHead(bytes.subarray(0, pictureHeadBytes), path))
    if (!header) throw damaged(path)
    // Text may need up to seven bytes for a value.
    const expected = header.dataOffset + anymapBytes(header) * (header.isText ? 4 : 1)
    return await promisify(gunzip)(bytes, { maxOutputLength: expected + slackBytes })
  } catch (error) {
    throw error instanceof AppError ? error : damaged(path, error)
  } finally {
    await source.close()
  }
}

function isPacked(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function unpackHead(head: Buffer, path: string): Buffer {
  try {
    const limit = 300 * pictureHeadBytes * 4
    return gunzipSync(head, { maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    throw damaged(path, error)
  }
}

function damaged(path: string, cause?: unknown): AppError {
  return new AppError(
    'images/damaged',
    `The picture "${path}" does not unpack, or to more than its header says.`,
    { path },
    { cause },
  )
}
