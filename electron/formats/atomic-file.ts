import { randomBytes } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../shared/base/app-error.ts'

/**
 * A file that appears under its name only when it is complete: it is written beside it, flushed to the disk, then renamed.
 * A crash or an abort leaves the file of that name as it was before.
 */
export interface AtomicFile {
  /** Writes all bytes at a place. @throws `store/no-space`, `store/not-writable`, `store/write-failed` */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Flushes and gives the file its name. @throws like `write` */
  commit(): Promise<void>
  /** Removes what was written; safe to call more than once and after `commit` (then it does nothing). */
  discard(): Promise<void>
}

/** Starts a file beside `path`. @throws `store/not-writable`, `store/no-space` */
export async function createAtomicFile(path: string): Promise<AtomicFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    return new TemporaryFile(path, temporary, await open(temporary, 'wx'))
  } catch (error) {
    throw toWriteError(error, path)
  }
}

/** Writes a small text file in one atomic step. @throws `store/no-space`, `store/not-writable` */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await writeAtomically(path, text)
}

/** Writes a file whose content is in memory in one atomic step. @throws `store/no-space`, `store/not-writable` */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const file = await createAtomicFile(path)
  try {
    await file.write(typeof content === 'string' ? Buffer.from(content, 'utf8') : content, 0)
    await file.commit()
  } catch (error) {
    await file.discard()
    throw error
  }
}

/** Says in one sentence why the operating system refused to write; an `AppError` is returned unchanged. */
export function toWriteError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const folder = dirname(path)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return new AppError(
      'store/no-space',
      `There is no space left on the disk for "${path}"; free some space or choose another folder.`,
      { path },
      { cause: error },
    )
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new AppError(
      'store/not-writable',
      `"${path}" cannot be written because the folder "${folder}" does not exist; create it first.`,
      { path },
      { cause: error },
    )
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'EISDIR')
    return new AppError(
      'store/not-writable',
      `"${path}" may not be written by this user; choose another folder or change its permissions.`,
      { path },
      { cause: error },
    )
  const reason = error instanceof Error ? error.message : String(error)
  return new AppError('store/write-failed', `"${path}" could not be written: ${reason}.`, { path }, { cause: error })
}

class TemporaryFile implements AtomicFile {
  private readonly path: string
  private readonly temporary: string
  private handle: FileHandle | null

  constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path
    this.temporary = temporary
    this.handle = handle
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      let written = 0
      while (written < bytes.length) {
        const result = await this.opened().write(bytes, written, bytes.length - written, position + written)
        written += result.bytesWritten
      }
    } catch (error) {
      throw toWriteError(error, this.path)
    }
  }

  async commit(): Promise<void> {
    try {
      const handle = this.opened()
      await handle.sync()
      this.handle = null
      await handle.close()
      await rename(this.temporary, this.path)
      await syncFolder(dirname(this.path))
    } catch (error) {
      await rm(this.temporary, { force: true })
      throw toWriteError(error, this.path)
    }
  }

  async discard(): Promise<void> {
    const { handle } = this
    if (!handle) return
    this.handle = null
    await handle.close()
    await rm(this.temporary, { force: true })
  }

  private opened(): FileHandle {
    if (!this.handle)
      throw new AppError('store/write-failed', `"${this.path}" was already closed.`, { path: this.path })
    return this.handle
  }
}

/** Makes the renaming itself survive a power cut, where the system lets folders be flushed (not on Windows). */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(folder, 'r')
  } catch {
    return
  }
  try {
    await handle.sync()
  } catch {
    // Some file systems refuse to flush a folder; the file itself is already on the disk.
  } finally {
    await handle.close()
  }
}
