import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import { knownNote, readerNote } from '../../../shared/domain/reader-notes.ts'
import type { FoundSequence } from '../found-sequence.ts'
import type { FrameBlock, FrameRequest, SequenceReader } from '../sequence-reader.ts'
import { fileBandNames } from './band-names.ts'
import { checkWindow } from '../check-window.ts'
import { type GeoTiffRaster, openTiffPages } from './geotiff-raster.ts'
import type { RasterFile } from './raster-file.ts'

/** Whether a file is a stack of slices: several images of one size without a place on the ground. */
export function isTiffStack({ pages, grid }: RasterFile): boolean {
  return pages > 1 && grid.crs === null
}

/** A TIFF of several pages as a sequence of pictures. */
export function foundTiffStack(file: RasterFile, id: string): FoundSequence {
  const info: SequenceInfo = {
    id,
    kind: 'images',
    name: file.stem,
    group: null,
    frames: file.pages,
    height: file.grid.height,
    width: file.grid.width,
    bands: fileBandNames(file.bands, null),
    dtype: file.bands[0]?.dtype ?? 'uint8',
    times: null,
    frameRate: null,
    durationSeconds: null,
    spacingMm: null,
    timePoints: null,
    crs: null,
    geoTransform: null,
    orderedBy: readerNote('order/pages'),
    warnings: file.warnings.filter((warning) => knownNote(warning)?.code !== 'geotiff/several-images'),
  }
  return { info, open: () => Promise.resolve(new StackReader(info, file.path)) }
}

/** Reads the pages of one file; it is opened when it is first read. */
class StackReader implements SequenceReader {
  readonly info: SequenceInfo
  private readonly path: string
  private pages: Promise<readonly GeoTiffRaster[]> | null = null
  private isClosed = false

  constructor(info: SequenceInfo, path: string) {
    this.info = info
    this.path = path
  }

  async read({ frames, bands, window }: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    throwIfAborted(signal)
    checkWindow(window, this.info.width, this.info.height, this.info.name)
    const pages = await this.opened()
    const size = bands.length * window.height * window.width
    const values = new Float32Array(frames.length * size)
    for (const [i, frame] of frames.entries()) {
      throwIfAborted(signal)
      const page = pages[frame]
      if (!page)
        throw new AppError(
          'sequence/no-frame',
          `"${this.info.name}" has ${pages.length} frames, so frame ${frame + 1} cannot be read.`,
          { index: frame, count: pages.length },
        )
      values.set(await page.readBands(bands, window, { signal }), i * size)
    }
    return { values, frames: frames.length, bands: bands.length, height: window.height, width: window.width }
  }

  async close(): Promise<void> {
    this.isClosed = true
    const [opened] = await Promise.allSettled([this.pages])
    this.pages = null
    if (opened?.status === 'fulfilled') for (const page of opened.value ?? []) await page.close()
  }

  private opened(): Promise<readonly GeoTiffRaster[]> {
    if (this.isClosed)
      throw new AppError('sequence/closed', `"${this.info.name}" was closed, so it cannot be read any more.`)
    if (this.pages) return this.pages
    const opening = openTiffPages(this.path)
    this.pages = opening
    // A file that cannot be opened is tried again next time.
    opening.catch(() => (this.pages = null))
    return opening
  }
}
