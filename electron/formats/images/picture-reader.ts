import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { checkWindow } from '../check-window.ts'
import type { FrameBlock, FramePicture, FrameRequest, SequenceReader } from '../sequence-reader.ts'
import type { PictureFile } from './group-pictures.ts'
import { PictureDecoder, type Picture } from './picture-decoder.ts'
import { readPictureBytes } from './picture-file.ts'
import { toColours } from './to-colours.ts'

const maximumCachedValues = 48 * 2 ** 20
const framesAtOnce = 4

/** Makes the reader of a folder of pictures. Files are opened when they are read; the last ones are kept decoded. */
export function createPictureReader(info: SequenceInfo, files: readonly PictureFile[]): SequenceReader {
  return new PictureReader(info, files)
}

class PictureReader implements SequenceReader {
  readonly info: SequenceInfo
  private readonly files: readonly PictureFile[]
  private readonly decoder = new PictureDecoder()
  /** By frame, the least used first. */
  private readonly decoded = new Map<number, Promise<Picture>>()
  private isClosed = false

  constructor(info: SequenceInfo, files: readonly PictureFile[]) {
    this.info = info
    this.files = files
  }

  async read({ frames, bands, window }: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    throwIfAborted(signal)
    checkWindow(window, this.info.width, this.info.height, this.info.name)
    const wrong = bands.find((band) => this.info.bands[band] === undefined)
    if (wrong !== undefined) throw this.outside('band', wrong, this.info.bands.length)
    for (const frame of frames) if (!this.files[frame]) throw this.outside('frame', frame, this.files.length)
    const area = window.height * window.width
    const values = new Float32Array(frames.length * bands.length * area)
    let next = 0
    const work = async (): Promise<void> => {
      for (let i = next++; i < frames.length; i = next++) {
        throwIfAborted(signal)
        const picture = await this.picture(frames[i] ?? 0)
        bands.forEach((band, b) => cut(picture, band, window, values, (i * bands.length + b) * area))
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(framesAtOnce, frames.length) }, work))
    } finally {
      // After a failure the other workers stop at their next frame.
      next = frames.length
    }
    return { values, frames: frames.length, bands: bands.length, height: window.height, width: window.width }
  }

  async readPicture(frame: number, outHeight: number, outWidth: number, signal?: AbortSignal): Promise<FramePicture> {
    throwIfAborted(signal)
    if (!this.files[frame]) throw this.outside('frame', frame, this.files.length)
    const pixels = toColours(await this.picture(frame), outHeight, outWidth)
    return { pixels, height: outHeight, width: outWidth }
  }

  close(): Promise<void> {
    this.isClosed = true
    this.decoded.clear()
    return Promise.resolve()
  }

  private picture(frame: number): Promise<Picture> {
    if (this.isClosed)
      throw new AppError('sequence/closed', `"${this.info.name}" was closed, so it cannot be read any more.`)
    const known = this.decoded.get(frame)
    const picture = known ?? this.decode(frame)
    // A map lists its keys by insertion, so the least used comes first.
    this.decoded.delete(frame)
    this.decoded.set(frame, picture)
    if (!known) picture.catch(() => this.decoded.delete(frame))
    const { height, width, bands } = this.info
    const most = Math.max(framesAtOnce, Math.floor(maximumCachedValues / (height * width * bands.length)))
    for (const oldest of this.decoded.keys()) {
      if (this.decoded.size <= Math.min(most, 64)) break
      this.decoded.delete(oldest)
    }
    return picture
  }

  private async decode(frame: number): Promise<Picture> {
    const file = this.files[frame]
    if (!file) throw this.outside('frame', frame, this.files.length)
    return this.decoder.decode(await readPictureBytes(file.path), file.header, file.path)
  }

  private outside(what: string, index: number, count: number): AppError {
    return new AppError(
      'sequence/no-frame',
      `"${this.info.name}" has ${count} ${what}s, so ${what} ${index + 1} cannot be read.`,
      { index, count },
    )
  }
}

function cut(
  { values, header }: Picture,
  band: number,
  window: FrameRequest['window'],
  out: Float32Array,
  at: number,
): void {
  const { width, bands } = header
  for (let row = 0; row < window.height; row++) {
    const from = (window.row + row) * width + window.column
    const to = at + row * window.width
    for (let column = 0; column < window.width; column++)
      out[to + column] = values[(from + column) * bands.length + band] ?? NaN
  }
}
