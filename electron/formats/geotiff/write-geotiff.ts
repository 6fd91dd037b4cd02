import { rm } from 'node:fs/promises'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { createAtomicFile, writeTextAtomically, type AtomicFile } from '../atomic-file.ts'
import type { PixelWindow } from '../sequence-reader.ts'
import { encodeBlock, type BlockEncoding } from './encode-block.ts'
import type { GeoKeyTags } from './geo-reference.ts'
import { checkWindow } from '../check-window.ts'
import { pamSidecar } from './pam-sidecar.ts'
import { encodeDirectory, headerBytes } from './write-directory.ts'
import { describingTags } from './write-tags.ts'

/** Sample types that rasters are written in. */
export type WritableType = 'uint8' | 'uint16' | 'int16' | 'int32' | 'float32'

/** What to write. */
export interface GeoTiffWriteOptions {
  readonly path: string
  readonly grid: GeoGrid
  readonly dtype: WritableType
  /** One entry per band; the description becomes the band's name in GDAL and QGIS. */
  readonly bands: readonly { readonly description?: string }[]
  /** The stored value for NaN; needed when an integer raster has NaN. */
  readonly nodata?: number | null
  /** Colours by stored value (uint8 with one band only), 0–255. */
  readonly colorTable?: readonly (readonly [number, number, number])[] | null
  /** Class names by stored value; null where a value has no class. Shown by GDAL and QGIS. */
  readonly classNames?: readonly (string | null)[] | null
  /** The source raster's CRS tags, to repeat them exactly; else they are made from `grid.crs`. */
  readonly geoKeys?: GeoKeyTags | null
  /** Free items in GDAL's metadata (model, date, …). */
  readonly metadata?: Readonly<Record<string, string>>
  /** `planar` keeps each band together (default), `chunky` the bands of a pixel. */
  readonly interleave?: 'planar' | 'chunky'
  readonly compression?: 'none' | 'deflate'
  /** Default: 3 for float32, 1 for class maps, else 2. */
  readonly predictor?: 1 | 2 | 3
  /** Side of the square tiles; a multiple of 16. Default 256. */
  readonly tileSize?: number
  /** Byte order of the file; default true. */
  readonly littleEndian?: boolean
  /** BigTIFF is chosen by itself above 4 GB; true asks for it always. */
  readonly bigTiff?: boolean
}

/**
 * Writes a raster window by window, in any order. Only the tile rows that are begun and not complete are in memory
 * (width × 256 × bands samples each), so memory does not grow with the height of the raster.
 * The file appears under its name at `finish`; until then, and after `discard`, nothing is visible.
 */
export interface GeoTiffWriter {
  /**
   * @param window the part of the raster; no pixel may be written twice
   * @param values laid out [band, row, column], in stored units; NaN becomes nodata; integers are rounded and clipped to the type
   * @throws `raster/window-outside`, `geotiff/nan-without-nodata`, `store/no-space`, `AbortError`
   */
  writeWindow(window: PixelWindow, values: ArrayLike<number>, signal?: AbortSignal): Promise<void>
  /** Completes the file (pixels never written become nodata or 0), flushes it and gives it its name. */
  finish(signal?: AbortSignal): Promise<void>
  /** Removes the temporary file; safe after `finish` and after an error. */
  discard(): Promise<void>
}

/**
 * Starts a tiled GeoTIFF. Own writer: geotiff.js corrupts int16 and cannot compress; GDAL reads what this writes.
 * @throws `geotiff/write-options`, `store/not-writable`
 */
export async function createGeoTiff(options: GeoTiffWriteOptions): Promise<GeoTiffWriter> {
  checkOptions(options)
  return new TileWriter(options, await createAtomicFile(options.path))
}

/**
 * Writes a whole raster: `produce` writes its windows, then the file is completed; on any error, or when cancelled,
 * nothing is left behind and the error is passed on.
 */
export async function writeGeoTiff(
  options: GeoTiffWriteOptions,
  produce: (writer: GeoTiffWriter) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const writer = await createGeoTiff(options)
  try {
    await produce(writer)
    await writer.finish(signal)
  } catch (error) {
    await writer.discard()
    throw error
  }
}

const typeRanges = {
  uint8: { bytes: 1, low: 0, high: 255 },
  uint16: { bytes: 2, low: 0, high: 65535 },
  int16: { bytes: 2, low: -32768, high: 32767 },
  int32: { bytes: 4, low: -2147483648, high: 2147483647 },
  float32: { bytes: 4, low: -Infinity, high: Infinity },
} as const satisfies Record<WritableType, { bytes: number; low: number; high: number }>

// Classic TIFF has 32-bit offsets; the margin is for the directory behind the pixels.
const classicLimit = 2 ** 32 - 64 * 1024 * 1024

