import type { DicomSubject } from '../image.ts'
import { confidentialityProfile } from './confidentiality-profile.ts'
import { plainText, type RawElement } from './data-elements.ts'
import { type DatePolicy, type Pseudonyms, shiftedDate } from './pseudonyms.ts'

/** What cleaning depends on beside the element itself. */
export interface Cleaning {
  readonly pseudonyms: Pseudonyms
  readonly subject: DicomSubject
  readonly dates: DatePolicy
}

/** UIDs of the standard itself (classes, syntaxes, well-known frames of reference) tell of nobody. */
const standardRoot = '1.2.840.10008.'
const patientName = 'x00100010'
const patientId = 'x00100020'

/** Values without meaning by representation; the replacements of action D. */
const dummies: Readonly<Record<string, string>> = {
  DA: '19000101',
  TM: '000000',
  DT: '19000101000000',
  AS: '000Y',
  PN: 'REMOVED',
  CS: 'REMOVED',
  DS: '0',
  IS: '0',
}

/**
 * The elements after the Basic Application Level Confidentiality Profile, in sequences too; private elements, curves and overlays
 * are gone. Source: DICOM PS3.15 E.2, E.3.9 (dates that keep their distances)
 */
export function cleanElements(elements: readonly RawElement[], cleaning: Cleaning): RawElement[] {
  return elements.flatMap((element) => {
    const cleaned = cleanElement(element, cleaning)
    return cleaned ? [cleaned] : []
  })
}

function cleanElement(element: RawElement, cleaning: Cleaning): RawElement | null {
  const { tag, value } = element
  const group = Number.parseInt(tag.slice(1, 5), 16)
  const isRepeating = (group & 0xff00) === 0x5000 || (group & 0xff00) === 0x6000
  // Group lengths would be wrong afterwards.
  if (group % 2 === 1 || isRepeating || tag.endsWith('0000')) return null
  const rule = confidentialityProfile[tag]
  if (rule === undefined) return keep(element, cleaning)
  const vr = element.vr !== null && element.vr !== 'UN' ? element.vr : rule.slice(1)
  if (cleaning.dates === 'shift' && group !== 0x0010 && value instanceof Uint8Array) {
    const moved = movedTime(value, vr, cleaning)
    if (moved) return { ...element, value: moved }
  }
  switch (rule[0]) {
    case 'X':
      return null
    case 'U':
      return value instanceof Uint8Array ? { ...element, value: otherUids(value, cleaning) } : keep(element, cleaning)
    case 'D':
      if (tag === patientId) return { ...element, value: pseudonym(cleaning) }
      // Files with implicit representations do not tell an empty sequence from an empty text.
      if (vr === 'SQ' || !(value instanceof Uint8Array)) return keep(element, cleaning)
      return { ...element, value: dummy(vr, value) }
    default:
      if (tag === patientName) return { ...element, value: pseudonym(cleaning) }
      return { ...element, value: value instanceof Uint8Array ? new Uint8Array() : [] }
  }
}

function keep(element: RawElement, cleaning: Cleaning): RawElement {
  const { value } = element
  if (value instanceof Uint8Array) return element
  return { ...element, value: value.map((item) => cleanElements(item, cleaning)) }
}

function pseudonym({ pseudonyms, subject }: Cleaning): Uint8Array {
  return bytesOf(pseudonyms.patient(subject), ' ')
}

/** Dates moved, times of day as they are; null for anything else, and for dates that cannot be read. */
function movedTime(value: Uint8Array, vr: string, { pseudonyms, subject }: Cleaning): Uint8Array | null {
  if (vr === 'TM') return value
  const days = pseudonyms.shiftDays(subject)
  if ((vr !== 'DA' && vr !== 'DT') || days === null) return null
  const moved = plainText(value)
    .split('\\')
    .map((text) => (text === '' ? '' : shiftedDate(text, days)))
  return moved.includes(null) ? null : bytesOf(moved.join('\\'), ' ')
}

function otherUids(value: Uint8Array, { pseudonyms }: Cleaning): Uint8Array {
  const uids = plainText(value)
    .split('\\')
    .map((uid) => (uid === '' || uid.startsWith(standardRoot) ? uid : pseudonyms.uid(uid)))
  return bytesOf(uids.join('\\'), '\0')
}

function dummy(vr: string, value: Uint8Array): Uint8Array {
  if (['OB', 'OD', 'OF', 'OL', 'OW', 'UN', 'FL', 'FD', 'SL', 'SS', 'UL', 'US'].includes(vr))
    return new Uint8Array(value.length)
  return bytesOf(dummies[vr] ?? 'REMOVED', ' ')
}

function bytesOf(text: string, padding: string): Uint8Array {
  return Buffer.from(text.length % 2 === 0 ? text : text + padding, 'latin1')
}
