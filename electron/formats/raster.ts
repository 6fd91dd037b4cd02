import type { GeoGrid } from '../../shared/domain/geo-grid.ts'
import type { SampleType } from '../../shared/domain/sequence.ts'
import type { PixelWindow, StoredPart } from './sequence-reader.ts'

/** What is known about one band of a raster file. */
export interface RasterBand {
  /** The file's own description of the band (`red`, `2018-01-06`), or null when it has none. */
  readonly description: string | null
  readonly dtype: SampleType
  /** The stored value that means "no measurement", before scale and offset; null when every value counts. */
  readonly nodata: number | null
  /** Physical value = stored value × scale + offset. */
  readonly scale: number
  readonly offset: number
}

/** A reduced copy of the raster stored in the same file; `grid` covers the same ground with fewer pixels. */
export interface RasterOverview {
  readonly grid: GeoGrid
}

/**
 * One opened raster file. Values are read by window, so memory depends on what is asked; decoded blocks are cached.
 * `overview` counts from 0 (the largest reduced copy); leaving it out reads full resolution.
 */
export interface Raster {
  readonly path: string
  readonly grid: GeoGrid
  readonly bands: readonly RasterBand[]
  readonly overviews: readonly RasterOverview[]
  /** ISO date or date-time from the file's own tags; null when it says none. */
  readonly acquired: string | null
  /** RGB triples of 0–255 by stored value, when the file has a colour table. */
  readonly colorTable: readonly (readonly [number, number, number])[] | null
  /** Class names by stored value, when the file carries them; null where a value has no class. */
  readonly classNames: readonly (string | null)[] | null
  /** Oddities worth telling the user, as sentences. */
  readonly warnings: readonly string[]
  /**
   * Physical values of one band, laid out [row, column], NaN where nodata; the caller owns the array.
   * @throws `raster/window-outside`, the format's codes, `AbortError`
   */
  readWindow(band: number, window: PixelWindow, options?: RasterReadOptions): Promise<Float32Array>
  /**
   * Like `readWindow` for several bands at once, laid out [band, row, column]; cheaper than one band at a time
   * for files that store the bands of a pixel together.
   */
  readBands(bands: readonly number[], window: PixelWindow, options?: RasterReadOptions): Promise<Float32Array>
  /**
   * The stored numbers that `readBands` makes physical, with their rule; null where they are not whole numbers of one or two
   * bytes, or the bands have several rules.
   */
  readStored?(bands: readonly number[], window: PixelWindow, options?: RasterReadOptions): Promise<StoredPart | null>
  /** Like `readWindow` in double precision, for identifiers and bit fields that float32 cannot hold. */
  readWindowExact(band: number, window: PixelWindow, options?: RasterReadOptions): Promise<Float64Array>
  /** Lets go of the file until the next read; everything else stays usable. */
  rest(): Promise<void>
  close(): Promise<void>
}

/** How to read a window. */
export interface RasterReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Index into `overviews`; the window then counts in the overview's pixels. */
  readonly overview?: number
}
