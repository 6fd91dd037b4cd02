import { inflateRawSync } from 'node:zlib'
import dicomParser, { type ByteStream, type Element } from 'dicom-parser'
import { AppError } from '../../../shared/base/app-error.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { FileSource } from '../file-source.ts'
import { memorySource } from '../memory-source.ts'
import { Elements } from './elements.ts'
import {
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  transferSyntaxOf,
  type TransferSyntax,
} from './transfer-syntax.ts'

/** Where the pixels of a file begin. */
export interface PixelElement {
  readonly kind: 'integer' | 'float32' | 'float64'
  /** Whether numbers of 8 bits lie in words of 16, which big endian swaps. */
  readonly isInWords: boolean
  /** Of the value, in the file (or in what a deflated file inflates to). */
  readonly offset: number
  /** Null when the pixels are encapsulated in fragments. */
  readonly length: number | null
  /** Extended offset table: first byte of each frame after the empty basic table; PS3.5 A.4. */
  readonly extendedOffsets: readonly number[] | null
}

/** What a file says before its pixels. */
export interface DicomHeader {
  readonly elements: Elements
  readonly syntax: TransferSyntax
  /** Null for objects without pixels. */
  readonly pixels: PixelElement | null
  /** A DICOMDIR: the contents of a medium, no object of its own. */
  readonly isDirectory: boolean
  readonly warnings: readonly string[]
}

const firstBytes = 16 * 1024
/** Read at least, where something is missing. */
const leastBytes = 4 * 1024
/** A header that is larger than this is no header of an image. */
const maximumHeaderBytes = 256 * 2 ** 20
const maximumInflatedBytes = 1024 * 2 ** 20
const directoryClass = '1.2.840.10008.1.3.10'
const undefinedLength = 0xffffffff
/** VRs of single values with a length of two bytes; PS3.5 6.2. */
const plainValues = 'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ')
/** VRs with a length of four bytes, of which the first two are reserved; PS3.5 7.1.2. */
const longValues = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])
/** VRs by their two letters as a number, so that no text is made for each element. */
const knownVrs = new Map(
  [...plainValues.map((vr) => [vr, true] as const), ...[...longValues].map((vr) => [vr, false] as const)].map(
    ([vr, isPlain]) =>
      [vr.charCodeAt(0) * 256 + vr.charCodeAt(1), { vr, isPlain, isLong: longValues.has(vr) }] as const,
  ),
)
/** `00` to `ff`. */
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Longer private elements are passed over where they are not wanted; some makers put 100 KiB of their own into each image. */
const mostPrivateBytes = 4096

/**
 * Reads the elements of a file up to its pixels, and no further.
 * @param options.skipsPrivate  leaves out private elements (of odd groups) of one value; long ones are not even read
 * @throws `dicom/damaged`, `dicom/truncated`, `dicom/not-dicom`, `formats/truncated`
 */
export async function readHeader(
  source: FileSource,
  { skipsPrivate = false }: { readonly skipsPrivate?: boolean } = {},
): Promise<DicomHeader> {
  const window = new HeaderBytes(source)
  await window.load(Math.min(firstBytes, source.size))
  const start = startOf(window.bytes)
  const meta = await readGroup2(window, start)
  const warnings: string[] = []
  const isDirectory = meta.sopClass === directoryClass
  const declared = meta.uid === null ? null : transferSyntaxOf(meta.uid)
  if (declared?.isDeflated) {
    const inflated = await inflateSource(source, meta.end)
    const inside = new HeaderBytes(inflated)
    await inside.load(Math.min(firstBytes, inflated.size))
    return readElements(inside, 0, declared, { warnings, skipsPrivate })
  }
  const syntax = await actualSyntax(window, meta.end, declared, warnings)
  try {
    return { ...(await readElements(window, meta.end, syntax, { warnings, skipsPrivate })), isDirectory }
  } catch (error) {
    // The files of a medium are found without its list.
    if (isDirectory && error instanceof AppError) return emptyDirectory(window.bytes, warnings)
    throw error
  }
}

function emptyDirectory(bytes: Buffer, warnings: readonly string[]): DicomHeader {
  const table = { elements: {}, byteArray: bytes, byteArrayParser: dicomParser.littleEndianByteArrayParser }
  return { elements: new Elements(table), syntax: explicitLittleEndian, pixels: null, isDirectory: true, warnings }
}

