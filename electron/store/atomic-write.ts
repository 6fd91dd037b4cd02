import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { throwIfAborted } from '../../shared/base/abort.ts'
import { toWriteError } from './store-error.ts'

/** What a file is made of: text, bytes, or pieces that are made one after the other. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Ends the names of files that are not finished; one that is left over belongs to a run that was killed. */
export const temporarySuffix = '.partial'

/**
 * Writes a file so that at every moment, a crash or power cut included, `path` holds either what it held before or the
 * whole of `content`: written beside it, flushed to disk, renamed, and the folder flushed too.
 * @throws `store/no-space`, `store/not-writable`, `store/write-failed`, `AbortError`; nothing is left behind
 */
export async function writeFileAtomic(path: string, content: FileContent, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}${temporarySuffix}`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await writePieces(file, content, signal)
      await file.sync()
    } finally {
      await file.close()
    }
    throwIfAborted(signal)
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined) // The first failure is the one to report.
    throw toWriteError(error, path)
  }
}

/** Adds one piece to the end of a file and flushes it; a crash in between may leave the piece torn. */
export async function appendAndSync(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'a')
    try {
      await file.appendFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw toWriteError(error, path)
  }
}

/** Removes files that killed runs left unfinished in a folder. */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  const names = await readdir(folder)
  const unfinished = names.filter((name) => name.startsWith('.') && name.endsWith(temporarySuffix))
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { force: true })))
}

async function writePieces(file: FileHandle, content: FileContent, signal: AbortSignal | undefined): Promise<void> {
  if (typeof content === 'string' || content instanceof Uint8Array) return file.writeFile(content)
  for await (const piece of content) {
    throwIfAborted(signal)
    await writeWhole(file, piece)
  }
}

/** A single `write` may take only part of a large piece. */
async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.byteLength;) {
    const { bytesWritten } = await file.write(piece, done, piece.byteLength - done)
    done += bytesWritten
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder for flushing, and does not need it: NTFS journals the rename.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems refuse to flush folders; the rename has happened all the same.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error
  } finally {
    await handle.close()
  }
}
