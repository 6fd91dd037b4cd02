import type { Frame } from 'node-av/lib'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import { frameAt, keyAtOrBefore, type FrameIndex } from './frame-index.ts'
import type { NodeAvDecoder } from './node-av-decoder.ts'
import type { NodeAv } from './node-av-library.ts'
import { PictureScaler } from './picture-scaler.ts'
import { SerialQueue, WorkSlices } from './serial-queue.ts'
import type { PixelLayout, VideoFile, VideoHeader } from './video-backend.ts'
import { videoError } from './video-errors.ts'

/** Decoded frames that are kept, so that stepping back does not decode from the key frame each time. */
const ringBytes = 64 * 1024 * 1024
const ringFrames = 48
/** Going on by so many frames costs less than a seek. */
const nearFrames = 8

/** What is known of an opened file. */
export interface OpenedVideo {
  readonly path: string
  readonly header: VideoHeader
  readonly index: FrameIndex
  readonly seconds: Float64Array
  readonly durationSeconds: number
  /** Opens the file once more, at its beginning. */
  readonly reopen: () => NodeAvDecoder
}

interface Converted {
  readonly key: string
  readonly pixels: Uint8Array<ArrayBuffer>
}

/**
 * A video whose frames are found by number: from the frames decoded last, by decoding on, or by going to the key frame
 * before and decoding from there. Time stamps are checked after each seek; where they do not fit, frames are counted from
 * the beginning.
 */
export class NodeAvVideo implements VideoFile {
  readonly header: VideoHeader
  readonly seconds: Float64Array
  readonly durationSeconds: number
  private readonly index: FrameIndex
  private readonly scaler: PictureScaler
  private readonly queue = new SerialQueue()
  private readonly ring = new Map<number, Frame>()
  private readonly av: NodeAv
  private readonly source: OpenedVideo
  private decoder: NodeAvDecoder | null = null
  private isClosed = false
  private isSeekable: boolean
  /** Number of the frame that the decoder gives next. */
  private nextFrame = 0
  private converted: Converted | null = null

  constructor(av: NodeAv, source: OpenedVideo) {
    this.av = av
    this.source = source
    this.header = source.header
    this.index = source.index
    this.seconds = source.seconds
    this.durationSeconds = source.durationSeconds
    this.isSeekable = source.index.isSeekable
    this.scaler = new PictureScaler(av, source.header.rotation)
  }

  again(): VideoFile {
    return new NodeAvVideo(this.av, this.source)
  }

  picture(
    frame: number,
    height: number,
    width: number,
    layout: PixelLayout,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.queue.run(async () => {
      const key = `${frame} ${height}x${width} ${layout}`
      if (this.converted?.key === key) return this.converted.pixels
      const pixels = this.scaler.scale(await this.decoded(frame, signal), height, width, layout)
      // Windows of one frame are read one after the other; pictures are the caller's own.
      if (layout !== 'rgba') this.converted = { key, pixels }
      return pixels
    }, signal)
  }

  async close(): Promise<void> {
    await this.queue.run(() => {
      this.isClosed = true
      this.dropRing()
      this.scaler.close()
      this.decoder?.close()
      this.decoder = null
      return Promise.resolve()
    })
  }

  private async decoded(frame: number, signal?: AbortSignal): Promise<Frame> {
    throwIfAborted(signal)
    if (this.isClosed)
      throw videoError('video/unreadable', this.source.path, 'was closed, so it cannot be read any more')
    if (!this.decoder) this.rewind()
    const kept = this.ring.get(frame)
    if (kept) return kept
    if (this.isSeekable) {
      this.approach(frame)
      const found = await this.decodeUpTo(frame, signal)
      if (found) return found
      // A key frame that the container promised is none, or the time stamps change with the place entered.
      this.isSeekable = false
    }
    if (this.nextFrame > frame || this.nextFrame < 0) this.rewind()
    const found = await this.decodeUpTo(frame, signal)
    if (found) return found
    throw videoError(
      'video/damaged',
      this.source.path,
      `could not be decoded at frame ${frame + 1}; it is damaged there`,
      {
        frame,
      },
    )
  }

  /** Seeks where that is quicker than decoding on. */
  private approach(frame: number): void {
    const key = keyAtOrBefore(this.index, frame)
    const isAhead = this.nextFrame >= 0 && this.nextFrame <= frame
    if (isAhead && (key <= this.nextFrame || frame - this.nextFrame <= nearFrames)) return
    this.dropRing()
    if (key === 0) this.rewind()
    else {
      this.opened().seek(this.index.pts[key] ?? 0)
      // Known only from the first frame that comes.
      this.nextFrame = -1
    }
  }

  /** Decodes until a frame is there; null when it does not come. */
  private async decodeUpTo(frame: number, signal?: AbortSignal): Promise<Frame | null> {
    const slices = new WorkSlices(signal)
    try {
      for (;;) {
        if (slices.isDue) await slices.pause()
        const decoder = this.opened()
        const next = decoder.next()
        if (!next) {
          this.nextFrame = this.index.pts.length
          return this.lastShownBefore(frame)
        }
        const number = this.numberOf(next, decoder)
        if (number === null) return null
        this.nextFrame = number + 1
        this.keep(number, next)
        if (number === frame) return this.ring.get(frame) ?? null
        if (number > frame) return this.lastShownBefore(frame)
      }
    } catch (error) {
      // The place is kept: the next call goes on from there.
      throwIfAborted(signal)
      throw error
    }
  }

  /** A single frame in the middle of a long video that cannot be decoded shows the one before it, as in every player. */
  private lastShownBefore(frame: number): Frame | null {
    if (!this.isSeekable) return null
    const earlier = [...this.ring.keys()].filter((number) => number < frame)
    return earlier.length === 0 ? null : (this.ring.get(Math.max(...earlier)) ?? null)
  }

  private numberOf(frame: Frame, decoder: NodeAvDecoder): number | null {
    if (!this.isSeekable) return this.nextFrame
    const stamp = decoder.stampOf(frame)
    const number = stamp === null ? -1 : frameAt(this.index, stamp)
    return number < 0 ? null : number
  }

  private keep(number: number, frame: Frame): void {
    const copy = frame.clone()
    if (!copy) return
    this.ring.get(number)?.free()
    this.ring.delete(number)
    this.ring.set(number, copy)
    const { height, width, dtype } = this.header
    const bytes = height * width * (dtype === 'uint8' ? 2 : 4)
    const most = Math.max(2, Math.min(ringFrames, Math.floor(ringBytes / bytes)))
    for (const [oldest, old] of this.ring) {
      if (this.ring.size <= most) break
      old.free()
      this.ring.delete(oldest)
    }
  }

  private rewind(): void {
    // Not by a seek: MPEG program streams and packed AVI do not go back to their first frame that way.
    this.decoder?.close()
    this.decoder = this.source.reopen()
    this.dropRing()
    this.nextFrame = 0
  }

  private dropRing(): void {
    for (const frame of this.ring.values()) frame.free()
    this.ring.clear()
  }

  private opened(): NodeAvDecoder {
    return defined(this.decoder, 'a frame is decoded only after the file was opened')
  }
}
