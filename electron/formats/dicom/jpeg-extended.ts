import type { DecodedSamples } from './wasm-codecs.ts'

/** A Huffman table: for each length of code the smallest and largest code, and where their symbols begin. */
interface HuffmanTable {
  readonly smallest: readonly number[]
  readonly largest: readonly number[]
  readonly first: readonly number[]
  readonly symbols: Uint8Array
}

interface Component {
  readonly id: number
  readonly quantization: number
  dc: HuffmanTable | undefined
  ac: HuffmanTable | undefined
  predictor: number
}

/** Where the coefficients of a block lie, in the order in which they are coded; ITU T.81 figure A.6. */
const zigzag = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
]

/**
 * Decodes JPEG of the extended sequential process (8 or 12 bits, Huffman coding, all components at full resolution), which
 * libjpeg-turbo does not do for 12 bits.
 * @returns samples as [row, column, component], from 0 to 2^bits - 1; without colour transform
 * @throws a plain `Error` with the reason
 * Source: ITU T.81 (1992), annexes A, B, F
 */
export function decodeExtendedJpeg(bytes: Uint8Array): DecodedSamples {
  return new ExtendedJpeg(bytes).decode()
}

class ExtendedJpeg {
  private readonly bytes: Uint8Array
  private readonly quantization: (Float64Array | undefined)[] = []
  private readonly huffman = new Map<number, HuffmanTable>()
  private components: Component[] = []
  private bits = 0
  private height = 0
  private width = 0
  private restartInterval = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  decode(): DecodedSamples {
    const { bytes } = this
    for (let at = 2; at + 4 <= bytes.length;) {
      if (bytes[at] !== 0xff) throw new Error('a marker is missing')
      const marker = bytes[at + 1] ?? 0
      if (marker === 0xff) {
        at++
        continue
      }
      const length = this.word(at + 2)
      const segment = bytes.subarray(at + 4, at + 2 + length)
      if (marker === 0xdb) this.readQuantization(segment)
      else if (marker === 0xc4) this.readHuffman(segment)
      else if (marker === 0xc0 || marker === 0xc1) this.readFrame(segment)
      else if (marker === 0xdd) this.restartInterval = this.word(at + 4)
      else if (marker === 0xda) {
        this.readScanHeader(segment)
        return this.readScan(at + 2 + length)
      } else if (marker === 0xd9) break
      at += 2 + length
    }
    throw new Error('it has no image data')
  }

  private word(at: number): number {
    return ((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0)
  }

  private readQuantization(segment: Uint8Array): void {
    for (let at = 0; at < segment.length;) {
      const head = segment[at++] ?? 0
      const isWide = head >> 4 !== 0
      const table = new Float64Array(64)
      for (let i = 0; i < 64; i++) {
        table[zigzag[i] ?? 0] = isWide ? ((segment[at] ?? 0) << 8) | (segment[at + 1] ?? 0) : (segment[at] ?? 0)
        at += isWide ? 2 : 1
      }
      this.quantization[head & 15] = table
    }
  }

  private readHuffman(segment: Uint8Array): void {
    for (let at = 0; at + 17 <= segment.length;) {
      const key = segment[at++] ?? 0
      const counts = segment.subarray(at, at + 16)
      at += 16
      const smallest: number[] = []
      const largest: number[] = []
      const first: number[] = []
      let code = 0
      let total = 0
      for (const count of counts) {
        smallest.push(code)
        largest.push(code + count - 1)
        first.push(total)
        total += count
        code = (code + count) << 1
      }
      if (at + total > segment.length) throw new Error('a Huffman table is cut short')
      this.huffman.set(key, { smallest, largest, first, symbols: segment.slice(at, at + total) })
      at += total
    }
  }

  private readFrame(segment: Uint8Array): void {
    this.bits = segment[0] ?? 0
    this.height = ((segment[1] ?? 0) << 8) | (segment[2] ?? 0)
    this.width = ((segment[3] ?? 0) << 8) | (segment[4] ?? 0)
    const count = segment[5] ?? 0
    if ((this.bits !== 8 && this.bits !== 12) || this.height === 0 || this.width === 0 || count === 0)
      throw new Error('its frame header makes no sense')
    this.components = Array.from({ length: count }, (_, i) => {
      const [id = 0, factors = 0, quantization = 0] = segment.subarray(6 + 3 * i, 9 + 3 * i)
      if (factors !== 0x11 && count > 1) throw new Error('12-bit colours of lower resolution cannot be read')
      return { id, quantization, dc: undefined, ac: undefined, predictor: 0 }
    })
  }

  private readScanHeader(segment: Uint8Array): void {
    if (segment[0] !== this.components.length) throw new Error('12-bit JPEG of several scans cannot be read')
    this.components.forEach((component, i) => {
      const tables = segment[2 + 2 * i] ?? 0
      component.dc = this.huffman.get(tables >> 4)
      component.ac = this.huffman.get(0x10 | (tables & 15))
    })
  }

  private readScan(start: number): DecodedSamples {
    const { height, width, bits, components } = this
    const samples = new Uint16Array(height * width * components.length)
    const reader = new BitReader(this.bytes, start)
    const [rows, columns] = [Math.ceil(height / 8), Math.ceil(width / 8)]
    const coefficients = new Float64Array(64)
    for (let block = 0; block < rows * columns; block++) {
      if (this.restartInterval > 0 && block > 0 && block % this.restartInterval === 0) {
        reader.restart()
        for (const component of components) component.predictor = 0
      }
      components.forEach((component, c) => {
        this.readBlock(reader, component, coefficients)
        invert(coefficients)
        this.store(samples, coefficients, Math.floor(block / columns) * 8, (block % columns) * 8, c)
      })
    }
    if (reader.isBeyondEnd) throw new Error('its image data ends too early')
    return { samples, height, width, components: components.length, bits, isSigned: false, isPlanar: false }
  }

  private readBlock(reader: BitReader, component: Component, coefficients: Float64Array): void {
    const { dc, ac } = component
    const table = this.quantization[component.quantization]
    if (!dc || !ac || !table) throw new Error('a table is missing')
    coefficients.fill(0)
    component.predictor += reader.signed(reader.symbol(dc))
    coefficients[0] = component.predictor * (table[0] ?? 0)
    for (let k = 1; k < 64; k++) {
      const symbol = reader.symbol(ac)
      const [run, size] = [symbol >> 4, symbol & 15]
      if (size === 0) {
        if (run !== 15) return
        k += 15
        continue
      }
      k += run
      const place = zigzag[k]
      if (place === undefined) throw new Error('a block has too many coefficients')
      coefficients[place] = reader.signed(size) * (table[place] ?? 0)
    }
  }

  /** Adds the level shift (half the range, for 12 bits 2048) and writes what lies inside the image. */
  private store(samples: Uint16Array, block: Float64Array, top: number, left: number, component: number): void {
    const { height, width, bits, components } = this
    const [middle, largest] = [2 ** (bits - 1), 2 ** bits - 1]
    for (let y = 0; y < 8 && top + y < height; y++)
      for (let x = 0; x < 8 && left + x < width; x++) {
        const value = Math.round((block[8 * y + x] ?? 0) + middle)
        const at = ((top + y) * width + left + x) * components.length + component
        samples[at] = Math.min(largest, Math.max(0, value))
      }
  }
}

class BitReader {
  private readonly bytes: Uint8Array
  private at: number
  private buffer = 0
  private left = 0
  /** Zero bits read after the end; a valid stream needs none. */
  private beyond = 0

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes
    this.at = start
  }

