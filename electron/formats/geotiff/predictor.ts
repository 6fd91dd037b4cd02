/**
 * Turns the bytes of one decoded block, in place, into samples in the machine's (little-endian) order without predictor.
 * @param bytes         rows of `rowSamples` samples, starting at an address that suits the sample size
 * @param sampleBytes   1, 2, 4 or 8
 * @param rowSamples    samples per row over all interleaved bands
 * @param stride        bands that lie together: a sample is predicted from the one `stride` before it
 * @param predictor     1 none, 2 horizontal difference, 3 floating point
 * Source: TIFF 6.0 section 14; Adobe TIFF Technical Note 3
 */
export function undoPredictor(
  bytes: Buffer,
  sampleBytes: number,
  rowSamples: number,
  stride: number,
  predictor: number,
  littleEndian: boolean,
): void {
  if (predictor === 3) {
    undoFloatingPoint(bytes, sampleBytes, rowSamples, stride)
    return
  }
  if (!littleEndian) swapBytes(bytes, sampleBytes)
  if (predictor === 2) undoDifference(bytes, sampleBytes, rowSamples, stride)
}

/** Reverses the byte order of every sample in place. */
export function swapBytes(bytes: Buffer, sampleBytes: number): void {
  if (sampleBytes === 2) bytes.swap16()
  else if (sampleBytes === 4) bytes.swap32()
  else if (sampleBytes === 8) bytes.swap64()
}

/** The samples of a block as unsigned words, over the same memory. */
export function wordsOf(bytes: Buffer, sampleBytes: number): Uint8Array | Uint16Array | Uint32Array {
  const length = Math.floor(bytes.length / sampleBytes)
  if (sampleBytes === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, length)
  if (sampleBytes === 4) return new Uint32Array(bytes.buffer, bytes.byteOffset, length)
  return bytes
}

function undoDifference(bytes: Buffer, sampleBytes: number, rowSamples: number, stride: number): void {
  if (sampleBytes === 8) {
    const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8))
    for (let row = 0; row + rowSamples <= words.length; row += rowSamples)
      for (let i = row + stride; i < row + rowSamples; i++) words[i] = (words[i] ?? 0n) + (words[i - stride] ?? 0n)
    return
  }
  const words = wordsOf(bytes, sampleBytes)
  for (let row = 0; row + rowSamples <= words.length; row += rowSamples)
    for (let i = row + stride; i < row + rowSamples; i++) words[i] = (words[i] ?? 0) + (words[i - stride] ?? 0)
}

function undoFloatingPoint(bytes: Buffer, sampleBytes: number, rowSamples: number, stride: number): void {
  const rowBytes = rowSamples * sampleBytes
  const plain = Buffer.alloc(rowBytes)
  for (let start = 0; start + rowBytes <= bytes.length; start += rowBytes) {
    const row = bytes.subarray(start, start + rowBytes)
    for (let i = stride; i < rowBytes; i++) row[i] = ((row[i] ?? 0) + (row[i - stride] ?? 0)) & 255
    // The bytes of a row are stored plane by plane, the most significant first, whatever the order of the file.
    for (let plane = 0; plane < sampleBytes; plane++) {
      const from = plane * rowSamples
      const to = sampleBytes - 1 - plane
      for (let i = 0; i < rowSamples; i++) plain[i * sampleBytes + to] = row[from + i] ?? 0
    }
    plain.copy(row)
  }
}
