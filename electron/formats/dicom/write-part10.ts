import { deflateRawSync } from 'node:zlib'

/** Value of an element: text (several joined by `\`), numbers, bytes, or the items of a sequence. */
export type ElementValue = string | readonly number[] | Uint8Array | readonly DicomElement[][]

/** An element to be written: tag as eight hexadecimal digits, value representation, value. */
export type DicomElement = readonly [tag: string, vr: string, value: ElementValue]

/** How a file is written. */
export interface Part10Options {
  readonly transferSyntax?: string
}

const explicitLittleEndian = '1.2.840.10008.1.2.1'
const deflatedLittleEndian = '1.2.840.10008.1.2.1.99'
/** Names the program as the writer; made from a random UUID (PS3.5 B.2). */
const implementationClass = '2.25.216379403741562088474109182205117404593'
const longValues = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT'])
const undefinedLength = 0xffffffff

/**
 * Writes a DICOM file in explicit little endian (deflated where the syntax says so). Elements are sorted by tag.
 * @param elements of the data set; SOP class and instance are taken from them for the meta group
 * Source: DICOM PS3.10 7.1, PS3.5 7.1
 */
export function writePart10(elements: readonly DicomElement[], options: Part10Options = {}): Buffer {
  const { transferSyntax = explicitLittleEndian } = options
  const textOf = (tag: string): string => {
    const value = elements.find(([own]) => own === tag)?.[2]
    return typeof value === 'string' ? value : ''
  }
  const meta = encode([
    ['00020001', 'OB', Uint8Array.of(0, 1)],
    ['00020002', 'UI', textOf('00080016')],
    ['00020003', 'UI', textOf('00080018')],
    ['00020010', 'UI', transferSyntax],
    ['00020012', 'UI', implementationClass],
    ['00020013', 'SH', 'CHRONOLENS'],
  ])
  const body = encode(elements)
  const preamble = Buffer.alloc(132)
  preamble.write('DICM', 128)
  const length = encode([['00020000', 'UL', [meta.length]]])
  const data = transferSyntax === deflatedLittleEndian ? even(deflateRawSync(body, { level: 9 })) : body
  return Buffer.concat([preamble, length, meta, data])
}

/**
 * Pixel data of compressed frames: an offset table (empty if not wanted) and one fragment for each.
 * @returns the value of (7FE0,0010) with VR `OB`, to be written with undefined length
 */
export function encapsulate(frames: readonly Uint8Array[], hasTable: boolean, isOpenEnded = false): DicomElement {
  const padded = frames.map((frame) => even(Buffer.from(frame)))
  const table = Buffer.alloc(hasTable ? 4 * frames.length : 0)
  let offset = 0
  padded.forEach((frame, i) => {
    if (hasTable) table.writeUInt32LE(offset, 4 * i)
    offset += 8 + frame.length
  })
  const parts = [table, ...padded].flatMap((value) => [item(0xe000, value.length), value])
  return ['7fe00010', 'OB*', Buffer.concat(isOpenEnded ? parts : [...parts, item(0xe0dd, 0)])]
}

function encode(elements: readonly DicomElement[]): Buffer {
  const sorted = [...elements].sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.concat(sorted.flatMap(([tag, vr, value]) => encodeElement(tag, vr, value)))
}

function encodeElement(tag: string, vr: string, value: ElementValue): Buffer[] {
  const isOpen = vr.endsWith('*')
  const name = vr.slice(0, 2)
  const bytes = encodeValue(name, value)
  const isLong = longValues.has(name)
  const head = Buffer.alloc(isLong ? 12 : 8)
  head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0)
  head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2)
  head.write(name, 4, 'latin1')
  if (isLong) head.writeUInt32LE(isOpen ? undefinedLength : bytes.length, 8)
  else head.writeUInt16LE(bytes.length, 6)
  return [head, bytes]
}

function encodeValue(vr: string, value: ElementValue): Buffer {
  // UIDs are padded with zero bytes, text with spaces.
  if (typeof value === 'string') return even(Buffer.from(value, 'utf8'), vr === 'UI' ? 0 : 0x20)
  if (value instanceof Uint8Array) return even(Buffer.from(value))
  if (value.length === 0) return Buffer.alloc(0)
  if (typeof value[0] === 'number') return encodeNumbers(vr, value as readonly number[])
  return Buffer.concat(
    (value as readonly DicomElement[][]).flatMap((elements) => {
      const bytes = encode(elements)
      return [item(0xe000, bytes.length), bytes]
    }),
  )
}

function encodeNumbers(vr: string, numbers: readonly number[]): Buffer {
  const size = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 }[vr as 'US'] ?? 2
  const bytes = Buffer.alloc(numbers.length * size)
  numbers.forEach((number, i) => {
    const at = i * size
    if (vr === 'FD') bytes.writeDoubleLE(number, at)
    else if (vr === 'FL') bytes.writeFloatLE(number, at)
    else if (vr === 'UL') bytes.writeUInt32LE(number, at)
    else if (vr === 'SL') bytes.writeInt32LE(number, at)
    else if (vr === 'SS') bytes.writeInt16LE(number, at)
    else bytes.writeUInt16LE(number, at)
  })
  return bytes
}

function item(element: number, length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(0xfffe, 0)
  bytes.writeUInt16LE(element, 2)
  bytes.writeUInt32LE(length, 4)
  return bytes
}

function even(bytes: Buffer, padding = 0): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(padding)])
}