function checkOptions(options: GeoTiffWriteOptions): void {
  const { grid, bands, dtype, nodata, colorTable, tileSize = 256 } = options
  const problem =
    bands.length < 1 || bands.length > 65535
      ? `${bands.length} bands`
      : ![grid.width, grid.height].every((side) => Number.isInteger(side) && side > 0)
        ? `a size of ${grid.width} by ${grid.height} pixels`
        : colorTable && (dtype !== 'uint8' || bands.length !== 1)
          ? 'a colour table for anything but one uint8 band'
          : tileSize < 16 || tileSize % 16 !== 0
            ? `tiles of ${tileSize} pixels`
            : options.predictor === 3 && dtype !== 'float32'
              ? `predictor 3 for ${dtype}`
              : nodata !== undefined && nodata !== null && !canHold(dtype, nodata)
                ? `${nodata} as nodata of ${dtype}`
                : null
  if (problem !== null)
    throw new AppError('geotiff/write-options', `A GeoTIFF cannot have ${problem} ("${options.path}").`, {
      path: options.path,
    })
}

function clipped(value: number, dtype: WritableType): number {
  if (dtype === 'float32') return value
  const { low, high } = typeRanges[dtype]
  return Math.min(high, Math.max(low, Math.round(value)))
}

/** Whether a nodata value can be stored; float32 rounds it, as GDAL does when it compares. */
function canHold(dtype: WritableType, nodata: number): boolean {
  if (dtype === 'float32') return !Number.isFinite(nodata) || Number.isFinite(Math.fround(nodata))
  return clipped(nodata, dtype) === nodata
}

interface TileRow {
  /** [band, row, column] where planar, [row, column, band] where chunky; over the width of the raster. */
  readonly samples: Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array
  readonly rows: number
  missing: number
}

class TileWriter implements GeoTiffWriter {
  private readonly options: GeoTiffWriteOptions
  private readonly file: AtomicFile
  private readonly tileSize: number
  private readonly isPlanar: boolean
  private readonly across: number
  private readonly down: number
  private readonly offsets: Float64Array
  private readonly byteCounts: Float64Array
  private readonly begun = new Map<number, TileRow>()
  private readonly encoding: BlockEncoding
  private position = headerBytes
  private isDone = false

  constructor(options: GeoTiffWriteOptions, file: AtomicFile) {
    const { grid, bands, tileSize = 256, dtype, interleave = 'planar' } = options
    this.options = options
    this.file = file
    this.tileSize = tileSize
    this.isPlanar = interleave === 'planar' || bands.length === 1
    this.across = Math.ceil(grid.width / tileSize)
    this.down = Math.ceil(grid.height / tileSize)
    const blocks = this.across * this.down * (this.isPlanar ? bands.length : 1)
    this.offsets = new Float64Array(blocks)
    this.byteCounts = new Float64Array(blocks)
    const isClassMap = Boolean(options.colorTable ?? options.classNames)
    this.encoding = {
      sampleBytes: typeRanges[dtype].bytes,
      stride: this.isPlanar ? 1 : bands.length,
      rowSamples: tileSize * (this.isPlanar ? 1 : bands.length),
      compression: options.compression ?? 'deflate',
      predictor:
        options.compression === 'none' ? 1 : (options.predictor ?? (dtype === 'float32' ? 3 : isClassMap ? 1 : 2)),
      littleEndian: options.littleEndian ?? true,
    }
  }

  async writeWindow(window: PixelWindow, values: ArrayLike<number>, signal?: AbortSignal): Promise<void> {
    const { grid, path, bands } = this.options
    checkWindow(window, grid.width, grid.height, path)
    const area = window.width * window.height
    if (values.length !== area * bands.length)
      throw new AppError(
        'geotiff/write-options',
        `A window of ${window.width} by ${window.height} pixels and ${bands.length} bands needs ${area * bands.length} values, got ${values.length}.`,
        { path },
      )
    for (let row = 0; row < window.height;) {
      throwIfAborted(signal)
      const index = Math.floor((window.row + row) / this.tileSize)
      const end = Math.min(window.height, (index + 1) * this.tileSize - window.row)
      const tileRow = this.begunRow(index)
      this.copyRows(tileRow, index, window, values, row, end)
      tileRow.missing -= (end - row) * window.width
      if (tileRow.missing <= 0) await this.flush(index, tileRow)
      row = end
    }
  }

