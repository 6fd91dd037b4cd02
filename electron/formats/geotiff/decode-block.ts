import { inflate } from 'node:zlib'
import { promisify } from 'node:util'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SampleType } from '../../../shared/domain/sequence.ts'
import type { BlockValues } from './block-cache.ts'
import { decompressLzw, decompressPackBits } from './decompress-lzw.ts'
import type { ImageLayout } from './image-layout.ts'
import { undoPredictor } from './predictor.ts'

const inflateAsync = promisify(inflate)

const ownSchemes = new Set([1, 5, 8, 32773, 32946])

/** Whether our own decoder reads this image: no compression, deflate, LZW or PackBits; predictors of whole bytes. */
export function canDecode(layout: ImageLayout): boolean {
  const { compression, predictor, bitsPerSample, dtype } = layout
  const isUsual = isWhole(bitsPerSample) || (predictor === 1 && dtype.startsWith('uint'))
  const isFloat = dtype.startsWith('float')
  const isPredictorKnown = predictor === 1 || predictor === 2 || (predictor === 3 && isFloat)
  return isUsual && isPredictorKnown && ownSchemes.has(compression)
}

/**
 * Decodes one tile or strip with Node's own zlib (or our LZW and PackBits). About three times faster than geotiff.js on stacks.
 * @param stored  the block's bytes as in the file; not changed
 * @param rows    rows that must be there (the last strip has fewer than the others)
 * @returns samples [row, column, band], or [row, column] where planar, in a new array of the stored type
 * @throws `geotiff/damaged-block`
 */
export async function decodeBlock(
  stored: Buffer,
  layout: ImageLayout,
  littleEndian: boolean,
  rows: number,
  path: string,
): Promise<BlockValues> {
  const stride = layout.planar ? 1 : layout.samples
  const rowSamples = layout.blockWidth * stride
  const rowBytes = Math.ceil((rowSamples * layout.bitsPerSample) / 8)
  const needed = rowBytes * rows
  const decoded = await decompressed(stored, layout.compression, rowBytes * layout.blockHeight, path)
  if (decoded.length < needed) throw damaged(path, `holds ${decoded.length} bytes of pixels where ${needed} belong`)
  if (!isWhole(layout.bitsPerSample)) return unpackBits(decoded, layout.bitsPerSample, rowSamples, rows)
  const sampleBytes = layout.bitsPerSample / 8
  // The predictor works in place and typed arrays need an aligned start, so uncompressed blocks are copied too.
  const bytes =
    layout.compression === 1 || decoded.byteOffset % sampleBytes !== 0
      ? aligned(decoded, needed)
      : decoded.subarray(0, needed)
  undoPredictor(bytes, sampleBytes, rowSamples, stride, layout.predictor, littleEndian)
  return typedView(bytes, layout.dtype)
}

function isWhole(bits: number): boolean {
  return bits === 8 || bits === 16 || bits === 32 || bits === 64
}

/** Samples of 1 to 31 bits, most significant bit first, every row starting at a byte. Source: TIFF 6.0 section 8 */
function unpackBits(bytes: Buffer, bits: number, rowSamples: number, rows: number): BlockValues {
  const length = rowSamples * rows
  const values = bits <= 8 ? new Uint8Array(length) : bits <= 16 ? new Uint16Array(length) : new Uint32Array(length)
  const rowBytes = Math.ceil((rowSamples * bits) / 8)
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes
    let held = 0
    let heldBits = 0
    for (let i = 0; i < rowSamples; i++) {
      // Arithmetic rather than shifts: up to 38 bits are held, more than a 32-bit shift keeps.
      while (heldBits < bits) {
        held = held * 256 + (bytes[at++] ?? 0)
        heldBits += 8
      }
      heldBits -= bits
      const value = Math.floor(held / 2 ** heldBits)
      held -= value * 2 ** heldBits
      values[row * rowSamples + i] = value
    }
  }
  return values
}

/** The error for a block whose bytes do not decode. */
export function damaged(path: string, what: string, cause?: unknown): AppError {
  return new AppError(
    'geotiff/damaged-block',
    `"${path}" is damaged: a block of pixels ${what}. Get the file again from where it came.`,
    { path },
    { cause },
  )
}

async function decompressed(stored: Buffer, compression: number, wholeBytes: number, path: string): Promise<Buffer> {
  if (compression === 1) return stored
  if (compression === 32773) return decompressPackBits(stored, wholeBytes)
  if (compression !== 5) return inflated(stored, wholeBytes, path)
  try {
    return decompressLzw(stored, wholeBytes)
  } catch (cause) {
    throw damaged(path, `is not LZW data (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
}

async function inflated(stored: Buffer, wholeBytes: number, path: string): Promise<Buffer> {
  try {
    // The limit stops a small file from filling the memory; a few writers pad, hence the slack.
    return await inflateAsync(stored, {
      maxOutputLength: wholeBytes + 65536,
      chunkSize: Math.min(Math.max(wholeBytes, 1024), 16 * 1024 * 1024),
    })
  } catch (cause) {
    throw damaged(path, `does not inflate (${cause instanceof Error ? cause.message : String(cause)})`, cause)
  }
}

function aligned(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length)
  bytes.copy(copy, 0, 0, length)
  return copy
}

function typedView(bytes: Buffer, dtype: SampleType): BlockValues {
  const { buffer, byteOffset, length } = bytes
  switch (dtype) {
    case 'uint8':
    case 'uint1':
      return new Uint8Array(buffer, byteOffset, length)
    case 'int8':
      return new Int8Array(buffer, byteOffset, length)
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, length / 2)
    case 'int16':
      return new Int16Array(buffer, byteOffset, length / 2)
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length / 4)
    case 'int32':
      return new Int32Array(buffer, byteOffset, length / 4)
    case 'float32':
      return new Float32Array(buffer, byteOffset, length / 4)
    case 'float64':
      return new Float64Array(buffer, byteOffset, length / 8)
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, length / 8), Number)
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, length / 8), Number)
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, length / 2), fromHalf)
  }
}

/** The number a 16-bit float stands for. Source: IEEE 754-2019 binary16. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
