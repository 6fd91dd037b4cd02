const clearCode = 256
const endCode = 257

/**
 * Undoes TIFF's LZW, up to `limit` bytes, so that a small file cannot fill the memory.
 * Also reads the old bit order (least significant first) that files from before TIFF 6.0 have.
 * @returns the bytes decoded; fewer than `limit` when the data ends early
 * @throws RangeError when a code refers to an entry that does not exist yet
 * Source: TIFF 6.0 section 13; libtiff's LZWDecodeCompat for the old order
 */
export function decompressLzw(stored: Uint8Array, limit: number): Buffer {
  const isOld = stored[0] === 0 && ((stored[1] ?? 0) & 1) === 1
  const output = Buffer.allocUnsafeSlow(limit)
  const prefix = new Uint16Array(4096)
  const suffix = new Uint8Array(4096)
  const first = new Uint8Array(4096)
  const lengths = new Uint16Array(4096)
  for (let i = 0; i < 256; i++) {
    suffix[i] = i
    first[i] = i
    lengths[i] = 1
  }
  const nextCodeOf = isOld ? readLeastFirst(stored) : readMostFirst(stored)
  // The new order changes to longer codes one entry early.
  const early = isOld ? 0 : 1
  let written = 0
  let width = 9
  let next = 258
  let previous = -1
  while (written < limit) {
    const code = nextCodeOf(width)
    if (code < 0 || code === endCode) break
    if (code === clearCode) {
      width = 9
      next = 258
      previous = -1
      continue
    }
    if (previous < 0) {
      if (code > 255) throw new RangeError(`LZW code ${code} before any literal`)
      output[written++] = code
      previous = code
      continue
    }
    if (code > next || (code === next && next === 4096)) throw new RangeError(`LZW code ${code} is not defined yet`)
    // A full table stays as it is until the next clear code.
    if (next < 4096) {
      prefix[next] = previous
      lengths[next] = (lengths[previous] ?? 0) + 1
      first[next] = first[previous] ?? 0
      suffix[next] = first[code === next ? previous : code] ?? 0
      next++
    }
    written = writeEntry(output, written, limit, code, prefix, suffix, lengths)
    previous = code
    if (next + early >= 1 << width && width < 12) width++
  }
  return output.subarray(0, written)
}

/** Undoes PackBits, up to `limit` bytes. Source: TIFF 6.0 section 9 */
export function decompressPackBits(stored: Uint8Array, limit: number): Buffer {
  const output = Buffer.allocUnsafeSlow(limit)
  let written = 0
  let at = 0
  while (at < stored.length && written < limit) {
    const control = stored[at++] ?? 0
    if (control < 128) {
      const count = Math.min(control + 1, limit - written, stored.length - at)
      output.set(stored.subarray(at, at + count), written)
      at += control + 1
      written += count
    } else if (control > 128) {
      const count = Math.min(257 - control, limit - written)
      output.fill(stored[at++] ?? 0, written, written + count)
      written += count
    }
  }
  return output.subarray(0, written)
}

function writeEntry(
  output: Buffer,
  start: number,
  limit: number,
  code: number,
  prefix: Uint16Array,
  suffix: Uint8Array,
  lengths: Uint16Array,
): number {
  const end = start + (lengths[code] ?? 0)
  let entry = code
  // An entry is stored last byte first: each one points at the entry without its last byte.
  for (let at = end - 1; at >= start; at--) {
    if (at < limit) output[at] = suffix[entry] ?? 0
    entry = prefix[entry] ?? 0
  }
  return Math.min(end, limit)
}

function readMostFirst(stored: Uint8Array): (width: number) => number {
  let at = 0
  let bits = 0
  let held = 0
  return (width) => {
    while (bits < width) {
      if (at >= stored.length) return -1
      held = ((held << 8) | (stored[at++] ?? 0)) & 0xffffff
      bits += 8
    }
    bits -= width
    return (held >> bits) & ((1 << width) - 1)
  }
}

function readLeastFirst(stored: Uint8Array): (width: number) => number {
  let at = 0
  let bits = 0
  let held = 0
  return (width) => {
    while (bits < width) {
      if (at >= stored.length) return -1
      held |= (stored[at++] ?? 0) << bits
      bits += 8
    }
    const code = held & ((1 << width) - 1)
    held >>>= width
    bits -= width
    return code
  }
}