/**
 * What a deflated file inflates to, from the first byte after the meta group.
 * @throws `dicom/damaged` when it does not inflate, or to more than a gigabyte
 */
export async function inflateSource(source: FileSource, metaEnd?: number): Promise<FileSource> {
  let from = metaEnd
  if (from === undefined) {
    const window = new HeaderBytes(source)
    await window.load(Math.min(firstBytes, source.size))
    from = (await readGroup2(window, startOf(window.bytes))).end
  }
  const packed = await source.read(from, source.size - from)
  try {
    return memorySource(source.path, inflateRawSync(packed, { maxOutputLength: maximumInflatedBytes }))
  } catch (error) {
    throw damaged(source.path, 'its deflated part does not inflate, or to more than 1 GiB', error)
  }
}

/** The first bytes of a file, as far as they were needed; places count without what was passed over. */
class HeaderBytes {
  readonly source: FileSource
  bytes: Buffer = Buffer.alloc(0)
  /** Bytes that were passed over. */
  skipped = 0

  constructor(source: FileSource) {
    this.source = source
  }

  get isWhole(): boolean {
    return this.bytes.length === this.size
  }

  /** Bytes of the file without those passed over. */
  get size(): number {
    return this.source.size - this.skipped
  }

  /** Whether the first `length` bytes are there; asked because waiting for nothing costs more than reading an element. */
  has(length: number): boolean {
    return length <= this.bytes.length
  }

  /** Makes sure that the first `length` bytes are there, or the whole file. */
  async load(length: number): Promise<void> {
    const needed = Math.min(this.size, length)
    if (needed <= this.bytes.length) return
    if (needed > maximumHeaderBytes)
      throw damaged(this.source.path, `its header would be larger than ${maximumHeaderBytes / 2 ** 20} MiB`)
    // More elements follow, most likely.
    const wanted = Math.min(this.size, Math.max(needed, this.bytes.length + leastBytes))
    const more = await this.source.read(this.bytes.length + this.skipped, wanted - this.bytes.length)
    this.bytes = this.bytes.length === 0 ? more : Buffer.concat([this.bytes, more])
  }

  /** Passes over bytes of the file; those after them move to their place. Nothing is read. */
  skip(from: number, length: number): void {
    const before = this.bytes.subarray(0, from)
    // Mostly nothing of what follows was read yet.
    this.bytes =
      from + length >= this.bytes.length ? before : Buffer.concat([before, this.bytes.subarray(from + length)])
    this.skipped += length
  }
}

function startOf(bytes: Buffer): number {
  return bytes.length >= 132 && bytes.toString('latin1', 128, 132) === 'DICM' ? 132 : 0
}

interface MetaGroup {
  /** Transfer syntax. */
  readonly uid: string | null
  readonly sopClass: string | null
  /** Where the data set begins. */
  readonly end: number
}

/** The transfer syntax from the file meta group, which is always explicit little endian; PS3.10 7.1. */
async function readGroup2(window: HeaderBytes, start: number): Promise<MetaGroup> {
  let uid: string | null = null
  let sopClass: string | null = null
  let position = start
  for (;;) {
    await window.load(position + 8 + 4)
    const { bytes } = window
    if (position + 8 > bytes.length || bytes.readUInt16LE(position) !== 2) return { uid, sopClass, end: position }
    const vr = bytes.toString('latin1', position + 4, position + 6)
    if (longValues.has(vr) && position + 12 > bytes.length) return { uid, sopClass, end: position }
    const length = longValues.has(vr) ? bytes.readUInt32LE(position + 8) : bytes.readUInt16LE(position + 6)
    const value = position + (longValues.has(vr) ? 12 : 8)
    if (value + length > window.source.size) throw beyondEnd(window, 'x0002', value, length)
    await window.load(value + length)
    const element = bytes.readUInt16LE(position + 2)
    const text = (): string => window.bytes.toString('latin1', value, value + length).replace(/[\s\0]+$/, '')
    if (element === 0x10) uid = text()
    if (element === 0x02) sopClass = text()
    position = value + length
  }
}

