import type { Raster, RasterBand } from '../raster.ts'
import { parseGdalMetadata, type GdalMetadata } from './gdal-metadata.ts'
import type { ImageLayout } from './image-layout.ts'
import { tiffTag } from './tiff-tags.ts'
import type { TagReader } from './tiff-values.ts'

/** What the tags say about bands, time and colours. */
export interface RasterTags {
  readonly bands: readonly RasterBand[]
  readonly acquired: string | null
  readonly colorTable: Raster['colorTable']
  readonly classNames: Raster['classNames']
}

// Names used by MODIS, Landsat and Sentinel conversions for the time of acquisition.
const acquisitionItems = [
  'ACQUISITIONDATETIME',
  'ACQUISITION_DATETIME',
  'ACQUISITION_DATE',
  'DATE_ACQUIRED',
  'SENSING_TIME',
  'RANGEBEGINNINGDATE',
]

/** Reads nodata, scale, offset, descriptions, acquisition time and colour table of an image. */
export async function readRasterTags(tags: TagReader, layout: ImageLayout): Promise<RasterTags> {
  const xml = await tags.text(tiffTag.gdalMetadata)
  const metadata: GdalMetadata = xml === null ? { bands: new Map(), items: new Map() } : parseGdalMetadata(xml)
  const nodata = parseNodata(await tags.text(tiffTag.gdalNodata), layout)
  const bands = Array.from({ length: layout.samples }, (_, i): RasterBand => {
    const band = metadata.bands.get(i)
    return {
      description: band?.description ?? null,
      dtype: layout.dtype,
      nodata,
      scale: band?.scale ?? 1,
      offset: band?.offset ?? 0,
    }
  })
  return {
    bands,
    acquired: acquisition(metadata, await tags.text(tiffTag.dateTime)),
    colorTable: await readColorTable(tags, layout),
    classNames: classNames(metadata),
  }
}

function parseNodata(text: string | null, layout: ImageLayout): number | null {
  if (text === null || text.trim() === '') return null
  const value = Number(text.trim())
  // "nan" needs no rule: such pixels are NaN as they are.
  if (Number.isNaN(value)) return null
  return layout.dtype === 'float32' ? Math.fround(value) : value
}

function acquisition(metadata: GdalMetadata, dateTime: string | null): string | null {
  for (const name of acquisitionItems) {
    const value = metadata.items.get(name)
    if (value !== undefined && value.trim() !== '') return value.trim()
  }
  // TIFF 6.0: "YYYY:MM:DD HH:MM:SS".
  const match = /^(\d{4}):(\d{2}):(\d{2}) (\d{2}:\d{2}:\d{2})/.exec(dateTime ?? '')
  return match ? `${match[1]}-${match[2]}-${match[3]}T${match[4]}` : null
}

/** Our own writer's items `CLASS_<value>`. */
function classNames(metadata: GdalMetadata): Raster['classNames'] {
  const named: (string | null)[] = []
  for (const [name, text] of metadata.items) {
    const value = Number(/^CLASS_(\d{1,5})$/.exec(name)?.[1] ?? NaN)
    if (Number.isNaN(value)) continue
    while (named.length <= value) named.push(null)
    named[value] = text
  }
  return named.length > 0 ? named : null
}

async function readColorTable(tags: TagReader, layout: ImageLayout): Promise<Raster['colorTable']> {
  if (layout.photometric !== 3) return null
  const entries = 2 ** layout.bitsPerSample
  const values = await tags.numbers(tiffTag.colorMap)
  if (!values || values.length < entries * 3 || entries > 65536) return null
  // The file stores all reds, then all greens, then all blues, in 16 bits.
  const level = (index: number): number => Math.floor((values[index] ?? 0) / 256)
  return Array.from({ length: entries }, (_, i) => [level(i), level(entries + i), level(2 * entries + i)] as const)
}
