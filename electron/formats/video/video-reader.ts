import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Clip } from '../../../shared/domain/clip.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { FrameBlock, FramePicture, FrameRequest, SequenceReader } from '../sequence-reader.ts'
import { clipTimes } from './clip-times.ts'
import type { VideoFile } from './video-backend.ts'

/** Pictures up to this height are taken for small pictures of a whole clip. */
const thumbnailHeight = 96

/** Reads a video as numbers (0 to 255) and as pictures. */
export class VideoReader implements SequenceReader {
  readonly info: SequenceInfo
  readonly clip: Clip
  private readonly file: VideoFile
  /** For numbers and thumbnails, so that they do not disturb what plays. */
  private aside: VideoFile | null = null

  /** @param found what looking at the file said; frames, times and rate are replaced by what opening it showed */
  constructor(found: SequenceInfo, file: VideoFile) {
    const { header, seconds, durationSeconds } = file
    this.file = file
    const { codec, pixelAspect, frameRate } = header
    this.clip = { codec, durationSeconds, pixelAspect, ...clipTimes(seconds, frameRate) }
    this.info = {
      ...found,
      frames: seconds.length,
      height: header.height,
      width: header.width,
      bands: [...bandsOf(header.isGrey)],
      frameRate: this.clip.frameRate,
      durationSeconds,
      warnings: [...header.warnings, ...(this.clip.isVariable ? [variableWarning] : [])],
    }
  }

  async read({ frames, bands, window }: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    this.checkInside({ frames, bands, window })
    const { isGrey } = this.file.header
    const { height, width } = this.info
    const channels = isGrey ? 1 : 3
    const area = window.height * window.width
    const values = new Float32Array(frames.length * bands.length * area) // [frame, band, row, column]
    let to = 0
    for (const frame of frames) {
      throwIfAborted(signal)
      const pixels = await this.besides().picture(frame, height, width, isGrey ? 'grey' : 'rgb', signal)
      for (const band of bands)
        for (let row = 0; row < window.height; row++) {
          let from = ((window.row + row) * width + window.column) * channels + band
          for (let column = 0; column < window.width; column++, from += channels) values[to++] = pixels[from] ?? NaN
        }
    }
    return { values, frames: frames.length, bands: bands.length, height: window.height, width: window.width }
  }

  async readPicture(frame: number, outHeight: number, outWidth: number, signal?: AbortSignal): Promise<FramePicture> {
    if (!Number.isInteger(frame) || frame < 0 || frame >= this.info.frames) throw this.outside({ frame })
    const isThumbnail = outHeight <= thumbnailHeight && outHeight < this.info.height
    const file = isThumbnail ? this.besides() : this.file
    const pixels = await file.picture(frame, outHeight, outWidth, 'rgba', signal)
    return { pixels, height: outHeight, width: outWidth }
  }

  async close(): Promise<void> {
    await this.aside?.close()
    await this.file.close()
  }

  private besides(): VideoFile {
    this.aside ??= this.file.again()
    return this.aside
  }

  private checkInside({ frames, bands, window }: FrameRequest): void {
    const { info } = this
    const isInside =
      frames.every((frame) => Number.isInteger(frame) && frame >= 0 && frame < info.frames) &&
      bands.every((band) => Number.isInteger(band) && band >= 0 && band < info.bands.length) &&
      window.row >= 0 &&
      window.column >= 0 &&
      window.row + window.height <= info.height &&
      window.column + window.width <= info.width
    if (!isInside) throw this.outside({ frames: [...frames], bands: [...bands], window: { ...window } })
  }

  private outside(details: Readonly<Record<string, unknown>>): AppError {
    const { name, frames, bands, height, width } = this.info
    return new AppError(
      'formats/outside',
      `"${name}" has ${frames} frames, ${bands.length} bands and ${height} x ${width} pixels; the read reaches beyond.`,
      details,
    )
  }
}

const variableWarning = readerNote('video/variable')

/** Band names of a video. */
export function bandsOf(isGrey: boolean): readonly string[] {
  return isGrey ? ['value'] : ['red', 'green', 'blue']
}
