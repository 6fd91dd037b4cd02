import { AppError } from '../../../shared/base/app-error.ts'
import type { FileSource } from '../file-source.ts'
import { fieldTypeBytes } from './tiff-tags.ts'

/** One tag of a TIFF directory: where its values lie, already known to be inside the file. */
export interface TiffEntry {
  readonly tag: number
  readonly type: number
  readonly count: number
  /** Byte offset of the first value in the file, also where the values sit inside the entry itself. */
  readonly offset: number
}

/** One directory (IFD) of a TIFF file by tag number. */
export type TiffDirectory = ReadonlyMap<number, TiffEntry>

/** The directories of a TIFF file, all within the file and without loops. */
export interface TiffDirectories {
  readonly littleEndian: boolean
  readonly bigTiff: boolean
  readonly directories: readonly TiffDirectory[]
}

// Far above what real files hold (GDAL writes about 20 tags; a pyramid has about 20 directories), low enough to stay cheap.
const maximumEntries = 2000
const maximumDirectories = 4096

/**
 * Reads the header and the directories of a TIFF file (classic and BigTIFF, both byte orders) and nothing else,
 * so that no decoder ever sees a count, an offset or a loop that does not fit the file. Reads a few kilobytes.
 * @throws `geotiff/not-tiff`, `geotiff/truncated`, `geotiff/hostile-header`
 * Source: TIFF 6.0 section 2; BigTIFF design (libtiff)
 */
export async function scanDirectories(source: FileSource): Promise<TiffDirectories> {
  if (source.size < 8) throw notTiff(source)
  const header = await source.read(0, Math.min(16, source.size))
  const order = header.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') throw notTiff(source)
  const littleEndian = order === 'II'
  const version = littleEndian ? header.readUInt16LE(2) : header.readUInt16BE(2)
  if (version !== 42 && version !== 43) throw notTiff(source)
  const bigTiff = version === 43
  const reader = new DirectoryReader(source, littleEndian, bigTiff)
  const directories: TiffDirectory[] = []
  const visited = new Set<number>()
  let next = reader.firstOffset(header)
  while (next !== 0) {
    if (visited.has(next)) throw hostile(source, `its directories form a loop (directory at byte ${next} comes again)`)
    if (directories.length === maximumDirectories)
      throw hostile(source, `it has more than ${maximumDirectories} directories`)
    visited.add(next)
    const directory = await reader.readDirectory(next)
    directories.push(directory.entries)
    next = directory.next
  }
  if (directories.length === 0) throw hostile(source, 'it has no directory')
  return { littleEndian, bigTiff, directories }
}

/** The error for a header that cannot be right; `what` completes "…: ". */
export function hostile(source: FileSource, what: string): AppError {
  return new AppError(
    'geotiff/hostile-header',
    `"${source.path}" is damaged or was made to mislead: ${what}. Get the file again from where it came.`,
    { path: source.path },
  )
}

/** The error for data that the header promises beyond the end of the file. */
export function truncated(source: FileSource, what: string, offset: number, length: number): AppError {
  return new AppError(
    'geotiff/truncated',
    `"${source.path}" is cut short: ${what} should end at byte ${offset + length}, but the file has ${source.size} bytes. Get the file again.`,
    { path: source.path, offset, length, size: source.size },
  )
}

/** The error for a correct file that stores pixels in a way we cannot decode. */
export function unsupported(path: string, what: string): AppError {
  return new AppError(
    'geotiff/unsupported',
    `"${path}" is a TIFF file, but ${what}, which is not supported. Convert it with gdal_translate -co COMPRESS=DEFLATE.`,
    { path },
  )
}

function notTiff(source: FileSource): AppError {
  return new AppError(
    'geotiff/not-tiff',
    `"${source.path}" is not a TIFF file (its first bytes are not a TIFF header).`,
    {
      path: source.path,
    },
  )
}

class DirectoryReader {
  private readonly source: FileSource
  private readonly littleEndian: boolean
  private readonly bigTiff: boolean

  constructor(source: FileSource, littleEndian: boolean, bigTiff: boolean) {
    this.source = source
    this.littleEndian = littleEndian
    this.bigTiff = bigTiff
  }

  firstOffset(header: Buffer): number {
    if (!this.bigTiff) return this.uint32(header, 4)
    if (header.length < 16) throw truncated(this.source, 'the header', 0, 16)
    if (this.uint16(header, 4) !== 8) throw hostile(this.source, 'its BigTIFF offsets are not 8 bytes long')
    return this.uint64(header, 8)
  }

  async readDirectory(offset: number): Promise<{ readonly entries: TiffDirectory; readonly next: number }> {
    const countBytes = this.bigTiff ? 8 : 2
    const entryBytes = this.bigTiff ? 20 : 12
    const nextBytes = this.bigTiff ? 8 : 4
    this.requireInside('a directory', offset, countBytes)
    const countBuffer = await this.source.read(offset, countBytes)
    const count = this.bigTiff ? this.uint64(countBuffer, 0) : this.uint16(countBuffer, 0)
    if (count === 0 || count > maximumEntries) throw hostile(this.source, `a directory claims ${count} tags`)
    const start = offset + countBytes
    this.requireInside('a directory', start, count * entryBytes)
    // Some writers end the file right after the last entry; then there is no next directory.
    const available = Math.min(count * entryBytes + nextBytes, this.source.size - start)
    const buffer = await this.source.read(start, available)
    const entries = new Map<number, TiffEntry>()
    for (let i = 0; i < count; i++) {
      const entry = this.readEntry(buffer, i * entryBytes, start)
      if (entry && !entries.has(entry.tag)) entries.set(entry.tag, entry)
    }
    const nextAt = count * entryBytes
    if (available < nextAt + nextBytes) return { entries, next: 0 }
    return { entries, next: this.bigTiff ? this.uint64(buffer, nextAt) : this.uint32(buffer, nextAt) }
  }

  private readEntry(buffer: Buffer, at: number, start: number): TiffEntry | undefined {
    const tag = this.uint16(buffer, at)
    const type = this.uint16(buffer, at + 2)
    const bytes = fieldTypeBytes[type]
    // TIFF 6.0: readers skip fields of unknown type.
    if (bytes === undefined) return undefined
    const count = this.bigTiff ? this.uint64(buffer, at + 4) : this.uint32(buffer, at + 4)
    const valueAt = at + (this.bigTiff ? 12 : 8)
    const length = count * bytes
    const inline = length <= (this.bigTiff ? 8 : 4)
    const pointer = this.bigTiff ? this.uint64(buffer, valueAt) : this.uint32(buffer, valueAt)
    const offset = inline ? start + valueAt : pointer
    this.requireInside(`tag ${tag}`, offset, length)
    return { tag, type, count, offset }
  }

  private requireInside(what: string, offset: number, length: number): void {
    if (offset < 0 || offset + length > this.source.size) throw truncated(this.source, what, offset, length)
  }

  private uint16(buffer: Buffer, at: number): number {
    return this.littleEndian ? buffer.readUInt16LE(at) : buffer.readUInt16BE(at)
  }

  private uint32(buffer: Buffer, at: number): number {
    return this.littleEndian ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at)
  }

  private uint64(buffer: Buffer, at: number): number {
    // Beyond 2^53 precision is lost, but such offsets lie outside every file and are rejected by the range checks.
    return Number(this.littleEndian ? buffer.readBigUInt64LE(at) : buffer.readBigUInt64BE(at))
  }
}