  get isBeyondEnd(): boolean {
    return this.beyond > 2
  }

  /** The next symbol of a Huffman code; ITU T.81 F.2.2.3. */
  symbol({ smallest, largest, first, symbols }: HuffmanTable): number {
    let code = 0
    for (let length = 0; length < 16; length++) {
      code = (code << 1) | this.bit()
      const low = smallest[length] ?? 0
      if (code <= (largest[length] ?? -1) && code >= low) return symbols[(first[length] ?? 0) + code - low] ?? 0
    }
    throw new Error('a Huffman code is not in its table')
  }

  /** A number of `size` bits, of which a leading 0 means negative; ITU T.81 F.2.2.1. */
  signed(size: number): number {
    if (size > 16) throw new Error('a coefficient is too large')
    let value = 0
    for (let i = 0; i < size; i++) value = (value << 1) | this.bit()
    return size === 0 || value >= 1 << (size - 1) ? value : value - (1 << size) + 1
  }

  /** Goes on after the next restart marker. */
  restart(): void {
    this.left = 0
    while (this.at + 1 < this.bytes.length) {
      const isRestart = this.bytes[this.at] === 0xff && ((this.bytes[this.at + 1] ?? 0) & 0xf8) === 0xd0
      if (isRestart) {
        this.at += 2
        return
      }
      this.at++
    }
  }

  private bit(): number {
    if (this.left === 0) {
      const byte = this.bytes[this.at]
      const isMarker = byte === 0xff && this.bytes[this.at + 1] !== 0
      if (byte === undefined || isMarker) {
        this.buffer = 0
        if (++this.beyond > 1024) throw new Error('its image data ends too early')
      } else {
        this.buffer = byte
        // A stuffed zero follows each byte of ones.
        this.at += byte === 0xff ? 2 : 1
      }
      this.left = 8
    }
    this.left--
    return (this.buffer >> this.left) & 1
  }
}

const cosines = Float64Array.from({ length: 64 }, (_, i) => {
  const [position, frequency] = [i >> 3, i & 7]
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * position + 1) * frequency * Math.PI) / 16)
})

/** Inverse cosine transform of a block in place, rows and then columns; ITU T.81 A.3.3. */
function invert(block: Float64Array): void {
  const line = new Float64Array(8)
  for (let pass = 0; pass < 2; pass++)
    for (let n = 0; n < 8; n++) {
      const [start, step] = pass === 0 ? [8 * n, 1] : [n, 8]
      for (let position = 0; position < 8; position++) {
        let sum = 0
        for (let k = 0; k < 8; k++) sum += (block[start + k * step] ?? 0) * (cosines[8 * position + k] ?? 0)
        line[position] = sum
      }
      for (let k = 0; k < 8; k++) block[start + k * step] = line[k] ?? 0
    }
}