  async finish(signal?: AbortSignal): Promise<void> {
    for (let index = 0; index < this.down; index++) {
      throwIfAborted(signal)
      const isWritten = (this.byteCounts[index * this.across] ?? 0) > 0
      if (!isWritten) await this.flush(index, this.begunRow(index))
    }
    const at = this.position + (this.position % 2)
    const bigTiff = this.options.bigTiff === true || at > classicLimit
    const { offsets, byteCounts } = this
    const tags = describingTags(this.options, {
      tileSize: this.tileSize,
      isPlanar: this.isPlanar,
      compression: this.encoding.compression,
      predictor: this.encoding.predictor,
      bitsPerSample: this.encoding.sampleBytes * 8,
      offsets,
      byteCounts,
    })
    const { header, directory } = encodeDirectory(tags, at, bigTiff, this.encoding.littleEndian)
    await this.file.write(directory, at)
    await this.file.write(header, 0)
    throwIfAborted(signal)
    const sidecar = pamSidecar(this.options)
    // The sidecar first: a raster without its class names would look complete.
    if (sidecar !== null) await writeTextAtomically(`${this.options.path}.aux.xml`, sidecar)
    else await rm(`${this.options.path}.aux.xml`, { force: true })
    await this.file.commit()
    this.isDone = true
  }

  async discard(): Promise<void> {
    this.begun.clear()
    if (!this.isDone) await this.file.discard()
  }

  private begunRow(index: number): TileRow {
    const existing = this.begun.get(index)
    if (existing) return existing
    const { grid, bands, dtype, nodata } = this.options
    const rows = Math.min(this.tileSize, grid.height - index * this.tileSize)
    const length = rows * grid.width * bands.length
    const samples = emptySamples(dtype, length)
    if (nodata) samples.fill(nodata)
    const created: TileRow = { samples, rows, missing: rows * grid.width }
    this.begun.set(index, created)
    return created
  }

  private copyRows(
    tileRow: TileRow,
    index: number,
    window: PixelWindow,
    values: ArrayLike<number>,
    first: number,
    end: number,
  ): void {
    const { grid, bands, dtype } = this.options
    const count = bands.length
    const pixelStep = this.isPlanar ? 1 : count
    for (let band = 0; band < count; band++)
      for (let row = first; row < end; row++) {
        const inTile = window.row + row - index * this.tileSize
        const pixel = inTile * grid.width + window.column
        let to = this.isPlanar ? band * tileRow.rows * grid.width + pixel : pixel * count + band
        const from = (band * window.height + row) * window.width
        for (let column = 0; column < window.width; column++) {
          const value = values[from + column] as number
          tileRow.samples[to] = Number.isNaN(value) ? this.nodataValue() : clipped(value, dtype)
          to += pixelStep
        }
      }
  }

  private nodataValue(): number {
    const { nodata, dtype, path } = this.options
    if (nodata !== undefined && nodata !== null) return nodata
    if (dtype === 'float32') return NaN
    throw new AppError(
      'geotiff/nan-without-nodata',
      `"${path}" has pixels without a value (NaN), and its type ${dtype} needs a nodata number for them.`,
      { path },
    )
  }

  private async flush(index: number, tileRow: TileRow): Promise<void> {
    const planes = this.isPlanar ? this.options.bands.length : 1
    const perPlane = this.across * this.down
    for (let plane = 0; plane < planes; plane++)
      for (let first = 0; first < this.across; first += 8) {
        const columns = Array.from({ length: Math.min(8, this.across - first) }, (_, i) => first + i)
        const blocks = await Promise.all(
          columns.map((column) => encodeBlock(this.tileBytes(tileRow, column, plane), this.encoding)),
        )
        for (const [i, column] of columns.entries()) {
          const block = defined(blocks[i], 'every column gives a block')
          const number = plane * perPlane + index * this.across + column
          await this.file.write(block, this.position)
          this.offsets[number] = this.position
          this.byteCounts[number] = block.length
          this.position += block.length + (block.length % 2)
        }
      }
    this.begun.delete(index)
  }

  /** The samples of one tile, padded at the right and bottom edge with its own last nodata or 0. */
  private tileBytes(tileRow: TileRow, column: number, plane: number): Buffer {
    const { grid, dtype, nodata } = this.options
    const { tileSize } = this
    const step = this.encoding.stride
    const tile = emptySamples(dtype, tileSize * tileSize * step)
    if (nodata) tile.fill(nodata)
    const left = column * tileSize
    const columns = Math.min(tileSize, grid.width - left)
    for (let row = 0; row < tileRow.rows; row++) {
      const from = (plane * tileRow.rows * grid.width + row * grid.width + left) * step
      tile.set(tileRow.samples.subarray(from, from + columns * step), row * tileSize * step)
    }
    return Buffer.from(tile.buffer, tile.byteOffset, tile.byteLength)
  }
}

function emptySamples(dtype: WritableType, length: number): TileRow['samples'] {
  switch (dtype) {
    case 'uint8':
      return new Uint8Array(length)
    case 'uint16':
      return new Uint16Array(length)
    case 'int16':
      return new Int16Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'float32':
      return new Float32Array(length)
  }
}
