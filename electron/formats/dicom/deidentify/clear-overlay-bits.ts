import { readOverlayPlanes } from '../overlay-planes.ts'
import type { DicomHeader } from '../read-header.ts'

/** Pixels as they are to be written; the bytes begin with a whole stored number and may be any part of the pixels. */
export type ChangePixels = (bytes: Uint8Array) => Uint8Array

/**
 * What takes overlays out of the unused bits of uncompressed pixels: an overlay that a file describes without bits of its own
 * (PS3.3 C.9.2.1.2, retired) may show a name. Bits that belong to the pixel's value are never touched; a bit that is taken
 * out becomes the sign of signed numbers, and 0 of others. Null where no overlay is stored so, as in nearly all files.
 */
export function clearOverlayBits(header: DicomHeader): ChangePixels | null {
  const { elements, pixels, syntax } = header
  const short = (tag: string): number => elements.number(tag, 'US') ?? 0
  const [allocated, stored, high] = [short('x00280100'), short('x00280101'), short('x00280102')]
  const isInUse = (bit: number): boolean => bit <= high && bit > high - stored
  if (pixels?.kind !== 'integer' || pixels.length === null || (allocated !== 8 && allocated !== 16)) return null
  const bits = readOverlayPlanes(header)
    .filter(({ packed, bitPosition }) => packed === null && bitPosition < allocated && !isInUse(bitPosition))
    .map(({ bitPosition }) => bitPosition)
  if (bits.length === 0) return null
  const mask = bits.reduce((sum, bit) => sum | (1 << bit), 0)
  // Only bits above the number can carry its sign.
  const signed =
    short('x00280103') === 1 ? bits.filter((bit) => bit > high).reduce((sum, bit) => sum | (1 << bit), 0) : 0
  const cleared = (value: number): number => (value & ~mask) | ((value >> high) & 1 ? signed : 0)
  if (allocated === 8) return (bytes) => bytes.map(cleared)
  const isBig = syntax.isBigEndian && pixels.isInWords
  return (bytes) => {
    const out = Uint8Array.from(bytes)
    const view = new DataView(out.buffer)
    for (let at = 0; at + 2 <= out.length; at += 2) view.setUint16(at, cleared(view.getUint16(at, !isBig)), !isBig)
    return out
  }
}
