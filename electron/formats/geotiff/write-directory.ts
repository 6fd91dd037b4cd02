/** One tag to be written; `type` is a TIFF field type. */
export interface TagToWrite {
  readonly tag: number
  readonly type: 'ascii' | 'short' | 'long' | 'double' | 'offset'
  readonly values: readonly number[] | Float64Array | string
}

/** A directory in bytes, and the header that points at it. */
export interface EncodedDirectory {
  readonly header: Buffer
  /** To be written at the offset that was asked for. */
  readonly directory: Buffer
}

/** Size of the header that `encodeDirectory` makes, whichever of the two formats it is; pixels start behind it. */
export const headerBytes = 16

/**
 * Encodes a TIFF directory that will lie at `at` (even), as classic TIFF or BigTIFF.
 * The values that do not fit an entry follow the directory.
 * Source: TIFF 6.0 section 2; BigTIFF design (libtiff)
 */
export function encodeDirectory(
  tags: readonly TagToWrite[],
  at: number,
  bigTiff: boolean,
  littleEndian: boolean,
): EncodedDirectory {
  const sorted = [...tags].sort((a, b) => a.tag - b.tag)
  const entryBytes = bigTiff ? 20 : 12
  const countBytes = bigTiff ? 8 : 2
  const inlineBytes = bigTiff ? 8 : 4
  const encoded = sorted.map((tag) => encodeValues(tag, bigTiff, littleEndian))
  const tableBytes = countBytes + sorted.length * entryBytes + inlineBytes
  const extra = encoded.map(({ bytes }) => (bytes.length > inlineBytes ? bytes.length + (bytes.length % 2) : 0))
  const directory = Buffer.alloc(tableBytes + extra.reduce((sum, length) => sum + length, 0))
  const put = new NumberWriter(directory, littleEndian)
  if (bigTiff) put.uint64(0, sorted.length)
  else put.uint16(0, sorted.length)
  let free = tableBytes
  sorted.forEach((tag, i) => {
    const { type, count, bytes } = encoded[i] ?? { type: 0, count: 0, bytes: Buffer.alloc(0) }
    const entry = countBytes + i * entryBytes
    put.uint16(entry, tag.tag)
    put.uint16(entry + 2, type)
    if (bigTiff) put.uint64(entry + 4, count)
    else put.uint32(entry + 4, count)
    const valueAt = entry + (bigTiff ? 12 : 8)
    if (bytes.length <= inlineBytes) {
      bytes.copy(directory, valueAt)
      return
    }
    if (bigTiff) put.uint64(valueAt, at + free)
    else put.uint32(valueAt, at + free)
    bytes.copy(directory, free)
    free += extra[i] ?? 0
  })
  return { header: encodeHeader(at, bigTiff, littleEndian), directory }
}

function encodeHeader(at: number, bigTiff: boolean, littleEndian: boolean): Buffer {
  const header = Buffer.alloc(headerBytes)
  const put = new NumberWriter(header, littleEndian)
  header.write(littleEndian ? 'II' : 'MM', 'latin1')
  put.uint16(2, bigTiff ? 43 : 42)
  if (bigTiff) {
    put.uint16(4, 8)
    put.uint64(8, at)
  } else put.uint32(4, at)
  return header
}

function encodeValues(
  { type, values }: TagToWrite,
  bigTiff: boolean,
  littleEndian: boolean,
): { readonly type: number; readonly count: number; readonly bytes: Buffer } {
  if (typeof values === 'string') {
    const bytes = Buffer.from(`${values}\0`, 'utf8')
    return { type: 2, count: bytes.length, bytes }
  }
  const wide = type === 'offset' && bigTiff
  const [code, size] = type === 'short' ? [3, 2] : type === 'double' ? [12, 8] : wide ? [16, 8] : [4, 4]
  const bytes = Buffer.alloc(values.length * size)
  const put = new NumberWriter(bytes, littleEndian)
  values.forEach((value, i) => {
    if (type === 'short') put.uint16(i * size, value)
    else if (type === 'double') put.float64(i * size, value)
    else if (wide) put.uint64(i * size, value)
    else put.uint32(i * size, value)
  })
  return { type: code, count: values.length, bytes }
}

class NumberWriter {
  private readonly view: DataView
  private readonly littleEndian: boolean

  constructor(bytes: Buffer, littleEndian: boolean) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.littleEndian = littleEndian
  }

  uint16(at: number, value: number): void {
    this.view.setUint16(at, value, this.littleEndian)
  }

  uint32(at: number, value: number): void {
    this.view.setUint32(at, value, this.littleEndian)
  }

  uint64(at: number, value: number): void {
    this.view.setBigUint64(at, BigInt(value), this.littleEndian)
  }

  float64(at: number, value: number): void {
    this.view.setFloat64(at, value, this.littleEndian)
  }
}
