import type { DataSet, Element } from 'dicom-parser'
import { textDecoder, type DecodeText } from './text-encoding.ts'

/** Kinds of number that elements hold: text (`DS`, `IS`) or binary. */
export type NumberKind = 'DS' | 'IS' | 'US' | 'SS' | 'UL' | 'SL' | 'FL' | 'FD'

/** The part of dicom-parser's data set that is needed here. */
export type ElementTable = Pick<DataSet, 'elements' | 'byteArray' | 'byteArrayParser'>

const binaryBytes = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 } as const
const numberKinds = new Set<string>(['DS', 'IS', ...Object.keys(binaryBytes)])

/**
 * The elements of a data set or of a sequence item, read on demand. Nothing here throws: an element that is absent, empty
 * or reaches beyond the bytes reads as nothing. Tags are written as in dicom-parser: `x00280010`.
 */
export class Elements {
  private readonly dataSet: ElementTable
  private readonly decode: DecodeText

  constructor(dataSet: ElementTable, decode?: DecodeText) {
    this.dataSet = dataSet
    this.decode = decode ?? textDecoder(asciiValues(dataSet, dataSet.elements['x00080005']))
  }

  /** What dicom-parser made of the bytes. */
  get table(): ElementTable {
    return this.dataSet
  }

  /** Whether the element is there, if only empty. */
  has(tag: string): boolean {
    return this.dataSet.elements[tag] !== undefined
  }

  /** The bytes of an element; a view, not a copy. */
  bytes(tag: string): Uint8Array | null {
    return bytesOf(this.dataSet, this.dataSet.elements[tag])
  }

  /** All values of a text element, without padding. */
  texts(tag: string): string[] {
    const bytes = this.bytes(tag)
    return bytes
      ? this.decode(bytes)
          .split('\\')
          .map((value) => value.trim())
      : []
  }

  /** The whole of a text element, without padding; empty when it is not there. */
  text(tag: string): string {
    const bytes = this.bytes(tag)
    return bytes ? this.decode(bytes).trim() : ''
  }

  /** A UID or code; null when absent or empty. */
  code(tag: string): string | null {
    const [value = ''] = asciiValues(this.dataSet, this.dataSet.elements[tag])
    return value === '' ? null : value
  }

  /** All numbers of an element; values that are no number are left out. The kind counts where the file does not state one. */
  numbers(tag: string, kind: NumberKind): number[] {
    const element = this.dataSet.elements[tag]
    const bytes = bytesOf(this.dataSet, element)
    if (!element || !bytes) return []
    const stated = element.vr !== undefined && numberKinds.has(element.vr) ? (element.vr as NumberKind) : kind
    if (stated === 'DS' || stated === 'IS')
      return asciiValues(this.dataSet, element)
        .filter((text) => text !== '')
        .map(Number)
        .filter((value) => Number.isFinite(value))
    const size = binaryBytes[stated]
    const count = Math.floor(bytes.length / size)
    return Array.from({ length: count }, (_, i) => this.binary(element, stated, i)).filter((value) =>
      Number.isFinite(value),
    )
  }

  /** The first number of an element; null when there is none. */
  number(tag: string, kind: NumberKind): number | null {
    return this.numbers(tag, kind)[0] ?? null
  }

  /** The items of a sequence; none when it is absent. */
  items(tag: string): Elements[] {
    const items = this.dataSet.elements[tag]?.items ?? []
    return items.flatMap(({ dataSet }) => (dataSet ? [new Elements(dataSet, this.decode)] : []))
  }

  /** The first item of a sequence; null when there is none. */
  item(tag: string): Elements | null {
    return this.items(tag)[0] ?? null
  }

  private binary(element: Element, kind: keyof typeof binaryBytes, index: number): number {
    const parser = element.parser ?? this.dataSet.byteArrayParser
    const position = element.dataOffset + index * binaryBytes[kind]
    const bytes = this.dataSet.byteArray
    switch (kind) {
      case 'US':
        return parser.readUint16(bytes, position)
      case 'SS':
        return parser.readInt16(bytes, position)
      case 'UL':
        return parser.readUint32(bytes, position)
      case 'SL':
        return parser.readInt32(bytes, position)
      case 'FL':
        return parser.readFloat(bytes, position)
      case 'FD':
        return parser.readDouble(bytes, position)
      default:
        return kind satisfies never
    }
  }
}

function bytesOf({ byteArray }: ElementTable, element: Element | undefined): Uint8Array | null {
  if (!element || element.length <= 0 || element.dataOffset + element.length > byteArray.length) return null
  return byteArray.subarray(element.dataOffset, element.dataOffset + element.length)
}

function asciiValues(dataSet: ElementTable, element: Element | undefined): string[] {
  const bytes = bytesOf(dataSet, element)
  if (!bytes) return []
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  return text.includes('\\') ? text.split('\\').map(withoutPadding) : [withoutPadding(text)]
}

function withoutPadding(text: string): string {
  const trimmed = text.trim()
  // Zeros pad UIDs, and some writers' texts too.
  return trimmed.endsWith('\0') ? trimmed.replace(/[\s\0]+$/, '') : trimmed
}
