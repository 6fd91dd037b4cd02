import { createHash, randomUUID } from 'node:crypto'
import type { Code } from '../../../../shared/domain/medical/code.ts'
import type { DicomElement } from '../write-part10.ts'

/** A fresh UID, made from a random UUID; DICOM PS3.5 B.2. */
export function randomUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`
}

/** A UID that is the same for the same text; the chance that two texts share one is 2^-64 after billions. */
export function uidOf(text: string): string {
  return `2.25.${BigInt(`0x${createHash('sha256').update(text).digest('hex').slice(0, 32)}`)}`
}

/** A number as VR DS has it: as many digits as fit in 16 letters; PS3.5 6.2. */
export function decimalText(value: number): string {
  if (Object.is(value, -0)) return '0'
  const plain = String(value)
  if (plain.length <= 16) return plain
  for (let digits = 16; digits > 0; digits--) {
    const rounded = Number(value.toPrecision(digits))
    const text = [String(rounded), rounded.toExponential()].find(({ length }) => length <= 16)
    if (text !== undefined) return text
  }
  return value.toExponential(8)
}

/** Several numbers of VR DS. */
export function decimalTexts(values: readonly number[]): string {
  return values.map(decimalText).join('\\')
}

/** A sequence with one code. */
export function codeSequence(tag: string, code: Code): DicomElement {
  return [tag, 'SQ', [codeElements(code)]]
}

/** The elements of a code; values that are too long for SH go where there is room. PS3.3 section 8. */
export function codeElements({ value, scheme, meaning }: Code): DicomElement[] {
  return [
    value.length > 16 ? ['00080119', 'UC', value] : ['00080100', 'SH', value],
    ['00080102', 'SH', scheme],
    ['00080104', 'LO', limited(meaning === '' ? value : meaning, 64)],
  ]
}

/** A tag as a value (VR AT). */
export function tagBytes(tag: string): Uint8Array {
  const [group, element] = [Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)]
  return Uint8Array.of(group & 255, group >> 8, element & 255, element >> 8)
}

/** Text without what a value may not hold, cut to its longest length. */
export function limited(text: string, length: number): string {
  // A backslash would begin another value.
  return [...text.replaceAll(/[\\\p{Cc}]/gu, ' ').trim()].slice(0, length).join('')
}

/** Date and time of day as DICOM writes them, in local time. */
export function dicomNow(now: Date): { readonly date: string; readonly time: string } {
  const two = (value: number): string => String(value).padStart(2, '0')
  return {
    date: `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`,
    time: `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`,
  }
}
