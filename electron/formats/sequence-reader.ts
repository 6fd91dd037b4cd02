import type { SequenceInfo } from '../../shared/domain/sequence.ts'

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

/**
 * One opened sequence. Reading is by window, so that memory depends on what is asked, not on the size of the file.
 * `read` throws `AppError` with the format's codes and `AbortError` when cancelled. `close` releases file handles.
 */
export interface SequenceReader {
  readonly info: SequenceInfo
  read(request: FrameRequest, signal?: AbortSignal): Promise<FrameBlock>
  close(): Promise<void>
}
