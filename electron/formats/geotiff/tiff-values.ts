import type { FileSource } from '../file-source.ts'
import type { TiffDirectory, TiffEntry } from './ifd-scan.ts'
import { hostile } from './ifd-scan.ts'
import { fieldTypeBytes } from './tiff-tags.ts'

/** Reads the values of tags that the scan has found to lie inside the file. */
export class TagReader {
  private readonly source: FileSource
  private readonly littleEndian: boolean
  private readonly directory: TiffDirectory

  constructor(source: FileSource, littleEndian: boolean, directory: TiffDirectory) {
    this.source = source
    this.littleEndian = littleEndian
    this.directory = directory
  }

  has(tag: number): boolean {
    return this.directory.has(tag)
  }

  count(tag: number): number {
    return this.directory.get(tag)?.count ?? 0
  }

  /** First value of a numeric tag, or the fallback where the tag is missing. @throws `geotiff/hostile-header` */
  async number(tag: number, fallback: number): Promise<number> {
    const values = await this.numbers(tag, 1)
    return values?.[0] ?? fallback
  }

  /**
   * All values of a numeric tag (rationals as quotients), or null where the tag is missing.
   * @param limit reads no more than this many; more than that in the file is not an error
   * @throws `geotiff/hostile-header` when the tag is not numeric
   */
  async numbers(tag: number, limit = Number.POSITIVE_INFINITY): Promise<Float64Array | null> {
    const entry = this.directory.get(tag)
    if (!entry || entry.count === 0) return null
    const count = Math.min(entry.count, limit)
    const buffer = await this.source.read(entry.offset, count * (fieldTypeBytes[entry.type] ?? 1))
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    const readValue = valueReader(entry, view, this.littleEndian)
    if (!readValue) throw hostile(this.source, `tag ${tag} should hold numbers`)
    return Float64Array.from({ length: count }, (_, i) => readValue(i))
  }

  /** Text of an ASCII (or byte) tag without its closing zero bytes, or null; at most 4 MiB. */
  async text(tag: number): Promise<string | null> {
    const bytes = await this.bytes(tag)
    return bytes ? bytes.toString('utf8').replace(/\0+$/, '') : null
  }

  /** Bytes of a tag as stored, or null where it is missing. @throws `geotiff/hostile-header` above 4 MiB */
  async bytes(tag: number): Promise<Buffer | null> {
    const entry = this.directory.get(tag)
    if (!entry) return null
    const length = entry.count * (fieldTypeBytes[entry.type] ?? 1)
    if (length > 4 * 1024 * 1024) throw hostile(this.source, `tag ${tag} is ${length} bytes long`)
    return this.source.read(entry.offset, length)
  }
}

function valueReader(entry: TiffEntry, view: DataView, little: boolean): ((index: number) => number) | null {
  switch (entry.type) {
    case 1:
    case 7:
      return (i) => view.getUint8(i)
    case 6:
      return (i) => view.getInt8(i)
    case 3:
      return (i) => view.getUint16(i * 2, little)
    case 8:
      return (i) => view.getInt16(i * 2, little)
    case 4:
    case 13:
      return (i) => view.getUint32(i * 4, little)
    case 9:
      return (i) => view.getInt32(i * 4, little)
    case 5:
      return (i) => view.getUint32(i * 8, little) / view.getUint32(i * 8 + 4, little)
    case 10:
      return (i) => view.getInt32(i * 8, little) / view.getInt32(i * 8 + 4, little)
    case 11:
      return (i) => view.getFloat32(i * 4, little)
    case 12:
      return (i) => view.getFloat64(i * 8, little)
    case 16:
    case 18:
      return (i) => Number(view.getBigUint64(i * 8, little))
    case 17:
      return (i) => Number(view.getBigInt64(i * 8, little))
    default:
      return null
  }
}
