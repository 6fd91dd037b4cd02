import type { SampleType } from './sequence.ts'

/** Whole numbers of one or two bytes, as most imagery is stored. */
export type StoredNumbers = Uint8Array | Int8Array | Uint16Array | Int16Array

/** How a stored number becomes a physical one: NaN between the ends of `padding` (both included), else number × slope + intercept. */
export interface StoredRule {
  readonly slope: number
  readonly intercept: number
  readonly padding: readonly [number, number] | null
}

/** The rule of numbers that already are physical ones. */
export const plainRule: StoredRule = { slope: 1, intercept: 0, padding: null }

/**
 * Physical values of stored numbers, computed in double precision and rounded to float32.
 * @param at  where they begin in `out`, which has room for them
 */
export function writePhysical(
  stored: ArrayLike<number>,
  { slope, intercept, padding }: StoredRule,
  out: Float32Array,
  at = 0,
): void {
  if (slope === 1 && intercept === 0) out.set(stored, at)
  else for (let i = 0; i < stored.length; i++) out[at + i] = (stored[i] as number) * slope + intercept
  if (!padding) return
  const [low, high] = padding
  for (let i = 0; i < stored.length; i++) {
    const number = stored[i] as number
    if (number >= low && number <= high) out[at + i] = NaN
  }
}

const kinds = { uint1: Uint8Array, uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array } as const

/** The array that holds numbers of a type; null for types of more than two bytes, and floating point. */
export function storedKind(type: SampleType): (typeof kinds)[keyof typeof kinds] | null {
  return type in kinds ? kinds[type as keyof typeof kinds] : null
}

/** Whether a number can be kept in an array of that kind as it is. */
export function fitsStored(kind: (typeof kinds)[keyof typeof kinds], number: number): boolean {
  return Object.is(new kind([number])[0], number === 0 ? 0 : number)
}
