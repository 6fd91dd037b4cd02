import { GeoTIFF } from 'geotiff'
import { AppError } from '../../../shared/base/app-error.ts'
import type { FileSource } from '../file-source.ts'
import type { BlockValues } from './block-cache.ts'
import { damaged } from './decode-block.ts'
import { unsupported } from './ifd-scan.ts'
import type { ImageLayout } from './image-layout.ts'
import { compressionNames } from './tiff-tags.ts'

// What geotiff.js 3 decodes; asking first gives a clear sentence instead of its internal error.
const readable = new Set([1, 5, 7, 8, 32773, 32946, 34887, 50000])

/** Decodes the encodings that we have no code for (LZW, PackBits, JPEG, Zstandard, LERC, odd bit depths) with geotiff.js. */
export class FallbackDecoder {
  private readonly source: FileSource
  private opened: Promise<GeoTIFF> | undefined

  constructor(source: FileSource) {
    this.source = source
  }

  /**
   * @param directory index of the image's directory in the file
   * @param band      which band's block where planar, else ignored
   * @returns samples [row, column, band] of the part of the block that lies in the image: `rows` by `columns`
   * @throws `geotiff/unsupported`, `geotiff/damaged-block`
   */
  async decode(
    directory: number,
    layout: ImageLayout,
    place: { readonly row: number; readonly column: number; readonly rows: number; readonly columns: number },
    band: number,
  ): Promise<BlockValues> {
    const { path } = this.source
    if (!readable.has(layout.compression)) {
      const name = compressionNames[layout.compression] ?? `scheme number ${layout.compression}`
      throw unsupported(path, `its pixels are compressed with ${name}`)
    }
    try {
      this.opened ??= GeoTIFF.fromSource(new LibrarySource(this.source))
      const image = await (await this.opened).getImage(directory)
      const { row, column, rows, columns } = place
      const values: unknown = await image.readRasters({
        window: [column, row, column + columns, row + rows],
        interleave: true,
        ...(layout.planar ? { samples: [band] } : {}),
      })
      return asBlock(values)
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      throw damaged(path, `cannot be decoded (${cause instanceof Error ? cause.message : String(cause)})`, cause)
    }
  }
}

function asBlock(values: unknown): BlockValues {
  if (
    values instanceof Uint8Array ||
    values instanceof Int8Array ||
    values instanceof Uint16Array ||
    values instanceof Int16Array ||
    values instanceof Uint32Array ||
    values instanceof Int32Array ||
    values instanceof Float32Array ||
    values instanceof Float64Array
  )
    return values
  if (values && typeof values === 'object' && 'length' in values) return Float32Array.from(values as ArrayLike<number>)
  throw new TypeError('the decoder returned no array')
}

/** Lets geotiff.js read through our file, so that no second handle is opened; it may ask beyond the end and gets less. */
class LibrarySource {
  private readonly source: FileSource

  constructor(source: FileSource) {
    this.source = source
  }

  get fileSize(): number {
    return this.source.size
  }

  async fetch(slices: readonly { offset: number; length: number }[]): Promise<ArrayBufferLike[]> {
    return Promise.all(slices.map(async (slice) => (await this.fetchSlice(slice)).data))
  }

  async fetchSlice(slice: {
    offset: number
    length: number
  }): Promise<{ offset: number; length: number; data: ArrayBufferLike }> {
    const length = Math.max(0, Math.min(slice.length, this.source.size - slice.offset))
    const buffer = await this.source.read(slice.offset, length)
    const data = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length)
    return { offset: slice.offset, length, data }
  }

  async close(): Promise<void> {
    // The file belongs to the raster, which closes it.
  }
}
