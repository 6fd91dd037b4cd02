import type { StoredNumbers } from './stored-values.ts'

/** Which bits of stored numbers count; others may hold overlays or rubbish. DICOM PS3.5 8.1.1. */
export interface StoredBits {
  readonly bitsStored: number
  /** Place of the most significant bit that counts, from 0. */
  readonly highBit: number
  readonly isSigned: boolean
}

/** Numbers of at most 16 bits. */
type Whole = StoredNumbers | Int32Array | Uint32Array

/** The numbers that the bits which count make; the very array where the others are clear. */
export function maskBits<Numbers extends Whole>(
  samples: Numbers,
  { bitsStored, highBit, isSigned }: StoredBits,
): Numbers {
  if (!isSigned && highBit === bitsStored - 1 && !hasBitsFrom(samples, bitsStored)) return samples
  const kind = samples.constructor as new (length: number) => Numbers
  const values = new kind(samples.length)
  const left = 31 - highBit
  const right = 32 - bitsStored
  if (isSigned) for (let i = 0; i < values.length; i++) values[i] = ((samples[i] ?? 0) << left) >> right
  else for (let i = 0; i < values.length; i++) values[i] = ((samples[i] ?? 0) << left) >>> right
  return values
}

/** Whether any number has a bit of at least that place: most files keep the others clear. */
function hasBitsFrom(samples: Whole, place: number): boolean {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: size } = samples
  // Four bytes at once: this is asked of each image before it is shown.
  const isAligned = byteOffset % 4 === 0
  const words = isAligned ? new Uint32Array(buffer, byteOffset, Math.floor(byteLength / 4)) : new Uint32Array(0)
  let all = 0
  for (let i = 0; i < words.length; i++) all |= words[i] as number
  if (size < 4) all |= all >>> 16
  if (size < 2) all |= all >>> 8
  all &= size === 4 ? -1 : 2 ** (8 * size) - 1
  for (let i = (words.length * 4) / size; i < samples.length; i++) all |= samples[i] as number
  return all >>> place !== 0
}