/** The syntax that the first element shows, where the file states none or a wrong one. */
async function actualSyntax(
  window: HeaderBytes,
  position: number,
  declared: TransferSyntax | null,
  warnings: string[],
): Promise<TransferSyntax> {
  await window.load(position + 8)
  const { bytes } = window
  if (position + 8 > bytes.length) {
    if (declared) return declared
    throw new AppError('dicom/not-dicom', `"${window.source.path}" is not a DICOM file: it holds no elements.`)
  }
  const isExplicit = /^[A-Z]{2}$/.test(bytes.toString('latin1', position + 4, position + 6))
  // Groups of images are small numbers: a zero first byte means big endian.
  const isBigEndian = bytes[position] === 0 && bytes[position + 1] !== 0
  if (declared && declared.isExplicit === isExplicit && declared.isBigEndian === isBigEndian) return declared
  const found = isBigEndian ? explicitBigEndian : isExplicit ? explicitLittleEndian : implicitLittleEndian
  const group = isBigEndian ? bytes.readUInt16BE(position) : bytes.readUInt16LE(position)
  if (!declared && position === 0 && (group !== 8 || (isBigEndian && !isExplicit)))
    throw new AppError(
      'dicom/not-dicom',
      `"${window.source.path}" is not a DICOM file: it does not begin with group 0008.`,
    )
  warnings.push(
    declared
      ? readerNote('dicom/other-syntax', { stated: declared.name, found: found.name })
      : readerNote('dicom/no-syntax', { found: found.name }),
  )
  return declared?.encoding !== undefined && declared.encoding !== 'native'
    ? { ...declared, isExplicit: found.isExplicit, isBigEndian: found.isBigEndian }
    : found
}

async function readElements(
  window: HeaderBytes,
  start: number,
  syntax: TransferSyntax,
  { warnings, skipsPrivate }: { readonly warnings: string[]; readonly skipsPrivate: boolean },
): Promise<DicomHeader> {
  const parser = syntax.isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser
  const elements: Record<string, Element> = {}
  const extended: { offsets: number[] | null } = { offsets: null }
  let position = start
  let pixels: PixelElement | null = null
  while (position < window.size) {
    if (!window.has(position + 12)) await window.load(position + 12)
    if (position + 8 > window.size) {
      warnings.push(readerNote('dicom/rest-bytes'))
      break
    }
    const head = elementHead(window.bytes, position, syntax)
    pixels = pixelElement(head, window.skipped, extended.offsets)
    if (pixels) {
      checkPixels(window, head)
      break
    }
    const end = head.value + head.length
    if (head.length !== undefinedLength && end > window.size) throw beyondEnd(window, head.tag, head.value, head.length)
    if (skipsPrivate && isLongPrivate(head)) {
      window.skip(position, end - position)
      continue
    }
    if (head.length !== undefinedLength && !window.has(end)) await window.load(end)
    if (head.tag === 'x7fe00001') extended.offsets = readOffsets(window.bytes, head.value, head.length)
    if (head.vr === 'OV' || head.vr === 'SV' || head.vr === 'UV') {
      // dicom-parser takes these for VRs with a short length.
      position = end
      continue
    }
    if (head.isPlain && head.vr !== null && head.length !== undefinedLength) {
      if (skipsPrivate && head.isPrivate) {
        position = end
        continue
      }
      // What dicom-parser makes of it too, at a tenth of the cost; most elements are of this kind.
      elements[head.tag] = { tag: head.tag, vr: head.vr, length: head.length, dataOffset: head.value }
      position = Math.max(end, position + 8)
      continue
    }
    position = await readElement(window, position, syntax, elements, warnings)
  }
  const table = { elements, byteArray: window.bytes, byteArrayParser: parser }
  return { elements: new Elements(table), syntax, pixels, isDirectory: false, warnings: [...new Set(warnings)] }
}

/** Reads one element with dicom-parser, with more of the file where it reaches beyond what was read. @returns where the next begins */
async function readElement(
  window: HeaderBytes,
  position: number,
  syntax: TransferSyntax,
  elements: Record<string, Element>,
  warnings: string[],
): Promise<number> {
  const parser = syntax.isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser
  for (;;) {
    const stream: ByteStream = new dicomParser.ByteStream(parser, window.bytes, position)
    const noted: string[] = []
    let failure: unknown = null
    try {
      const element = syntax.isExplicit
        ? dicomParser.readDicomElementExplicit(stream, noted)
        : dicomParser.readDicomElementImplicit(stream)
      if (window.isWhole || stream.position < window.bytes.length) {
        elements[element.tag] = element
        warnings.push(...[...noted, ...stream.warnings].map(plainWarning))
        return Math.max(stream.position, position + 8)
      }
    } catch (error) {
      failure = error
    }
    if (window.isWhole) throw damaged(window.source.path, `an element at byte ${position} cannot be read`, failure)
    await window.load(window.bytes.length * 2 + firstBytes)
  }
}

