import { createHash } from 'node:crypto'

/** A clip that a model was tested on. */
export interface TestedClip {
  readonly sequence: string
  readonly from: number
  readonly to: number
  /** '' where nothing is classified. */
  readonly label: string
}

/** Tells test sets apart: equal where two runs were tested on the same clips with the same classes, in any order. */
export function clipSetFingerprint(clips: readonly TestedClip[]): string {
  const lines = clips.map(({ sequence, from, to, label }) => JSON.stringify([sequence, from, to, label])).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
