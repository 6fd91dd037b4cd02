import type { Clip } from '../../shared/domain/clip.ts'
import type { MedicalImage } from '../../shared/domain/medical-image.ts'
import type { SequenceInfo } from '../../shared/domain/sequence.ts'
import type { StoredBits } from '../../shared/domain/stored-bits.ts'
import type { StoredNumbers, StoredRule } from '../../shared/domain/stored-values.ts'

/** A rectangle of pixels, rows counted from the top, columns from the left, both from 0. */
export interface PixelWindow {
  readonly row: number
  readonly column: number
  readonly height: number
  readonly width: number
}

/** Which part of a sequence to read; frames and bands by index, in the order wanted. */
export interface FrameRequest {
  readonly frames: readonly number[]
  readonly bands: readonly number[]
  readonly window: PixelWindow
}

/**
 * Pixel values in physical units (scale and offset applied), laid out [frame, band, row, column];
 * NaN where the file says nodata. The caller owns the array.
 */
export interface FrameBlock {
  readonly values: Float32Array
  readonly frames: number
  readonly bands: number
  readonly height: number
  readonly width: number
}

/** Which part of one frame to read. */
export interface FramePart {
  readonly frame: number
  readonly bands: readonly number[]
  readonly window: PixelWindow
}

/** Numbers of one frame as the file stores them, [band, row, column], and how they become physical. They are shared: not to be changed. */
export interface StoredPart {
  readonly values: StoredNumbers
  readonly rule: StoredRule
}

/** Where the numbers of a frame, row by row, lie in a file just as `readStored` gives them, little-endian. */
export interface StoredPlace {
  readonly path: string
  /** Of the first number, in bytes. */
  readonly offset: number
  /** Of the file when it was looked at: where they differ, nothing here is true any more. */
  readonly size: number
  readonly modifiedMs: number
  readonly type: 'uint8' | 'int8' | 'uint16' | 'int16'
  /** Which bits count; null: all. */
  readonly bits: StoredBits | null
  readonly rule: StoredRule
}

/** A frame as colours for the screen: RGBA, row-major [height, width, 4]. The caller owns the array. */
export interface FramePicture {
  readonly pixels: Uint8Array
  readonly height: number
  readonly width: number
}

/**
 * One opened sequence. Reading is by window, so that memory depends on what is asked, not on the size of the file.
 * `read` throws `AppError` with the format's codes and `AbortError` when cancelled. `close` releases file handles.
 */
export interface SequenceReader {
  readonly info: SequenceInfo
  /** Present for DICOM and NIfTI. */
  readonly medical?: MedicalImage | undefined
  /** Present for video. */
  readonly clip?: Clip | undefined
  read(request: FrameRequest, signal?: AbortSignal): Promise<FrameBlock>
  /**
   * What `read` gives of one frame, before the numbers become physical: fewer bytes, and no work. Null where they are not stored
   * as whole numbers of one or two bytes.
   */
  readStored?(part: FramePart, signal?: AbortSignal): Promise<StoredPart | null>
  /**
   * A whole frame as the colours its file means, scaled to the size asked for; present for video and pictures, where it is
   * much cheaper than `read`.
   */
  readPicture?(frame: number, outHeight: number, outWidth: number, signal?: AbortSignal): Promise<FramePicture>
  /** For each frame where its one band can be read from a file without this reader; null where that takes more than reading bytes. */
  storedPlaces?(): readonly (StoredPlace | null)[]
  close(): Promise<void>
}