interface ElementHead {
  readonly tag: string
  /** Of odd group. */
  readonly isPrivate: boolean
  readonly vr: string | null
  /** One value with a length, not a sequence or something that may be one. */
  readonly isPlain: boolean
  readonly length: number
  readonly value: number
}

function elementHead(bytes: Buffer, position: number, { isExplicit, isBigEndian }: TransferSyntax): ElementHead {
  // Thousands of elements are read while somebody waits for the first image: bytes are taken as they lie, without calls for each.
  const byte = (at: number): number => bytes[position + at] ?? 0
  const [low, high] = isBigEndian ? [1, 0] : [0, 1]
  const tag = `x${hex[byte(high)]}${hex[byte(low)]}${hex[byte(2 + high)]}${hex[byte(2 + low)]}`
  const isPrivate = byte(low) % 2 === 1
  const uint32 = (at: number): number => (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at))
  if (!isExplicit)
    return { tag, isPrivate, vr: null, isPlain: false, length: uint32(position + 4), value: position + 8 }
  const known = knownVrs.get(byte(4) * 256 + byte(5))
  const vr = known?.vr ?? String.fromCharCode(byte(4), byte(5))
  const isPlain = known?.isPlain === true
  if (!known?.isLong)
    return { tag, isPrivate, vr, isPlain, length: byte(6 + high) * 256 + byte(6 + low), value: position + 8 }
  const length = position + 12 <= bytes.length ? uint32(position + 8) : 0
  return { tag, isPrivate, vr, isPlain, length, value: position + 12 }
}

const pixelKinds = new Map([
  ['x7fe00010', 'integer'],
  ['x7fe00008', 'float32'],
  ['x7fe00009', 'float64'],
] as const)

function isLongPrivate({ isPrivate, vr, length }: ElementHead): boolean {
  return isPrivate && vr !== 'SQ' && length !== undefinedLength && length > mostPrivateBytes
}

function pixelElement(
  head: ElementHead,
  skipped: number,
  extendedOffsets: readonly number[] | null,
): PixelElement | null {
  const kind = pixelKinds.get(head.tag as 'x7fe00010')
  if (!kind) return null
  return {
    kind,
    isInWords: head.vr !== 'OB',
    offset: head.value + skipped,
    length: head.length === undefinedLength ? null : head.length,
    extendedOffsets,
  }
}

function checkPixels(window: HeaderBytes, { tag, value, length }: ElementHead): void {
  if (length !== undefinedLength && value + length > window.size) throw beyondEnd(window, tag, value, length)
}

function readOffsets(bytes: Buffer, value: number, length: number): number[] {
  return Array.from({ length: Math.floor(length / 8) }, (_, i) => Number(bytes.readBigUInt64LE(value + 8 * i)))
}

function plainWarning(text: string): string {
  return text.startsWith('eof encountered') ? readerNote('dicom/open-sequence') : text
}

function beyondEnd(window: HeaderBytes, tag: string, value: number, length: number): AppError {
  const { path, size } = window.source
  const offset = value + window.skipped
  const missing = offset + length - size
  return new AppError(
    'dicom/truncated',
    `"${path}" ends too early: element ${tagName(tag)} should hold ${length} bytes, but ${missing} of them are missing.`,
    { path, tag: tagName(tag), offset, length, size },
  )
}

function tagName(tag: string): string {
  return tag.length === 9 ? `(${tag.slice(1, 5)},${tag.slice(5)})` : `of group ${tag.slice(1)}`
}

function damaged(path: string, reason: string, cause?: unknown): AppError {
  // dicom-parser throws strings and plain objects.
  return new AppError('dicom/damaged', `"${path}" is not a readable DICOM file: ${reason}.`, { path }, { cause })
}
