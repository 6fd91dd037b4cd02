import type { Clip } from '../../shared/domain/clip.ts'
import type { MedicalImage } from '../../shared/domain/medical-image.ts'
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
   * A whole frame as the colours its file means, scaled to the size asked for; present for video and pictures, where it is
   * much cheaper than `read`.
   */
  readPicture?(frame: number, outHeight: number, outWidth: number, signal?: AbortSignal): Promise<FramePicture>
  close(): Promise<void>
}
