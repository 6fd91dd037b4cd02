import { AppError } from '../../../shared/base/app-error.ts'
import { openFileSource, type FileSource } from '../file-source.ts'
import type { PixelWindow } from '../sequence-reader.ts'
import { FrameDecoder } from './decode-frame.ts'
import { nativeFrameBytes } from './describe-image.ts'
import { locateFrames, readEncapsulatedFrame, type FrameFragments } from './encapsulated-frames.ts'
import type { SeriesFrame } from './group-series.ts'
import type { DicomImage } from './image.ts'
import { inflateSource } from './read-header.ts'
import { bitsOf, samplesOf, type StoredFrame } from './stored-frame.ts'

/** Rows of a frame as stored numbers. */
export interface LoadedRows {
  readonly stored: StoredFrame
  /** Row of the frame with which they begin. */
  readonly firstRow: number
}

/** A file that is open, and how many reads use it now. */
interface OpenedFile {
  readonly source: Promise<FileSource>
  users: number
}

const maximumOpenFiles = 32
const maximumCachedBytes = 96 * 2 ** 20

/**
 * Reads frames from the files of a series: only the rows asked for where pixels are not compressed, else whole frames, of
 * which the last ones are kept. Few files are open at a time.
 */
export class FrameLoader {
  private readonly sources = new Map<string, OpenedFile>()
  private readonly decoded = new Map<string, Promise<StoredFrame>>()
  private readonly located = new WeakMap<DicomImage, Promise<FrameFragments>>()
  private readonly decoder = new FrameDecoder()
  private decodedBytes = 0
  private isClosed = false

  /** @throws `dicom/unsupported`, `dicom/damaged`, `formats/*` */
  async load({ image, frame }: SeriesFrame, { row, height }: PixelWindow): Promise<LoadedRows> {
    if (this.isClosed) throw new AppError('sequence/closed', 'The series was closed, so it cannot be read any more.')
    const { format, pixels } = image
    const isWhole =
      hasSwappedPairs(image) ||
      pixels.length === null ||
      format.bitsAllocated === 1 ||
      format.isPlanar ||
      format.photometric === 'YBR_FULL_422'
    if (isWhole) return { stored: await this.wholeFrame(image, frame.index), firstRow: 0 }
    const rowBytes = nativeFrameBytes(format) / format.rows
    const offset = pixels.offset + frame.index * nativeFrameBytes(format) + row * rowBytes
    const bytes = await this.use(image, (source) => source.read(offset, height * rowBytes))
    return { stored: samplesOf(bytes, format, height, swaps(image)), firstRow: row }
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.decoded.clear()
    // Files in use are closed by their last user.
    await this.closeIdle()
  }

  private wholeFrame(image: DicomImage, index: number): Promise<StoredFrame> {
    const key = `${image.path}#${index}`
    const known = this.decoded.get(key)
    if (known) {
      // A map lists its keys by insertion, so the least used comes first.
      this.decoded.delete(key)
      this.decoded.set(key, known)
      return known
    }
    const reading = this.readWhole(image, index)
    this.decoded.set(key, reading)
    reading.then(
      ({ samples }) => this.keep(samples.byteLength),
      () => this.decoded.delete(key),
    )
    return reading
  }

  private keep(bytes: number): void {
    this.decodedBytes += bytes
    while (this.decodedBytes > maximumCachedBytes && this.decoded.size > 1) {
      const [oldest] = this.decoded
      if (!oldest) return
      this.decoded.delete(oldest[0])
      oldest[1].then(
        ({ samples }) => (this.decodedBytes -= samples.byteLength),
        () => undefined,
      )
      // The size is subtracted later, so one goes at a time.
      return
    }
  }

  private async readWhole(image: DicomImage, index: number): Promise<StoredFrame> {
    const { format, pixels } = image
    if (pixels.length === null) {
      const bytes = await this.use(image, async (source) =>
        readEncapsulatedFrame(source, image, await this.fragmentsOf(source, image), index),
      )
      return this.decoder.decode(bytes, image)
    }
    if (format.bitsAllocated === 1) {
      const count = format.rows * format.columns * format.samples
      const first = Math.floor((index * count) / 8)
      const length = Math.min(Math.ceil(((index + 1) * count) / 8), pixels.length) - first
      const bytes = await this.use(image, (source) => source.read(pixels.offset + first, length))
      const { rows, isPlanar, photometric } = format
      return { samples: bitsOf(bytes, index * count - 8 * first, count), rows, isPlanar, photometric }
    }
    const size = nativeFrameBytes(format)
    if (hasSwappedPairs(image)) {
      const first = (index * size) & ~1
      const length = Math.min(((index + 1) * size + 1) & ~1, pixels.length & ~1) - first
      const words = await this.use(image, (source) => source.read(pixels.offset + first, length))
      return samplesOf(words.swap16().subarray(index * size - first), format, format.rows, false)
    }
    const bytes = await this.use(image, (source) => source.read(pixels.offset + index * size, size))
    return samplesOf(bytes, format, format.rows, swaps(image))
  }

  private fragmentsOf(source: FileSource, image: DicomImage): Promise<FrameFragments> {
    const known = this.located.get(image)
    if (known) return known
    const locating = locateFrames(source, image)
    this.located.set(image, locating)
    locating.catch(() => this.located.delete(image))
    return locating
  }

  /** Opens the file of an image for one use; files that are not in use are closed when there are too many. */
  private async use<T>(image: DicomImage, read: (source: FileSource) => Promise<T>): Promise<T> {
    const { path } = image
    const file = this.sources.get(path) ?? { source: openPixels(image), users: 0 }
    // A map lists its keys by insertion, so the least used comes first.
    this.sources.delete(path)
    this.sources.set(path, file)
    file.users++
    try {
      return await read(await file.source)
    } catch (error) {
      // A file that cannot be opened is tried again next time.
      file.source.catch(() => this.sources.delete(path))
      throw error
    } finally {
      file.users--
      // Nobody waits for that.
      void this.closeIdle()
    }
  }

  private async closeIdle(): Promise<void> {
    for (const [path, file] of this.sources) {
      if (!this.isClosed && this.sources.size <= maximumOpenFiles) return
      if (file.users > 0) continue
      this.sources.delete(path)
      await closeQuietly(file.source)
    }
  }
}

async function openPixels({ path, syntax }: DicomImage): Promise<FileSource> {
  const file = await openFileSource(path)
  if (!syntax.isDeflated) return file
  try {
    return await inflateSource(file)
  } finally {
    await file.close()
  }
}

async function closeQuietly(source: Promise<FileSource>): Promise<void> {
  const [opened] = await Promise.allSettled([source])
  if (opened?.status === 'fulfilled') await opened.value.close()
}

/** Big endian swaps the bytes of each word, though the numbers have only one. */
function hasSwappedPairs({ syntax, format, pixels }: DicomImage): boolean {
  return syntax.isBigEndian && format.bitsAllocated <= 8 && pixels.isInWords && pixels.length !== null
}

function swaps({ syntax, format }: DicomImage): boolean {
  return syntax.isBigEndian && format.bitsAllocated > 8
}
