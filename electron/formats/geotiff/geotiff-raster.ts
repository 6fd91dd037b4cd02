import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { GeoGrid, GeoTransform } from '../../../shared/domain/geo-grid.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { FileSource } from '../file-source.ts'
import { checkWindow } from '../check-window.ts'
import { openFileSource } from '../file-source.ts'
import type { Raster, RasterBand, RasterOverview, RasterReadOptions } from '../raster.ts'
import { fitsStored, storedKind } from '../../../shared/domain/stored-values.ts'
import type { PixelWindow, StoredPart } from '../sequence-reader.ts'
import { BlockCache, type BlockValues } from './block-cache.ts'
import { copySamples, fillSamples, type CopyPlan, type SampleTarget } from './copy-samples.ts'
import { canDecode, decodeBlock } from './decode-block.ts'
import { FallbackDecoder } from './fallback-decoder.ts'
import type { GeoKeyTags } from './geo-reference.ts'
import { readGeoReference } from './geo-reference.ts'
import { scanDirectories, type TiffDirectories } from './ifd-scan.ts'
import { readImageLayout, type ImageLayout } from './image-layout.ts'
import { readRasterTags } from './raster-tags.ts'
import { TagReader } from './tiff-values.ts'

/** How to open a TIFF. */
export interface OpenGeoTiffOptions {
  /** Shared among files that are read together; its limit then holds for all of them. */
  readonly cache?: BlockCache
}

/** A `Raster` that can also tell how its CRS is stored, for writing another file on the same grid. */
export interface GeoTiffRaster extends Raster {
  readonly geoKeys: GeoKeyTags | null
  /** The layout of the full-resolution image. */
  readonly layout: ImageLayout
  /** Images of the file as large as this one and of the same bands (slices of a stack), this one included. */
  readonly pages: number
}

/** How the CRS of a raster is stored in its file, to be repeated by `writeGeoTiff`; null for other formats. */
export function geoKeysOf(raster: Raster): GeoKeyTags | null {
  return raster instanceof OpenedGeoTiff ? raster.geoKeys : null
}

/** One image of the file: full resolution or an overview. */
interface StoredImage {
  readonly directory: number
  readonly layout: ImageLayout
  readonly isFast: boolean
  /** Whether the file leaves no block out. */
  readonly isComplete: boolean
}

/** How many blocks are decoded at once; zlib works on Node's four pool threads. */
const blocksAtOnce = 4

const asStored = { nodata: null, scale: 1, offset: 0 }

let openedFiles = 0

/**
 * Opens a GeoTIFF (or plain TIFF) for reading by window. Reads only headers; close it to release the file.
 * @throws `formats/not-found`, `geotiff/not-tiff`, `geotiff/truncated`, `geotiff/hostile-header`, `geotiff/unsupported`
 */
