/**
 * Undoes RLE lossless: PackBits by planes of bytes, the most significant byte of each sample first.
 * @param planes bytes of a sample times samples of a pixel
 * @param length bytes of each plane (pixels)
 * @returns the planes one after the other, as stored; null when they are damaged
 * Source: DICOM PS3.5 G
 */
export function decodeRunLengths(bytes: Buffer, planes: number, length: number): Uint8Array[] | null {
  if (bytes.length < 64) return null
  const count = bytes.readUInt32LE(0)
  if (count !== planes) return null
  const result: Uint8Array[] = []
  for (let plane = 0; plane < planes; plane++) {
    const start = bytes.readUInt32LE(4 + 4 * plane)
    const end = plane + 1 < planes ? bytes.readUInt32LE(8 + 4 * plane) : bytes.length
    if (start < 64 || end > bytes.length || start >= end) return null
    const values = unpack(bytes.subarray(start, end), length)
    if (!values) return null
    result.push(values)
  }
  return result
}

function unpack(bytes: Uint8Array, length: number): Uint8Array | null {
  const values = new Uint8Array(length)
  let filled = 0
  for (let at = 0; at < bytes.length && filled < length;) {
    const code = bytes[at++] ?? 0
    if (code < 128) {
      const run = bytes.subarray(at, at + code + 1)
      if (run.length === 0) return null
      values.set(run.subarray(0, length - filled), filled)
      filled += run.length
      at += code + 1
    } else if (code > 128) {
      const next = filled + 257 - code
      values.fill(bytes[at++] ?? 0, filled, Math.min(next, length))
      filled = next
    }
  }
  return filled >= length ? values : null
}
