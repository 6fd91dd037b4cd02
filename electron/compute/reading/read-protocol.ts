import type { AppErrorWire } from '../../../shared/base/app-error.ts'
import type { Progress } from '../../../shared/base/progress.ts'
import type { FrameRead, PictureRead } from '../../../shared/contracts/data-plane.ts'
import type { BandStatistics } from '../../../shared/contracts/sequences.ts'
import type { Clip } from '../../../shared/domain/clip.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FrameRequest, StoredPlace } from '../../formats/sequence-reader.ts'
import type { PaintedClass } from './write-masks.ts'

// What the core and a reader process say to each other. A reader process finds, opens and reads sequences for as long as
// it is needed; numbers travel as typed arrays. Only types here, so that the process starts quickly.

/** One thing asked of a reader process; `reader` is the core's number of an open sequence. */
export type ReadAsk =
  /** Answered by an `Inspection`. `excluded` are files that ended an earlier attempt; they are reported, not opened. */
  | { readonly kind: 'inspect'; readonly paths: readonly string[]; readonly excluded: readonly Problem[] }
  /** Answered by `OpenedSequence`. What an inspection of the same paths has found is used while nothing changed on the disk. */
  | {
      readonly kind: 'open'
      readonly reader: number
      readonly paths: readonly string[]
      readonly sequence: string | null
      readonly excluded: readonly Problem[]
      /** Opening it has ended a process before: nothing is read of the frames that need not be. */
      readonly isCautious?: boolean
    }
  /** Answered by a `FrameBlock`. */
  | { readonly kind: 'block'; readonly reader: number; readonly request: FrameRequest }
  /** Answered by `array`: a part of a frame at the size it is shown. */
  | { readonly kind: 'view'; readonly reader: number; readonly read: FrameRead }
  /** Answered by `array`: a frame as colours. */
  | { readonly kind: 'picture'; readonly reader: number; readonly read: PictureRead }
  /** Answered by a `SeriesOverlay`: what a segmentation, structure set or report shows over an open series. */
  | { readonly kind: 'overlay'; readonly reader: number; readonly path: string | null }
  /** Answered by the bytes of a DICOM segmentation. */
  | {
      readonly kind: 'write-masks'
      readonly reader: number
      readonly classes: readonly PaintedClass[]
      readonly version: string
    }
  /** Answered by null, also when it is not open. */
  | { readonly kind: 'close'; readonly reader: number }

/** Messages to a reader process; `id` is the core's number of the question. */
export type ToReader =
  /** The first message. `memoryLimitBytes` is the resident memory at which the process gives up by itself. */
  | { readonly type: 'begin'; readonly memoryLimitBytes: number }
  | { readonly type: 'ask'; readonly id: number; readonly ask: ReadAsk }
  /** Takes a question back; it is answered all the same, by `aborted` where it was not too late. */
  | { readonly type: 'abort'; readonly id: number }

/** Messages from a reader process. */
export type FromReader =
  | { readonly type: 'ready' }
  /** Said every second while something is being done: a process that cannot even say this hangs. */
  | { readonly type: 'alive' }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress }
  /** A file is about to be opened; if nothing else comes, it was this one. */
  | { readonly type: 'file'; readonly id: number; readonly path: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  /** A `DataArray` as the page gets it, encoded; under Node it comes through a pipe of its own, see `array-pipe.ts`. */
  | { readonly type: 'array'; readonly id: number; readonly buffer: ArrayBuffer }
  | { readonly type: 'refusal'; readonly id: number; readonly error: AppErrorWire }
  | { readonly type: 'aborted'; readonly id: number }
  /** The process gives up: its memory limit is passed, or a bug. */
  | { readonly type: 'failed'; readonly error: AppErrorWire }

/** What the core is told of a sequence that was opened. */
export interface OpenedSequence {
  readonly info: SequenceInfo
  readonly medical: MedicalImage | null
  readonly clip: Clip | null
  /** The pixel grid of a georeferenced sequence, its projection in a form that can be computed with. */
  readonly grid: GeoGrid | null
  readonly statistics: readonly BandStatistics[]
  /** Whether frames can be read as colours. */
  readonly hasPictures: boolean
  /** For each frame where its numbers lie, where they can be read without the process; empty where none can, or very many. */
  readonly places: readonly (StoredPlace | null)[]
}
