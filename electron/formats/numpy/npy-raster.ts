import { AppError } from '../../../shared/base/app-error.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { checkWindow } from '../check-window.ts'
import type { Raster, RasterBand, RasterReadOptions } from '../raster.ts'
import type { PixelWindow } from '../sequence-reader.ts'
import { openNpy, type NpyArray } from './npy-array.ts'

/**
 * Opens an array [time, row, column, channel] or [row, column, channel] as a raster on a given grid.
 * Band index = time × channels + channel.
 * @throws `npy/shape` when the array does not fit the grid; the codes of `openNpy`
 */
export async function openNpyRaster(path: string, grid: GeoGrid): Promise<Raster> {
  const array = await openNpy(path)
  const { shape } = array.header
  const [rows = 0, columns = 0] = shape.slice(-3)
  if (shape.length < 3 || shape.length > 4 || rows !== grid.height || columns !== grid.width) {
    await array.close()
    throw new AppError(
      'npy/shape',
      `"${path}" is an array of ${shape.join(' × ')}, expected (time ×) ${grid.height} × ${grid.width} × channels.`,
      { path, shape: [...shape] },
    )
  }
  return new NpyRaster(array, grid)
}

class NpyRaster implements Raster {
  readonly path: string
  readonly grid: GeoGrid
  readonly bands: readonly RasterBand[]
  readonly overviews = []
  readonly acquired = null
  readonly colorTable = null
  readonly classNames = null
  readonly warnings = []
  private readonly array: NpyArray
  private readonly times: number
  private readonly channels: number

  constructor(array: NpyArray, grid: GeoGrid) {
    const { shape, dtype } = array.header
    this.path = array.path
    this.grid = grid
    this.array = array
    this.times = shape.length === 4 ? (shape[0] ?? 0) : 1
    this.channels = shape.at(-1) ?? 1
    const band: RasterBand = { description: null, dtype, nodata: null, scale: 1, offset: 0 }
    this.bands = Array.from({ length: this.times * this.channels }, () => band)
  }

  async readWindow(band: number, window: PixelWindow, options?: RasterReadOptions): Promise<Float32Array> {
    return Float32Array.from(await this.readWindowExact(band, window, options))
  }

  async readBands(
    bands: readonly number[],
    window: PixelWindow,
    options: RasterReadOptions = {},
  ): Promise<Float32Array> {
    const area = window.width * window.height
    const values = new Float32Array(bands.length * area)
    for (const [i, band] of bands.entries()) values.set(await this.readWindowExact(band, window, options), i * area)
    return values
  }

  async readWindowExact(band: number, window: PixelWindow, options: RasterReadOptions = {}): Promise<Float64Array> {
    checkWindow(window, this.grid.width, this.grid.height, this.path)
    if (!this.bands[band])
      throw new AppError(
        'raster/no-band',
        `"${this.path}" has ${this.bands.length} bands, so band ${band + 1} cannot be read.`,
        {
          path: this.path,
          band,
        },
      )
    const starts = [window.row, window.column, band % this.channels]
    const sizes = [window.height, window.width, 1]
    if (this.array.header.shape.length === 4) {
      starts.unshift(Math.floor(band / this.channels))
      sizes.unshift(1)
    }
    return this.array.readBox(starts, sizes, options.signal)
  }

  async rest(): Promise<void> {
    await this.array.rest()
  }

  async close(): Promise<void> {
    await this.array.close()
  }
}
