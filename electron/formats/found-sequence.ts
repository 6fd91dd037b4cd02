import type { Patient } from '../../shared/domain/medical/study.ts'
import type { Problem, SequenceInfo } from '../../shared/domain/sequence.ts'
import { toAppError } from '../../shared/base/app-error.ts'
import type { SequenceReader } from './sequence-reader.ts'

/** A sequence that was found but not opened yet. */
export interface FoundSequence {
  readonly info: SequenceInfo
  open(): Promise<SequenceReader>
}

/** What a format found among the files given to it. */
export interface FindResult {
  readonly sequences: readonly FoundSequence[]
  readonly problems: readonly Problem[]
  /** Whose images they are, in studies by date; DICOM only. */
  readonly patients?: readonly Patient[]
  /** Files that are part of a sequence in another way (lists of dates), so that they are not reported as unknown. */
  readonly used: readonly string[]
}

/** The problem entry for an error met at a path. */
export function problemOf(path: string, error: unknown): Problem {
  const { code, message, details } = toAppError(error)
  return { path, code, message, details }
}
