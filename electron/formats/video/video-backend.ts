import type { ReportProgress } from '../../../shared/base/progress.ts'
import type { SampleType } from '../../../shared/domain/sequence.ts'

/** What the head of a video file says. Height and width are those of the upright picture. */
export interface VideoHeader {
  readonly codec: string
  readonly height: number
  readonly width: number
  /** Clockwise turn, in degrees, that makes the stored picture upright; applied to everything that is read. */
  readonly rotation: 0 | 90 | 180 | 270
  /** Width of an upright pixel beside its height; 1 where they are square, or the file does not say. */
  readonly pixelAspect: number
  /** Whether the pictures hold brightness only. */
  readonly isGrey: boolean
  readonly dtype: SampleType
  /** Mean frames per second as the container says; null when it does not. */
  readonly frameRate: number | null
  readonly durationSeconds: number | null
  readonly warnings: readonly string[]
}

/** A header with the number of frames, found without decoding all of them. */
export interface VideoDescription extends VideoHeader {
  readonly frames: number
  /** Whether `frames` is a guess that opening the file may correct. */
  readonly isEstimated: boolean
}

/** How samples of a picture are stored: bytes [height, width, 4], [height, width, 3] or [height, width]. */
export type PixelLayout = 'rgba' | 'rgb' | 'grey'
/** Bytes of one pixel. */
export const bytesPerPixel: Readonly<Record<PixelLayout, number>> = { rgba: 4, rgb: 3, grey: 1 }

/** An opened video: every frame can be asked for by its number, in any order. */
export interface VideoFile {
  readonly header: VideoHeader
  /** Time of each frame from the first one, in seconds; ascending, as the file's time stamps say. */
  readonly seconds: Float64Array
  readonly durationSeconds: number
  /**
   * One frame, upright, scaled to a size. Reading on from the frame before is cheap; going back costs decoding from the
   * last key frame. The caller owns RGBA bytes, and must not
   * change others.
   * @throws `video/damaged`, `AbortError`
   */
  picture(
    frame: number,
    height: number,
    width: number,
    layout: PixelLayout,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>>
  /** The same video at a second place of reading, so that reading here does not make reading there go back and forth. */
  again(): VideoFile
  close(): Promise<void>
}

/** How to look into a file. */
export interface OpenVideoOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress | undefined
}

/** Something that decodes video: the library bound to this program, or the ffmpeg programs of the system. */
export interface VideoBackend {
  readonly name: string
  /** @throws `video/unreadable`, `video/no-video-stream`, `video/no-frames`, `video/unknown-codec`, `video/encrypted`, `video/too-large`, `AbortError` */
  describe(path: string, options?: OpenVideoOptions): Promise<VideoDescription>
  /** Finds the time stamps of all frames. @throws as `describe` */
  open(path: string, options?: OpenVideoOptions): Promise<VideoFile>
}
