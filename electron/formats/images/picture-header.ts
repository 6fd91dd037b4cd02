import { AppError } from '../../../shared/base/app-error.ts'
import { jpegHeader } from '../dicom/codestream.ts'
import { anymapHeader } from './anymap.ts'

/** Formats of pictures that can be read. */
export type PictureFormat = 'png' | 'jpeg' | 'bmp' | 'webp' | 'anymap'

/** What the first bytes of a picture say. */
export interface PictureHeader {
  readonly format: PictureFormat
  readonly height: number
  readonly width: number
  /** `value`, or `red green blue`, with `alpha` where there is transparency. */
  readonly bands: readonly string[]
  readonly dtype: 'uint8' | 'uint16'
}

/** First bytes of a picture that are looked at; those with large remarks before the picture need them all. */
export const pictureHeadBytes = 256 * 1024

const maximumPixels = 2 ** 28
const grey = ['value']
const colour = ['red', 'green', 'blue']

/**
 * Reads size and bands of a picture without decoding it.
 * @param head first `pictureHeadBytes` of the file, unpacked
 * @throws `images/damaged`, `images/unsupported`, `images/too-large`
 */
export function readPictureHeader(head: Buffer, path: string): PictureHeader {
  const header = pngHeader(head) ?? jpegPicture(head, path) ?? bmpHeader(head) ?? webpHeader(head) ?? anymapHeader(head)
  if (!header)
    throw new AppError('images/damaged', `"${path}" begins like a picture, but its header is missing or damaged.`, {
      path,
    })
  const { width, height } = header
  if (width < 1 || height < 1 || width * height > maximumPixels)
    throw new AppError(
      'images/too-large',
      `"${path}" says it has ${width} x ${height} pixels; pictures of up to ${maximumPixels / 2 ** 20} million pixels can be read.`,
      { path, width, height },
    )
  return header
}

function pngHeader(head: Buffer): PictureHeader | null {
  if (head.toString('latin1', 1, 4) !== 'PNG' || head.length < 33) return null
  const [width, height] = [head.readUInt32BE(16), head.readUInt32BE(20)]
  const [depth = 0, kind = 0] = head.subarray(24, 26)
  const bandsOf: Readonly<Record<number, readonly string[]>> = {
    0: grey,
    2: colour,
    3: isGreyPalette(pngPalette(head), 3) ? grey : colour,
    4: [...grey, 'alpha'],
    6: [...colour, 'alpha'],
  }
  const bands = bandsOf[kind]
  return bands ? { format: 'png', width, height, bands, dtype: depth === 16 ? 'uint16' : 'uint8' } : null
}

function pngPalette(head: Buffer): Buffer {
  for (let at = 33; at + 8 <= head.length;) {
    const length = head.readUInt32BE(at)
    if (head.toString('latin1', at + 4, at + 8) === 'PLTE') return head.subarray(at + 8, at + 8 + length)
    at += 12 + length
  }
  return Buffer.alloc(0)
}

function isGreyPalette(palette: Buffer, step: number): boolean {
  for (let i = 0; i + 2 < palette.length; i += step)
    if (palette[i] !== palette[i + 1] || palette[i] !== palette[i + 2]) return false
  return palette.length > 0
}

function jpegPicture(head: Buffer, path: string): PictureHeader | null {
  const header = jpegHeader(head)
  if (!header) return null
  const { width, height, components, bits, process } = header
  if (bits !== 8 || (components !== 1 && components !== 3) || process === null || process < 0xc0 || process > 0xc2)
    throw new AppError(
      'images/unsupported',
      `"${path}" is a JPEG of ${components} components of ${bits} bits; grey and colour JPEG of 8 bits can be read.`,
      { path },
    )
  return { format: 'jpeg', width, height, bands: components === 1 ? grey : colour, dtype: 'uint8' }
}

function bmpHeader(head: Buffer): PictureHeader | null {
  if (head.toString('latin1', 0, 2) !== 'BM' || head.length < 54) return null
  const size = head.readUInt32LE(14)
  if (size < 40) return null
  const bits = head.readUInt16LE(28)
  const palette = bits <= 8 ? head.subarray(14 + size, head.readUInt32LE(10)) : Buffer.alloc(0)
  return {
    format: 'bmp',
    width: head.readInt32LE(18),
    height: Math.abs(head.readInt32LE(22)),
    bands: isGreyPalette(palette, 4) ? grey : colour,
    dtype: 'uint8',
  }
}

function webpHeader(head: Buffer): PictureHeader | null {
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WEBP' || head.length < 30)
    return null
  const kind = head.toString('latin1', 12, 16)
  const of = (width: number, height: number, hasAlpha: boolean): PictureHeader => ({
    format: 'webp',
    width,
    height,
    bands: hasAlpha ? [...colour, 'alpha'] : colour,
    dtype: 'uint8',
  })
  if (kind === 'VP8 ') return of(head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff, false)
  if (kind === 'VP8L') {
    const bits = head.readUInt32LE(21)
    return of((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1, (bits & 0x10000000) !== 0)
  }
  if (kind === 'VP8X') return of(head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1, ((head[20] ?? 0) & 0x10) !== 0)
  return null
}
