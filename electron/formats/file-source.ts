import { open, type FileHandle } from 'node:fs/promises'
import { AppError } from '../../shared/base/app-error.ts'

/** A file opened for reading at any place, with its size known, so that no length in it needs to be believed. */
export interface FileSource {
  readonly path: string
  readonly size: number
  /**
   * Reads exactly `length` bytes at `offset`; the caller owns the buffer.
   * @throws `formats/truncated` when the file does not hold them all
   */
  read(offset: number, length: number): Promise<Buffer>
  /** Lets go of the system's file handle until the next read, so that hundreds of files can stay described; reads in progress go on. */
  rest(): Promise<void>
  close(): Promise<void>
}

/** Opens a file for reading. @throws `formats/not-found`, `formats/no-permission`, `formats/not-a-file`, `formats/unreadable` */
export async function openFileSource(path: string): Promise<FileSource> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    const status = await handle.stat()
    if (!status.isFile()) throw new AppError('formats/not-a-file', `"${path}" is not a regular file.`, { path })
    return new HandleSource(path, status.size, handle)
  } catch (error) {
    await handle?.close()
    throw toReadError(error, path)
  }
}

/** Says in one sentence why the operating system refused to read a path; an `AppError` is returned unchanged. */
export function toReadError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new AppError('formats/not-found', `"${path}" does not exist.`, { path }, { cause: error })
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('formats/no-permission', `"${path}" may not be read by this user.`, { path }, { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  return new AppError('formats/unreadable', `"${path}" could not be read: ${reason}.`, { path }, { cause: error })
}

const smallBytes = 4096
const pageBytes = 16384

function copyOf(bytes: Buffer, start: number, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length)
  bytes.copy(copy, 0, start, start + length)
  return copy
}

class HandleSource implements FileSource {
  readonly path: string
  readonly size: number
  private handle: Promise<FileHandle> | null
  private readsInProgress = 0
  private isClosed = false
  private page: { readonly offset: number; readonly bytes: Buffer } | undefined

  constructor(path: string, size: number, handle: FileHandle) {
    this.path = path
    this.size = size
    this.handle = Promise.resolve(handle)
  }

  async read(offset: number, length: number): Promise<Buffer> {
    this.checkInside(offset, length)
    if (length > smallBytes) return this.readPlain(offset, length)
    // Headers are made of many small parts close together, and each call to the system costs more than a page.
    const page = this.page
    if (page && offset >= page.offset && offset + length <= page.offset + page.bytes.length)
      return copyOf(page.bytes, offset - page.offset, length)
    const start = offset - (offset % 512)
    const bytes = await this.readPlain(start, Math.min(pageBytes, this.size - start))
    this.page = { offset: start, bytes }
    return copyOf(bytes, offset - start, length)
  }

  private checkInside(offset: number, length: number): void {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || offset + length > this.size)
      throw this.truncated(offset, length)
  }

  private async readPlain(offset: number, length: number): Promise<Buffer> {
    this.readsInProgress++
    try {
      const handle = await this.opened()
      const buffer = Buffer.allocUnsafeSlow(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
        if (bytesRead === 0) throw this.truncated(offset, length)
        filled += bytesRead
      }
      return buffer
    } catch (error) {
      throw toReadError(error, this.path)
    } finally {
      this.readsInProgress--
    }
  }

  async rest(): Promise<void> {
    const { handle } = this
    if (!handle || this.readsInProgress > 0) return
    this.handle = null
    await (await handle).close()
  }

  async close(): Promise<void> {
    const { handle } = this
    this.isClosed = true
    this.handle = null
    if (handle) await (await handle).close()
  }

  private opened(): Promise<FileHandle> {
    if (this.isClosed)
      throw new AppError('formats/closed', `"${this.path}" was closed, so it cannot be read any more.`, {
        path: this.path,
      })
    this.handle ??= this.reopen()
    return this.handle
  }

  private async reopen(): Promise<FileHandle> {
    try {
      const handle = await open(this.path, 'r')
      const { size } = await handle.stat()
      if (size === this.size) return handle
      await handle.close()
      throw new AppError('formats/changed', `"${this.path}" was changed while it was open; open it again.`, {
        path: this.path,
      })
    } catch (error) {
      // The next read may try again.
      this.handle = null
      throw error
    }
  }

  private truncated(offset: number, length: number): AppError {
    return new AppError(
      'formats/truncated',
      `"${this.path}" ends too early: ${length} bytes are expected at byte ${offset}, but the file has ${this.size}.`,
      { path: this.path, offset, length, size: this.size },
    )
  }
}
