/** Size and sample format that the header of a compressed image states. */
export interface CodestreamHeader {
  readonly height: number
  readonly width: number
  readonly components: number
  /** Bits of a sample, of the first component. */
  readonly bits: number
  /** Whether colour components are stored at lower resolution. */
  readonly isSubsampled: boolean
  /** Which JPEG process (the last byte of its SOF marker); null for JPEG 2000. */
  readonly process: number | null
  /** An APP14 marker of Adobe says which colour transform was used. */
  readonly hasAdobeMarker: boolean
  /** A JFIF marker, whose colours are always YCbCr. */
  readonly hasJfifMarker: boolean
}

/** Reads the header of a JPEG or JPEG-LS image without decoding it; null when there is none. Source: ITU T.81 B.2, T.87 C.2. */
export function jpegHeader(bytes: Uint8Array): CodestreamHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null
  let hasAdobeMarker = false
  let hasJfifMarker = false
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at++
      continue
    }
    const length = view.getUint16(at + 2)
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7
    if (isFrame) {
      if (at + 10 > bytes.length) return null
      const components = bytes[at + 9] ?? 0
      const factors = Array.from({ length: components }, (_, i) => bytes[at + 11 + 3 * i] ?? 0)
      return {
        bits: bytes[at + 4] ?? 0,
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components,
        isSubsampled: factors.some((factor) => factor !== factors[0]),
        process: marker,
        hasAdobeMarker,
        hasJfifMarker,
      }
    }
    // A shorter one does not say which transform; decoders pass over it.
    if (marker === 0xee && length >= 14 && textAt(bytes, at + 4, 5) === 'Adobe') hasAdobeMarker = true
    if (marker === 0xe0 && textAt(bytes, at + 4, 4) === 'JFIF') hasJfifMarker = true
    if (marker === 0xda || length < 2) return null
    at += 2 + length
  }
  return null
}

/** Reads the SIZ segment of a JPEG 2000 or HTJ2K image; null when it is missing or makes no sense. Source: ISO 15444-1 A.5.1. */
export function jpeg2000Header(bytes: Uint8Array): CodestreamHeader | null {
  const start = codestreamStart(bytes)
  if (start === null || start + 42 > bytes.length) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const at = (offset: number): number => view.getUint32(start + offset)
  const [right, bottom, left, top, tileWidth, tileHeight, tileLeft, tileTop] = [8, 12, 16, 20, 24, 28, 32, 36].map(at)
  if (!right || !bottom || left === undefined || top === undefined || !tileWidth || !tileHeight) return null
  const tiles = Math.ceil((right - (tileLeft ?? 0)) / tileWidth) * Math.ceil((bottom - (tileTop ?? 0)) / tileHeight)
  const components = view.getUint16(start + 40)
  if (tiles < 1 || tiles > 65_535 || right <= left || bottom <= top || start + 42 + 3 * components > bytes.length)
    return null
  const steps = Array.from({ length: components }, (_, i) => [bytes[start + 43 + 3 * i], bytes[start + 44 + 3 * i]])
  return {
    height: bottom - top,
    width: right - left,
    components,
    bits: ((bytes[start + 42] ?? 0) & 0x7f) + 1,
    isSubsampled: steps.some(([x, y]) => x !== 1 || y !== 1),
    process: null,
    hasAdobeMarker: false,
    hasJfifMarker: false,
  }
}

/** Where SOC and SIZ begin; some writers wrap the codestream in a JP2 file. */
function codestreamStart(bytes: Uint8Array): number | null {
  const isStart = (i: number): boolean =>
    bytes[i] === 0xff && bytes[i + 1] === 0x4f && bytes[i + 2] === 0xff && bytes[i + 3] === 0x51
  if (isStart(0)) return 0
  if (textAt(bytes, 4, 4) !== 'jP  ') return null
  for (let i = 12; i + 4 < Math.min(bytes.length, 4096); i++) if (isStart(i)) return i
  return null
}

function textAt(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length))
}
