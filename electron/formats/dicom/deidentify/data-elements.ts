import type { DataSet, Element } from 'dicom-parser'
import type { TransferSyntax } from '../transfer-syntax.ts'

/** One element of a data set with all it holds, to be written again. */
export interface RawElement {
  /** As in dicom-parser: `x00100010`. */
  readonly tag: string
  /** As stated; null in implicit files. */
  readonly vr: string | null
  /** The items of a sequence, else the bytes of the value as they are in the file. */
  readonly value: Uint8Array | readonly RawElement[][]
}

const longValues = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])

/** The elements of a data set in the order of their tags. Elements whose end cannot be told (UN of undefined length) are left out. */
export function rawElements(dataSet: Pick<DataSet, 'elements' | 'byteArray'>): RawElement[] {
  return Object.values(dataSet.elements)
    .filter(({ tag }) => !tag.startsWith('xfffe')) // Ends of items.
    .sort((a, b) => (a.tag < b.tag ? -1 : 1))
    .flatMap((element): RawElement[] => {
      const { tag } = element
      const vr = element.vr ?? null
      if (element.items) {
        const items = element.items.flatMap(({ dataSet: inner }) => (inner ? [rawElements(inner)] : []))
        return vr === 'UN' ? [] : [{ tag, vr, value: items }]
      }
      // An empty sequence has no items.
      if (vr === 'SQ') return [{ tag, vr, value: [] }]
      if (element.hadUndefinedLength || element.length > dataSet.byteArray.length) return []
      return [{ tag, vr, value: bytesOf(dataSet.byteArray, element) }]
    })
}

function bytesOf(all: ArrayLike<number> & { subarray?: unknown }, { dataOffset, length }: Element): Uint8Array {
  return (all as Uint8Array).subarray(dataOffset, dataOffset + length)
}

/** Text of a value without padding, as bytes have it. */
export function plainText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length)
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
}

/** Elements as bytes in a transfer syntax; sequences and items get their lengths stated. PS3.5 7.1, 7.5. */
export function encodeElements(elements: readonly RawElement[], syntax: TransferSyntax): Buffer {
  return Buffer.concat(elements.map((element) => encodeElement(element, syntax)))
}

function encodeElement({ tag, vr, value }: RawElement, syntax: TransferSyntax): Buffer {
  const body = value instanceof Uint8Array ? even(value) : encodeItems(value, syntax)
  return Buffer.concat([elementHead(tag, vr ?? 'UN', body.length, syntax), body])
}

function encodeItems(items: readonly RawElement[][], syntax: TransferSyntax): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const body = encodeElements(item, syntax)
      return [numbers([0xfffe, 0xe000], [body.length], syntax), body]
    }),
  )
}

/** What comes before a value: tag, representation and length. */
export function elementHead(tag: string, vr: string, length: number, syntax: TransferSyntax): Buffer {
  const [group, element] = [Number.parseInt(tag.slice(1, 5), 16), Number.parseInt(tag.slice(5), 16)]
  if (!syntax.isExplicit) return numbers([group, element], [length], syntax)
  const name = Buffer.from(vr, 'latin1')
  if (longValues.has(vr))
    return Buffer.concat([numbers([group, element], [], syntax), name, Buffer.alloc(2), numbers([], [length], syntax)])
  return Buffer.concat([numbers([group, element], [], syntax), name, numbers([length], [], syntax)])
}

function numbers(shorts: readonly number[], longs: readonly number[], { isBigEndian }: TransferSyntax): Buffer {
  const bytes = Buffer.alloc(2 * shorts.length + 4 * longs.length)
  shorts.forEach((value, i) => (isBigEndian ? bytes.writeUInt16BE(value, 2 * i) : bytes.writeUInt16LE(value, 2 * i)))
  longs.forEach((value, i) => {
    const at = 2 * shorts.length + 4 * i
    if (isBigEndian) bytes.writeUInt32BE(value, at)
    else bytes.writeUInt32LE(value, at)
  })
  return bytes
}

function even(value: Uint8Array): Buffer {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)])
}
