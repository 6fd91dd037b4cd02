import { createHmac } from 'node:crypto'
import { addDays, daysBetween } from './calendar-days.ts'
import type { DicomSubject } from '../image.ts'
import { patientKey } from '../group-studies.ts'

/** What becomes of the dates: `remove` empties them; `shift` keeps their distances, the first study of each patient on 2000-01-01. */
export type DatePolicy = 'remove' | 'shift'

const firstDay = '2000-01-01'

/**
 * Gives the same new UID for the same old one, the same pseudonym for the same patient, and shifts all dates of a patient alike,
 * in all files that it is used for. The secret is needed to tell old from new; without it neither can be found.
 */
export class Pseudonyms {
  private readonly secret: string
  /** Earliest study date by patient. */
  private readonly starts = new Map<string, string>()

  constructor(secret: string) {
    this.secret = secret
  }

  /** Tells of a file that will be written, so that the first date of its patient is known. */
  see(subject: DicomSubject): void {
    const { studyDate } = subject
    const key = patientKey(subject)
    const known = this.starts.get(key)
    if (studyDate !== null && (known === undefined || studyDate < known)) this.starts.set(key, studyDate)
  }

  /** Another UID, below the root for UUIDs. */
  uid(old: string): string {
    return `2.25.${BigInt(`0x${this.digest(`uid ${old}`, 32)}`)}`
  }

  /** Name and id of a patient. */
  patient(subject: DicomSubject): string {
    return `P-${this.digest(`patient ${patientKey(subject)}`, 8).toUpperCase()}`
  }

  /** By how many days the dates of a patient are moved; null when no study of the patient has a date. */
  shiftDays(subject: DicomSubject): number | null {
    const start = this.starts.get(patientKey(subject))
    return start === undefined ? null : daysBetween(start, firstDay)
  }

  private digest(text: string, letters: number): string {
    return createHmac('sha256', this.secret).update(text).digest('hex').slice(0, letters)
  }
}

/** `20150131` or `20150131081102.123+0100` moved by days; null when it does not begin with a date. */
export function shiftedDate(text: string, days: number): string | null {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})(.*)$/s.exec(text.trim())
  if (!match) return null
  const moved = addDays(`${match[1]}-${match[2]}-${match[3]}`, days)
  return moved === null ? null : moved.replaceAll('-', '') + (match[4] ?? '')
}
