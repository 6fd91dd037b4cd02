import { isAbortError } from '../../../shared/base/abort.ts'
import { toAppError } from '../../../shared/base/app-error.ts'
import type { ReportProgress } from '../../../shared/base/progress.ts'
import type { Clip } from '../../../shared/domain/clip.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import type { FrameForm } from './frame-form.ts'
import { readSmallFrame } from './small-frames.ts'

/** Frames of a sequence that lie in a store, one after the other. */
export interface StoredSequence {
  /** As opening showed it: counts of frames are exact now. */
  readonly info: SequenceInfo
  readonly clip: Clip | null
  /** Store index of its first frame, and how many there are. */
  readonly first: number
  readonly count: number
  /** Every how manieth frame was taken. */
  readonly step: number
}

/** Takes frames, one after the other: a store, or what turns them into something else first. */
export interface FrameSink {
  readonly length: number
  add(values: Float32Array): unknown
}

/** How to read a sequence. */
export interface StoreOptions {
  /** Takes every n-th frame. */
  readonly step: number
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress
}

/**
 * Reads the frames of a sequence into a store. What cannot be read ends the sequence there, and becomes a remark; only an abort
 * is thrown.
 */
export async function storeSequence(
  source: FoundSequence,
  form: FrameForm,
  store: FrameSink,
  { step, signal, report }: StoreOptions,
): Promise<{ readonly stored: StoredSequence | null; readonly remarks: readonly Remark[] }> {
  const first = store.length
  const { name } = source.info
  let info = source.info
  let clip: Clip | null = null
  try {
    const reader = await source.open()
    ;({ info } = reader)
    clip = reader.clip ?? null
    try {
      for (let frame = 0; frame < info.frames; frame += step) {
        await store.add(await readSmallFrame(reader, form, frame, signal))
        report?.({ stage: `Reading ${name}`, done: frame + 1, total: info.frames })
      }
    } finally {
      await reader.close()
    }
  } catch (error) {
    if (isAbortError(error)) throw error
    const { message, code } = toAppError(error)
    const read = store.length - first
    return {
      stored: read > 0 ? { info, clip, first, count: read, step } : null,
      remarks: [
        read > 0
          ? {
              code: 'dataset/sequence-cut',
              message: `"${name}" could be read up to frame ${read * step} only, and ends there: ${message}`,
              details: { name, frames: read * step, reason: message, cause: code },
            }
          : {
              code: 'dataset/sequence-skipped',
              message: `"${name}" cannot be read and is left out: ${message}`,
              details: { name, reason: message, cause: code },
            },
      ],
    }
  }
  return { stored: { info, clip, first, count: store.length - first, step }, remarks: [] }
}
