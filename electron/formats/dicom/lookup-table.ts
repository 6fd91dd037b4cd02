import type { Elements } from './elements.ts'

/** Values by stored value: the first belongs to `first`; what lies outside takes the nearest. PS3.3 C.11.1.1. */
export interface LookupTable {
  readonly first: number
  readonly values: Uint16Array | Uint8Array
  /** Bits of an entry: 8 or 16. */
  readonly bits: number
}

/** A value through a table. */
export function lookUp({ first, values }: LookupTable, stored: number): number {
  const index = Math.min(values.length - 1, Math.max(0, stored - first))
  return values[index] ?? 0
}

/** Tags of a table: its descriptor, its data and its segmented data. */
export interface TableTags {
  readonly descriptor: string
  readonly data: string
  readonly segmented: string | null
}

/**
 * Reads a lookup table; null when the file has none that can be used.
 * @param isSigned whether stored values are signed, which then holds for the first mapped one too
 */
export function readLookupTable(
  elements: Elements,
  { descriptor, data, segmented }: TableTags,
  isSigned: boolean,
): LookupTable | null {
  const [count, first = 0, bits = 16] = elements.numbers(descriptor, 'US')
  if (count === undefined) return null
  // The VR of the second value follows the pixels; a count of 0 means 65536, which 16 bits cannot hold.
  const entries = count === 0 ? 65536 : count
  const firstMapped = isSigned && first > 32767 ? first - 65536 : first
  const plain = elements.bytes(data)
  if (plain) {
    // Some writers store 8-bit entries one by byte, others in words.
    if (plain.length < 2 * entries && plain.length >= entries)
      return { first: firstMapped, values: Uint8Array.from(plain.subarray(0, entries)), bits: 8 }
    const words = wordsOf(elements, data)
    return words.length === 0 ? null : { first: firstMapped, values: words.slice(0, entries), bits }
  }
  if (segmented === null || !elements.has(segmented)) return null
  const expanded = expandSegments(wordsOf(elements, segmented), entries)
  return expanded ? { first: firstMapped, values: expanded, bits } : null
}

function wordsOf(elements: Elements, tag: string): Uint16Array {
  return Uint16Array.from(elements.numbers(tag, 'US'))
}

/** Discrete, linear and indirect segments; PS3.3 C.7.9.2. */
function expandSegments(words: Uint16Array, entries: number): Uint16Array | null {
  const values = new Uint16Array(entries)
  let filled = 0
  const run = (from: number, to: number, depth: number): void => {
    for (let at = from; at + 1 < to && filled < entries;) {
      const [kind = 3, length = 0] = [words[at], words[at + 1]]
      if (kind === 0) {
        for (let i = 0; i < length && filled < entries; i++) values[filled++] = words[at + 2 + i] ?? 0
        at += 2 + length
      } else if (kind === 1) {
        const start = values[filled - 1] ?? 0
        const end = words[at + 2] ?? 0
        for (let i = 1; i <= length && filled < entries; i++)
          values[filled++] = Math.round(start + ((end - start) * i) / length)
        at += 3
      } else if (kind === 2 && depth === 0) {
        const offset = ((words[at + 2] ?? 0) | ((words[at + 3] ?? 0) << 16)) / 2
        run(offset, offset + segmentsLength(words, offset, length), 1)
        at += 4
      } else return
    }
  }
  run(0, words.length, 0)
  return filled === entries ? values : null
}

function segmentsLength(words: Uint16Array, offset: number, count: number): number {
  let at = offset
  for (let i = 0; i < count && at < words.length; i++) at += words[at] === 0 ? 2 + (words[at + 1] ?? 0) : 3
  return at - offset
}
