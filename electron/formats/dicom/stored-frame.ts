import { AppError } from '../../../shared/base/app-error.ts'
import type { PixelFormat } from './image.ts'

/** Stored numbers of a frame, of the type they have in the file. */
export type Samples =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/** A frame (or some of its rows) as numbers, not yet in physical units. */
export interface StoredFrame {
  /** [row, column, sample], or [sample, row, column] when planar. */
  readonly samples: Samples
  readonly rows: number
  readonly isPlanar: boolean
  /** Colour model of the numbers: what the file says, unless decoding changed it. */
  readonly photometric: string
}

/**
 * Numbers from bytes that are not compressed.
 * @param bytes   whole rows; may be changed in place
 * @param rows    rows that the bytes hold
 */
export function samplesOf(bytes: Buffer, format: PixelFormat, rows: number, isBigEndian: boolean): StoredFrame {
  const { columns, bitsAllocated, isSigned, isFloat, isPlanar, photometric } = format
  if (photometric === 'YBR_FULL_422' && bitsAllocated === 8 && format.samples === 3)
    return { samples: unpack422(bytes, rows, columns), rows, isPlanar: false, photometric: 'YBR_FULL' }
  const count = rows * columns * format.samples
  const size = bitsAllocated / 8
  if (bytes.length < count * size)
    throw new AppError('dicom/damaged', `A frame has ${bytes.length} bytes where ${count * size} are expected.`)
  const view = aligned(bytes, count * size)
  if (isBigEndian) swapBytes(view, size)
  return { samples: typed(view, bitsAllocated, isSigned, isFloat), rows, isPlanar, photometric }
}

/** Single bits of all frames packed without gaps, the lowest bit first; PS3.5 8.1.1. */
export function bitsOf(bytes: Buffer, firstBit: number, count: number): Uint8Array {
  const values = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const bit = firstBit + i
    values[i] = ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1
  }
  return values
}

function aligned(bytes: Buffer, length: number): Buffer {
  if (bytes.byteOffset % 8 === 0) return bytes.subarray(0, length)
  const copy = Buffer.allocUnsafeSlow(length)
  bytes.copy(copy, 0, 0, length)
  return copy
}

function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16()
  else if (size === 4) bytes.swap32()
  else if (size === 8) bytes.swap64()
}

function typed(bytes: Buffer, bits: number, isSigned: boolean, isFloat: boolean): Samples {
  const { buffer, byteOffset, length } = bytes
  if (isFloat)
    return bits === 64
      ? new Float64Array(buffer, byteOffset, length / 8)
      : new Float32Array(buffer, byteOffset, length / 4)
  if (bits === 8)
    return isSigned ? new Int8Array(buffer, byteOffset, length) : new Uint8Array(buffer, byteOffset, length)
  if (bits === 16)
    return isSigned ? new Int16Array(buffer, byteOffset, length / 2) : new Uint16Array(buffer, byteOffset, length / 2)
  return isSigned ? new Int32Array(buffer, byteOffset, length / 4) : new Uint32Array(buffer, byteOffset, length / 4)
}

/** Two pixels in four bytes, Y Y Cb Cr; PS3.3 C.7.6.3.1.2. */
function unpack422(bytes: Buffer, rows: number, columns: number): Uint8Array {
  const values = new Uint8Array(rows * columns * 3)
  const pairs = Math.ceil(columns / 2)
  for (let row = 0; row < rows; row++)
    for (let pair = 0; pair < pairs; pair++) {
      const from = 4 * (row * pairs + pair)
      for (let i = 0; i < 2 && 2 * pair + i < columns; i++) {
        const to = 3 * (row * columns + 2 * pair + i)
        values[to] = bytes[from + i] ?? 0
        values[to + 1] = bytes[from + 2] ?? 0
        values[to + 2] = bytes[from + 3] ?? 0
      }
    }
  return values
}
