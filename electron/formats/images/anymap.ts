import type { PictureHeader } from './picture-header.ts'

/** Header of a portable graymap or pixmap (PGM, PPM): P2, P3 (text), P5, P6 (binary). */
export interface AnymapHeader extends PictureHeader {
  readonly isText: boolean
  readonly maximum: number
  /** First byte of the values. */
  readonly dataOffset: number
}

/** Reads the header; null when it is none. Remarks (lines that begin with #) may stand anywhere in it. Source: netpbm's formats. */
export function anymapHeader(head: Buffer): AnymapHeader | null {
  const magic = head.toString('latin1', 0, 2)
  if (!['P2', 'P3', 'P5', 'P6'].includes(magic)) return null
  const numbers: number[] = []
  let at = 2
  while (numbers.length < 3) {
    const byte = head[at]
    if (byte === undefined) return null
    if (byte === 0x23) {
      const end = head.indexOf(0x0a, at)
      if (end < 0) return null
      at = end + 1
    } else if (isSpace(byte)) at++
    else {
      const start = at
      while (at < head.length && isDigit(head[at])) at++
      if (at === start || at - start > 9) return null
      numbers.push(Number(head.toString('latin1', start, at)))
    }
  }
  const [width = 0, height = 0, maximum = 0] = numbers
  if (maximum < 1 || maximum > 65_535) return null
  const isColour = magic === 'P3' || magic === 'P6'
  return {
    format: 'anymap',
    width,
    height,
    bands: isColour ? ['red', 'green', 'blue'] : ['value'],
    dtype: maximum > 255 ? 'uint16' : 'uint8',
    isText: magic === 'P2' || magic === 'P3',
    maximum,
    // One white space ends the header.
    dataOffset: at + 1,
  }
}

/** Bytes of the values of a binary one; of a text one at least. */
export function anymapBytes({ width, height, bands, dtype, isText }: AnymapHeader): number {
  return width * height * bands.length * (isText ? 2 : dtype === 'uint16' ? 2 : 1)
}

/** The values [row, column, band]; null when they are not all there. */
export function anymapValues(bytes: Buffer, header: AnymapHeader): Uint8Array | Uint16Array | null {
  const count = header.width * header.height * header.bands.length
  const values = header.dtype === 'uint16' ? new Uint16Array(count) : new Uint8Array(count)
  if (header.isText) return textValues(bytes, header.dataOffset, values)
  const end = header.dataOffset + count * values.BYTES_PER_ELEMENT
  if (bytes.length < end) return null
  if (values instanceof Uint8Array) values.set(bytes.subarray(header.dataOffset, end))
  else for (let i = 0; i < count; i++) values[i] = bytes.readUInt16BE(header.dataOffset + 2 * i)
  return values
}

function textValues<Values extends Uint8Array | Uint16Array>(
  bytes: Buffer,
  start: number,
  values: Values,
): Values | null {
  let filled = 0
  let number = -1
  for (let at = start; at <= bytes.length && filled < values.length; at++) {
    const byte = bytes[at]
    if (isDigit(byte)) number = 10 * Math.max(0, number) + ((byte ?? 0) - 0x30)
    else if (number >= 0) {
      values[filled++] = number
      number = -1
    }
  }
  return filled === values.length ? values : null
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 9 && byte <= 13)
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
