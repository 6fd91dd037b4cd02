import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type FileSource, openFileSource, toReadError } from './file-source.ts'

/** How a file begins, read once for telling its kind and for what its header says. */
export interface FileHead {
  /** Of the whole file. */
  readonly size: number
  /** When it was last written, in ms since 1970. */
  readonly modifiedMs: number
  /** The first bytes, `headBytes` at most. */
  readonly bytes: Buffer
  /** Whether the file lies where reading in place is fast. */
  readonly isNear: boolean
}

/** Bytes of a head: the header of most DICOM images fits, and systems read at least as much anyway. */
export const headBytes = 16 * 1024

const atOnce = 32
/** Mean time of a file, in ms, from which waiting for many at once is faster than reading one after the other in place. */
const slowMs = 0.4

/**
 * Reads the beginnings of files, in order. Where that is fast, as from memory and good disks, they are read in place, for asking
 * the system's threads costs several times the reading; where it is slow, as over a network, many at once.
 */
export class HeadReader {
  private isSlow = false

  /**
   * Heads of up to 32 files.
   * @returns for each path its head, or the `AppError` that says why there is none (`formats/not-found`, `formats/no-permission`,
   *   `formats/unreadable`)
   */
  async readSome(paths: readonly string[]): Promise<(FileHead | Error)[]> {
    const some = paths.slice(0, atOnce)
    if (this.isSlow)
      return Promise.all(some.map((path) => readHead(path).catch((error: unknown) => toReadError(error, path))))
    const start = performance.now()
    const heads = some.map((path) => {
      try {
        return readHeadNow(path)
      } catch (error) {
        return toReadError(error, path)
      }
    })
    this.isSlow = performance.now() - start > slowMs * some.length
    await nextTurn()
    return heads
  }
}

/** So many paths are taken by one call of `readSome`. */
export const headsAtOnce = atOnce

/** Longest read in place: some milliseconds, in which nothing else happens. */
const mostInPlace = 4 * 2 ** 20

function readHeadNow(path: string): FileHead {
  const handle = openSync(path, 'r')
  try {
    const { size, mtimeMs: modifiedMs } = fstatSync(handle)
    const bytes = Buffer.allocUnsafe(Math.min(headBytes, size))
    return { size, modifiedMs, bytes: bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, 0)), isNear: true }
  } finally {
    closeSync(handle)
  }
}

/** A part of a file; null where it does not hold all of it any more. */
function readPartNow(path: string, offset: number, length: number): Buffer | null {
  const handle = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafeSlow(length)
    return readSync(handle, bytes, 0, length, offset) === length ? bytes : null
  } finally {
    closeSync(handle)
  }
}

async function readHead(path: string): Promise<FileHead> {
  const handle = await open(path, 'r')
  try {
    const { size, mtimeMs: modifiedMs } = await handle.stat()
    const bytes = Buffer.allocUnsafe(Math.min(headBytes, size))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    return { size, modifiedMs, bytes: bytes.subarray(0, bytesRead), isNear: false }
  } finally {
    await handle.close()
  }
}

/** A file of which the head is known; it is opened only when more is wanted. What is read may be a part of the head: not to be changed. */
export function headSource(path: string, { size, bytes, isNear }: FileHead): FileSource {
  let file: Promise<FileSource> | undefined
  return {
    path,
    size,
    read: async (offset, length) => {
      if (offset >= 0 && length >= 0 && offset + length <= bytes.length) return bytes.subarray(offset, offset + length)
      const isInside = offset >= 0 && offset + length <= size
      if (isNear && !file && isInside && length <= mostInPlace) {
        try {
          const part = readPartNow(path, offset, length)
          if (part) return part
        } catch (error) {
          throw toReadError(error, path)
        }
      }
      file ??= openFileSource(path)
      return (await file).read(offset, length)
    },
    rest: async () => (await file)?.rest(),
    close: async () => (await file)?.close(),
  }
}
