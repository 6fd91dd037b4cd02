import { createReadStream } from 'node:fs'
import { crc32 } from 'node:zlib'
import { AppError } from '../../shared/base/app-error.ts'

/** A file that goes into an archive. */
export interface ZipFile {
  /** Path within the archive, with `/`. */
  readonly name: string
  readonly bytes: number
  /** Its content from the beginning; read twice, since its checksum stands before it. */
  readonly open: (signal?: AbortSignal) => AsyncIterable<Uint8Array>
}

const utf8Names = 0x0800
/** The earliest date there can be, 1 January 1980: an archive says nothing of when it was made. */
const noDate = 0x0021
/** From here on a number stands in a longer field beside. */
const most32 = 0xffffffff
const most16 = 0xffff

/** A file on disk as a part of an archive. */
export function zipFileAt(path: string, name: string, bytes: number): ZipFile {
  return { name, bytes, open: (signal) => createReadStream(path, { signal }) as AsyncIterable<Uint8Array> }
}

/** How many bytes the archive of some files has, before any is read. */
export function zipBytes(files: readonly ZipFile[]): number {
  let offset = 0
  let directory = 0
  for (const file of files) {
    directory += directoryRecord(file, 0, offset).length
    offset += localHeader(file, 0).length + file.bytes
  }
  return offset + directory + endOf(files.length, directory, offset).length
}

/**
 * An archive of files as they are, not compressed, piece by piece; of any number and size (ZIP64 where it must be).
 * @throws `exports/file-changed` when a file is not as long any more as was stated, what reading throws, `AbortError`
 * Source: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3
 */
export async function* zipPieces(files: readonly ZipFile[], signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const directory: Buffer[] = []
  let offset = 0
  for (const file of files) {
    let [checksum, bytes] = [0, 0]
    for await (const piece of file.open(signal)) {
      checksum = crc32(piece, checksum)
      bytes += piece.length
    }
    if (bytes !== file.bytes) throw changed(file)
    const header = localHeader(file, checksum)
    yield header
    bytes = 0
    let again = 0
    for await (const piece of file.open(signal)) {
      again = crc32(piece, again)
      bytes += piece.length
      if (bytes > file.bytes) throw changed(file)
      yield piece
    }
    if (bytes !== file.bytes || again !== checksum) throw changed(file)
    directory.push(directoryRecord(file, checksum, offset))
    offset += header.length + file.bytes
  }
  const index = Buffer.concat(directory)
  yield index
  yield endOf(files.length, index.length, offset)
}

function changed({ name }: ZipFile): AppError {
  return new AppError('exports/file-changed', `"${name}" changed while it was being fetched; try again.`, { name })
}

/** Numbers that do not fit their own fields, in the order of those fields. */
function longFields(values: readonly number[]): Buffer {
  const long = values.filter((value) => value >= most32)
  if (long.length === 0) return Buffer.alloc(0)
  const extra = Buffer.alloc(4 + 8 * long.length)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(8 * long.length, 2)
  long.forEach((value, i) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i))
  return extra
}

/** What stands alike in both headers: version needed, flags, method 0, time, date, checksum, sizes, lengths of name and extra. */
function sharedPart({ bytes }: ZipFile, checksum: number, name: Buffer, extra: Buffer): Buffer {
  const shared = Buffer.alloc(26)
  shared.writeUInt16LE(extra.length > 0 ? 45 : 20, 0)
  shared.writeUInt16LE(utf8Names, 2)
  shared.writeUInt16LE(noDate, 8)
  shared.writeUInt32LE(checksum, 10)
  shared.writeUInt32LE(Math.min(bytes, most32), 14)
  shared.writeUInt32LE(Math.min(bytes, most32), 18)
  shared.writeUInt16LE(name.length, 22)
  shared.writeUInt16LE(extra.length, 24)
  return shared
}

function localHeader(file: ZipFile, checksum: number): Buffer {
  const name = Buffer.from(file.name, 'utf8')
  const extra = longFields([file.bytes, file.bytes])
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), sharedPart(file, checksum, name, extra), name, extra])
}

function directoryRecord(file: ZipFile, checksum: number, offset: number): Buffer {
  const name = Buffer.from(file.name, 'utf8')
  const extra = longFields([file.bytes, file.bytes, offset])
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(Math.min(offset, most32), 10)
  const start = Buffer.from('PK\x01\x02\x2d\x00', 'latin1')
  return Buffer.concat([start, sharedPart(file, checksum, name, extra), rest, name, extra])
}

function endOf(files: number, directory: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(Math.min(files, most16), 8)
  end.writeUInt16LE(Math.min(files, most16), 10)
  end.writeUInt32LE(Math.min(directory, most32), 12)
  end.writeUInt32LE(Math.min(offset, most32), 16)
  if (files < most16 && directory < most32 && offset < most32) return end
  const long = Buffer.alloc(56 + 20)
  long.write('PK\x06\x06', 0, 'latin1')
  long.writeBigUInt64LE(44n, 4)
  long.writeUInt16LE(45, 12)
  long.writeUInt16LE(45, 14)
  long.writeBigUInt64LE(BigInt(files), 24)
  long.writeBigUInt64LE(BigInt(files), 32)
  long.writeBigUInt64LE(BigInt(directory), 40)
  long.writeBigUInt64LE(BigInt(offset), 48)
  // Where the record lies that was just made.
  long.write('PK\x06\x07', 56, 'latin1')
  long.writeBigUInt64LE(BigInt(offset + directory), 64)
  long.writeUInt32LE(1, 72)
  return Buffer.concat([long, end])
}
