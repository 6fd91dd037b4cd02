import { deflate } from 'node:zlib'
import { promisify } from 'node:util'
import { swapBytes, wordsOf } from './predictor.ts'

const deflateAsync = promisify(deflate)

/** How the samples of a block are stored. */
export interface BlockEncoding {
  readonly sampleBytes: number
  /** Samples per row over all interleaved bands. */
  readonly rowSamples: number
  /** Bands that lie together. */
  readonly stride: number
  readonly predictor: 1 | 2 | 3
  readonly compression: 'none' | 'deflate'
  readonly littleEndian: boolean
}

/**
 * Encodes one block; the bytes given are changed and must not be used again.
 * @param bytes samples in the machine's (little-endian) order, whole rows
 * Source: TIFF 6.0 section 14; Adobe TIFF Technical Note 3
 */
export async function encodeBlock(bytes: Buffer, encoding: BlockEncoding): Promise<Buffer> {
  const { sampleBytes, rowSamples, stride, predictor, littleEndian } = encoding
  if (predictor === 3) applyFloatingPoint(bytes, sampleBytes, rowSamples, stride)
  else {
    if (predictor === 2) applyDifference(bytes, sampleBytes, rowSamples, stride)
    if (!littleEndian) swapBytes(bytes, sampleBytes)
  }
  return encoding.compression === 'deflate' ? deflateAsync(bytes) : bytes
}

function applyDifference(bytes: Buffer, sampleBytes: number, rowSamples: number, stride: number): void {
  const words = wordsOf(bytes, sampleBytes)
  for (let row = 0; row + rowSamples <= words.length; row += rowSamples)
    for (let i = row + rowSamples - 1; i >= row + stride; i--) words[i] = (words[i] ?? 0) - (words[i - stride] ?? 0)
}

function applyFloatingPoint(bytes: Buffer, sampleBytes: number, rowSamples: number, stride: number): void {
  const rowBytes = rowSamples * sampleBytes
  const planes = Buffer.alloc(rowBytes)
  for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes)
    for (let plane = 0; plane < sampleBytes; plane++)
      for (let i = 0; i < rowSamples; i++)
        planes[plane * rowSamples + i] = row[i * sampleBytes + sampleBytes - 1 - plane] ?? 0
    for (let i = rowBytes - 1; i >= stride; i--) planes[i] = ((planes[i] ?? 0) - (planes[i - stride] ?? 0)) & 255
    planes.copy(row)
  }
}
