import { throwIfAborted } from '../../../shared/base/abort.ts'
import { FrameStream } from './ffmpeg-program.ts'
import { resizePixels } from './resize-pixels.ts'
import { SerialQueue } from './serial-queue.ts'
import { bytesPerPixel, type PixelLayout, type VideoFile, type VideoHeader } from './video-backend.ts'
import { videoError } from './video-errors.ts'

/** Frames further ahead than this are reached by starting the program anew. */
const nearFrames = 64
const keptBytes = 48 * 1024 * 1024

/**
 * A video that the ffmpeg program decodes. One program runs and gives frame after frame; going back, or far ahead, starts it at
 * another time. The program turns pictures upright by itself.
 */
export class ProgramVideo implements VideoFile {
  readonly header: VideoHeader
  readonly seconds: Float64Array
  readonly durationSeconds: number
  private readonly path: string
  private readonly stamps: Float64Array
  private readonly isSeekable: boolean
  private readonly queue = new SerialQueue()
  private readonly kept = new Map<number, Uint8Array>()
  private stream: FrameStream | null = null
  private nextFrame = 0

  /** @param stamps time of each frame on the file's own clock, in seconds, ascending */
  constructor(path: string, header: VideoHeader, stamps: Float64Array, isSeekable: boolean) {
    this.path = path
    this.header = header
    this.stamps = stamps
    this.isSeekable = isSeekable
    const first = stamps[0] ?? 0
    this.seconds = stamps.map((stamp) => stamp - first)
    const last = this.seconds.at(-1) ?? 0
    this.durationSeconds = last + (stamps.length > 1 ? last / (stamps.length - 1) : 1 / (header.frameRate ?? 25))
  }

  picture(
    frame: number,
    height: number,
    width: number,
    layout: PixelLayout,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.queue.run(async () => {
      const rgb = await this.decoded(frame, signal)
      return resizePixels(rgb, this.header, { height, width }, layout)
    }, signal)
  }

  again(): VideoFile {
    return new ProgramVideo(this.path, this.header, this.stamps, this.isSeekable)
  }

  async close(): Promise<void> {
    await this.queue.run(async () => {
      await this.stream?.close()
      this.stream = null
      this.kept.clear()
    })
  }

  private async decoded(frame: number, signal?: AbortSignal): Promise<Uint8Array> {
    const known = this.kept.get(frame)
    if (known) return known
    if (!this.stream || frame < this.nextFrame || (this.isSeekable && frame > this.nextFrame + nearFrames))
      await this.startAt(frame)
    for (;;) {
      throwIfAborted(signal)
      const pixels = await this.stream?.next()
      if (!pixels)
        throw videoError(
          'video/damaged',
          this.path,
          `could not be decoded at frame ${frame + 1}; it is damaged there`,
          {
            frame,
          },
        )
      const number = this.nextFrame++
      this.keep(number, pixels)
      if (number === frame) return pixels
    }
  }

  private async startAt(frame: number): Promise<void> {
    await this.stream?.close()
    const { height, width } = this.header
    const first = this.isSeekable ? frame : 0
    // Half way between two frames, so that rounding cannot give the one before; the program counts from the first time stamp.
    const [before = 0, at = 0] = [this.seconds[first - 1], this.seconds[first]]
    const start = first === 0 ? null : (before + at) / 2
    this.stream = new FrameStream(this.path, start, 'rgb24', height * width * bytesPerPixel.rgb)
    this.nextFrame = first
  }

  private keep(frame: number, pixels: Uint8Array): void {
    this.kept.set(frame, pixels)
    const most = Math.max(2, Math.floor(keptBytes / pixels.length))
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= most) break
      this.kept.delete(oldest)
    }
  }
}