export async function openGeoTiff(path: string, options: OpenGeoTiffOptions = {}): Promise<GeoTiffRaster> {
  const source = await openFileSource(path)
  try {
    const file = await scanDirectories(source)
    const first = await readImage(source, file, 0)
    const others = await readOtherImages(source, file, first.layout)
    return await describe(source, file, options.cache ?? new BlockCache(), first, others)
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * Opens all images of a TIFF that are as large as its first one and have the same bands, in the order of the file. They
 * share the file: closing one closes all.
 * @throws as `openGeoTiff`
 */
export async function openTiffPages(path: string, options: OpenGeoTiffOptions = {}): Promise<readonly GeoTiffRaster[]> {
  const source = await openFileSource(path)
  try {
    const file = await scanDirectories(source)
    const cache = options.cache ?? new BlockCache()
    const first = await readImage(source, file, 0)
    const pages: GeoTiffRaster[] = []
    for (let i = 0; i < file.directories.length; i++) {
      const image = i === 0 ? first : await readImage(source, file, i)
      if (i === 0 || isPageLike(image.layout, first.layout))
        pages.push(await describe(source, file, cache, image, { overviews: [], pages: 0, others: 0 }))
    }
    return pages
  } catch (error) {
    await source.close()
    throw error
  }
}

interface OtherImages {
  readonly overviews: StoredImage[]
  /** Further images like the first one, and others at full resolution. */
  readonly pages: number
  readonly others: number
}

async function describe(
  source: FileSource,
  file: TiffDirectories,
  cache: BlockCache,
  first: StoredImage,
  { overviews, pages, others }: OtherImages,
): Promise<GeoTiffRaster> {
  const entries = defined(file.directories[first.directory], 'the scan found the directory')
  const tags = new TagReader(source, file.littleEndian, entries)
  const place = await readGeoReference(tags)
  const { bands, acquired, colorTable, classNames } = await readRasterTags(tags, first.layout)
  const warnings = [...place.warnings]
  const grid: GeoGrid = {
    width: first.layout.width,
    height: first.layout.height,
    // GDAL's identity transform with pixel rows downwards where the file has no place.
    geoTransform: place.geoTransform ?? [0, 1, 0, 0, 0, 1],
    crs: place.geoTransform ? place.crs : null,
    projection: place.projection,
  }
  if (pages + others > 0) warnings.push(readerNote('geotiff/several-images', { images: pages + others + 1 }))
  return new OpenedGeoTiff(source, file.littleEndian, [first, ...overviews], cache, {
    grid,
    hasPlace: place.geoTransform !== null,
    bands,
    acquired,
    colorTable,
    classNames,
    warnings,
    geoKeys: place.geoKeys,
    pages: pages + 1,
  })
}

async function readImage(source: FileSource, file: TiffDirectories, directory: number): Promise<StoredImage> {
  const entries = defined(file.directories[directory], 'the caller counts directories')
  const layout = await readImageLayout(source, new TagReader(source, file.littleEndian, entries))
  return { directory, layout, isFast: canDecode(layout), isComplete: layout.byteCounts.every((bytes) => bytes > 0) }
}

async function readOtherImages(source: FileSource, file: TiffDirectories, full: ImageLayout): Promise<OtherImages> {
  const overviews: StoredImage[] = []
  let pages = 0
  let others = 0
  for (let i = 1; i < file.directories.length; i++) {
    const image = await readImage(source, file, i)
    const { subfileType, samples, width } = image.layout
    if ((subfileType & 4) !== 0) continue
    if (isPageLike(image.layout, full)) pages++
    else if ((subfileType & 1) === 0) others++
    else if (samples === full.samples && width <= full.width) overviews.push(image)
  }
  return { overviews: overviews.sort((a, b) => b.layout.width - a.layout.width), pages, others }
}

function isPageLike({ subfileType, width, height, samples, dtype }: ImageLayout, first: ImageLayout): boolean {
  const isFull = (subfileType & 5) === 0
  return (
    isFull && width === first.width && height === first.height && samples === first.samples && dtype === first.dtype
  )
}

interface Description {
  readonly grid: GeoGrid
  readonly hasPlace: boolean
  readonly bands: readonly RasterBand[]
  readonly acquired: string | null
  readonly colorTable: Raster['colorTable']
  readonly classNames: Raster['classNames']
  readonly warnings: readonly string[]
  readonly geoKeys: GeoKeyTags | null
  readonly pages: number
}

class OpenedGeoTiff implements GeoTiffRaster {
  readonly path: string
  readonly grid: GeoGrid
  readonly bands: readonly RasterBand[]
  readonly overviews: readonly RasterOverview[]
  readonly acquired: string | null
  readonly colorTable: Raster['colorTable']
  readonly classNames: Raster['classNames']
  readonly warnings: readonly string[]
  readonly geoKeys: GeoKeyTags | null
  readonly layout: ImageLayout
  readonly pages: number
  private readonly source: FileSource
  private readonly littleEndian: boolean
  private readonly images: readonly StoredImage[]
  private readonly cache: BlockCache
  private readonly fallback: FallbackDecoder
  private readonly keyPrefix: string

  constructor(
    source: FileSource,
    littleEndian: boolean,
    images: readonly StoredImage[],
    cache: BlockCache,
    description: Description,
  ) {
    this.path = source.path
    this.grid = description.grid
    this.bands = description.bands
    this.acquired = description.acquired
    this.colorTable = description.colorTable
    this.classNames = description.classNames
    this.warnings = description.warnings
    this.geoKeys = description.geoKeys
    this.pages = description.pages
    this.source = source
    this.littleEndian = littleEndian
    this.images = images
    this.layout = defined(images[0], 'the full image comes first').layout
    this.overviews = images.slice(1).map(({ layout }) => ({ grid: overviewGrid(description.grid, layout) }))
    this.cache = cache
    this.fallback = new FallbackDecoder(source)
    this.keyPrefix = `${++openedFiles}:`
  }

  async readWindow(band: number, window: PixelWindow, options: RasterReadOptions = {}): Promise<Float32Array> {
    return this.readBands([band], window, options)
  }

  async readBands(
    bands: readonly number[],
    window: PixelWindow,
    options: RasterReadOptions = {},
  ): Promise<Float32Array> {
    const target = new Float32Array(bands.length * this.checkedArea(bands, window, options))
    await this.readInto(target, bands, window, options)
    return target
  }

  async readStored(
    bands: readonly number[],
    window: PixelWindow,
    options: RasterReadOptions = {},
  ): Promise<StoredPart | null> {
    const area = this.checkedArea(bands, window, options)
    const { layout, isComplete } = this.imageOf(options)
    const kind = storedKind(layout.dtype)
    const { nodata, scale, offset } = defined(this.bands[bands[0] ?? 0], 'the bands were checked')
    const isAlike = bands.every((band) => {
      const other = this.bands[band]
      return other?.nodata === nodata && other.scale === scale && other.offset === offset
    })
    if (!kind || !isAlike) return null
    const missing = nodata ?? 0
    const canBeStored = fitsStored(kind, missing)
    // What the file leaves out must have a number that means "no measurement"; one that no pixel can have marks none.
    if (!canBeStored && !isComplete) return null
    const values = new kind(bands.length * area)
    await this.readInto(values, bands, window, options, missing)
    const padding = nodata !== null && canBeStored ? ([nodata, nodata] as const) : null
    return { values, rule: { slope: scale, intercept: offset, padding } }
  }

  async readWindowExact(band: number, window: PixelWindow, options: RasterReadOptions = {}): Promise<Float64Array> {
    const target = new Float64Array(this.checkedArea([band], window, options))
    await this.readInto(target, [band], window, options)
    return target
  }

  async rest(): Promise<void> {
    await this.source.rest()
  }

  async close(): Promise<void> {
    this.cache.forget(this.keyPrefix)
    await this.source.close()
  }

  private imageOf(options: RasterReadOptions): StoredImage {
    const image = this.images[options.overview === undefined ? 0 : options.overview + 1]
    if (!image)
      throw new AppError(
        'raster/no-overview',
        `"${this.path}" has ${this.overviews.length} overviews, so overview ${options.overview} cannot be read.`,
        { path: this.path, overview: options.overview },
      )
    return image
  }

  /** Pixels of the window. @throws `raster/window-outside`, `raster/no-band` */
  private checkedArea(bands: readonly number[], window: PixelWindow, options: RasterReadOptions): number {
    const { layout } = this.imageOf(options)
    checkWindow(window, layout.width, layout.height, this.path)
    const missing = bands.find((band) => !this.bands[band])
    if (missing !== undefined)
      throw new AppError(
        'raster/no-band',
        `"${this.path}" has ${this.bands.length} bands, so band ${missing + 1} cannot be read.`,
        {
          path: this.path,
          band: missing,
        },
      )
    return window.width * window.height
  }

  private async readInto(
    target: SampleTarget,
    bands: readonly number[],
    window: PixelWindow,
    options: RasterReadOptions,
    missing?: number,
  ): Promise<void> {
    const image = this.imageOf(options)
    const { layout } = image
    const lastRow = Math.floor((window.row + window.height - 1) / layout.blockHeight)
    const lastColumn = Math.floor((window.column + window.width - 1) / layout.blockWidth)
    const jobs: { blockRow: number; blockColumn: number; plane: number; bands: readonly number[] }[] = []
    // Where bands lie together, one block serves them all; else every wanted band has blocks of its own.
    const groups = layout.planar
      ? bands.map((band, i) => ({ plane: band, slots: [i] }))
      : [{ plane: 0, slots: [...bands.keys()] }]
    for (const { plane, slots } of groups)
      for (let blockRow = Math.floor(window.row / layout.blockHeight); blockRow <= lastRow; blockRow++)
        for (let blockColumn = Math.floor(window.column / layout.blockWidth); blockColumn <= lastColumn; blockColumn++)
          jobs.push({ blockRow, blockColumn, plane, bands: slots })
    let next = 0
    const work = async (): Promise<void> => {
      for (let job = jobs[next++]; job; job = jobs[next++]) {
        throwIfAborted(options.signal)
        const block = await this.block(image, job.blockRow, job.blockColumn, job.plane)
        for (const slot of job.bands) {
          const band = defined(bands[slot], 'slots index the wanted bands')
          this.copyBand(target, slot, band, image, job.blockRow, job.blockColumn, window, block, missing)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(blocksAtOnce, jobs.length) }, work))
    throwIfAborted(options.signal)
  }

  /** The decoded block, or null where the file leaves it out. */
  private async block(image: StoredImage, row: number, column: number, plane: number): Promise<BlockValues | null> {
    const { layout } = image
    const perPlane = layout.blocksAcross * layout.blocksDown
    const index = (layout.planar ? plane * perPlane : 0) + row * layout.blocksAcross + column
    const length = layout.byteCounts[index] ?? 0
    if (length === 0) return null
    return this.cache.get(`${this.keyPrefix}${image.directory}:${index}`, async () => {
      const firstRow = row * layout.blockHeight
      const rows = Math.min(layout.blockHeight, layout.height - firstRow)
      if (!image.isFast) {
        const place = { row: firstRow, column: column * layout.blockWidth, rows, columns: blockColumns(layout, column) }
        return this.fallback.decode(image.directory, layout, place, plane)
      }
      const stored = await this.source.read(layout.offsets[index] ?? 0, length)
      return decodeBlock(stored, layout, this.littleEndian, rows, this.path)
    })
  }

  private copyBand(
    target: SampleTarget,
    slot: number,
    band: number,
    image: StoredImage,
    blockRow: number,
    blockColumn: number,
    window: PixelWindow,
    block: BlockValues | null,
    // The stored number of what the file leaves out, where numbers are to stay as they are stored.
    missing: number | undefined,
  ): void {
    const { layout } = image
    const top = Math.max(window.row, blockRow * layout.blockHeight)
    const bottom = Math.min(window.row + window.height, (blockRow + 1) * layout.blockHeight)
    const left = Math.max(window.column, blockColumn * layout.blockWidth)
    const right = Math.min(window.column + window.width, (blockColumn + 1) * layout.blockWidth)
    const columnStep = layout.planar ? 1 : layout.samples
    const rowStep = columnStep * (image.isFast ? layout.blockWidth : blockColumns(layout, blockColumn))
    const inBlock =
      (top - blockRow * layout.blockHeight) * rowStep + (left - blockColumn * layout.blockWidth) * columnStep
    const plan: CopyPlan = {
      from: inBlock + (layout.planar ? 0 : band),
      columnStep,
      rowStep,
      to: slot * window.width * window.height + (top - window.row) * window.width + (left - window.column),
      targetRowStep: window.width,
      rows: bottom - top,
      columns: right - left,
    }
    const own = defined(this.bands[band], 'the bands were checked')
    const isStored = missing !== undefined
    if (block) copySamples(block, target, plan, isStored ? asStored : own)
    else fillSamples(target, plan, isStored ? missing : own.nodata === null ? own.offset : NaN)
  }
}

/** Columns of a block that lie in the image. */
function blockColumns(layout: ImageLayout, blockColumn: number): number {
  return Math.min(layout.blockWidth, layout.width - blockColumn * layout.blockWidth)
}

function overviewGrid(full: GeoGrid, layout: ImageLayout): GeoGrid {
  const [x, xColumn, xRow, y, yColumn, yRow] = full.geoTransform
  const across = full.width / layout.width
  const down = full.height / layout.height
  const geoTransform: GeoTransform = [x, xColumn * across, xRow * down, y, yColumn * across, yRow * down]
  return { ...full, width: layout.width, height: layout.height, geoTransform }
}
