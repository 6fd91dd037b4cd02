import { projectionKeys } from './projection-keys.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { isGeographic, type GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { escapeXml } from './gdal-metadata.ts'
import type { GeoKeyTags } from './geo-reference.ts'
import { tiffTag } from './tiff-tags.ts'
import type { TagToWrite } from './write-directory.ts'
import type { GeoTiffWriteOptions } from './write-geotiff.ts'

/** How the pixels were stored, for the tags that say so. */
export interface StoredBlocks {
  readonly tileSize: number
  readonly isPlanar: boolean
  readonly compression: 'none' | 'deflate'
  readonly predictor: 1 | 2 | 3
  readonly bitsPerSample: number
  readonly offsets: Float64Array
  readonly byteCounts: Float64Array
}

/** All tags of the image to be written. Source: TIFF 6.0, OGC GeoTIFF 1.1, GDAL's GeoTIFF driver */
export function describingTags(options: GeoTiffWriteOptions, blocks: StoredBlocks): TagToWrite[] {
  const { grid, bands, dtype, colorTable } = options
  const count = bands.length
  const format = dtype === 'float32' ? 3 : dtype.startsWith('int') ? 2 : 1
  const tags: TagToWrite[] = [
    { tag: tiffTag.imageWidth, type: 'long', values: [grid.width] },
    { tag: tiffTag.imageLength, type: 'long', values: [grid.height] },
    { tag: tiffTag.bitsPerSample, type: 'short', values: repeat(blocks.bitsPerSample, count) },
    { tag: tiffTag.compression, type: 'short', values: [blocks.compression === 'deflate' ? 8 : 1] },
    { tag: tiffTag.photometric, type: 'short', values: [colorTable ? 3 : 1] },
    { tag: tiffTag.samplesPerPixel, type: 'short', values: [count] },
    { tag: tiffTag.planarConfiguration, type: 'short', values: [blocks.isPlanar && count > 1 ? 2 : 1] },
    { tag: tiffTag.tileWidth, type: 'long', values: [blocks.tileSize] },
    { tag: tiffTag.tileLength, type: 'long', values: [blocks.tileSize] },
    { tag: tiffTag.tileOffsets, type: 'offset', values: blocks.offsets },
    { tag: tiffTag.tileByteCounts, type: 'offset', values: blocks.byteCounts },
    { tag: tiffTag.sampleFormat, type: 'short', values: repeat(format, count) },
    ...placeTags(grid),
    ...geoKeyTags(options),
  ]
  if (blocks.predictor !== 1) tags.push({ tag: tiffTag.predictor, type: 'short', values: [blocks.predictor] })
  // TIFF 6.0 wants the samples beyond the grey value named; 0 is "unspecified".
  if (count > 1) tags.push({ tag: tiffTag.extraSamples, type: 'short', values: repeat(0, count - 1) })
  if (colorTable) tags.push({ tag: tiffTag.colorMap, type: 'short', values: colorMap(colorTable) })
  const metadata = metadataXml(options)
  if (metadata !== null) tags.push({ tag: tiffTag.gdalMetadata, type: 'ascii', values: metadata })
  if (options.nodata !== undefined && options.nodata !== null)
    tags.push({ tag: tiffTag.gdalNodata, type: 'ascii', values: nodataText(options.nodata) })
  return tags
}

function repeat(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value)
}

function nodataText(value: number): string {
  return Number.isNaN(value) ? 'nan' : String(value)
}

function placeTags(grid: GeoGrid): TagToWrite[] {
  const [x, xColumn, xRow, y, yColumn, yRow] = grid.geoTransform
  if (grid.crs === null && x === 0 && xColumn === 1 && y === 0 && yRow === 1) return []
  if (xRow === 0 && yColumn === 0 && xColumn > 0 && yRow < 0)
    return [
      { tag: tiffTag.modelPixelScale, type: 'double', values: [xColumn, -yRow, 0] },
      { tag: tiffTag.modelTiepoint, type: 'double', values: [0, 0, 0, x, y, 0] },
    ]
  const matrix = [xColumn, xRow, 0, x, yColumn, yRow, 0, y, 0, 0, 0, 0, 0, 0, 0, 1]
  return [{ tag: tiffTag.modelTransformation, type: 'double', values: matrix }]
}

function geoKeyTags(options: GeoTiffWriteOptions): TagToWrite[] {
  const keys = options.geoKeys ? asPixelIsArea(options.geoKeys) : keysOfCode(options.grid)
  if (!keys) return []
  const tags: TagToWrite[] = [{ tag: tiffTag.geoKeyDirectory, type: 'short', values: keys.directory }]
  if (keys.doubles.length > 0) tags.push({ tag: tiffTag.geoDoubleParams, type: 'double', values: keys.doubles })
  if (keys.ascii !== '') tags.push({ tag: tiffTag.geoAsciiParams, type: 'ascii', values: keys.ascii })
  return tags
}

const rasterTypeKey = 1025

/** The same keys for a raster whose transform points at pixel corners, as ours always does. */
function asPixelIsArea(keys: GeoKeyTags): GeoKeyTags {
  const directory = [...keys.directory]
  for (let i = 4; i + 3 < directory.length; i += 4) if (directory[i] === rasterTypeKey) directory[i + 3] = 1
  return { ...keys, directory }
}

function keysOfCode(grid: GeoGrid): GeoKeyTags | null {
  const code = Number(/^EPSG:(\d+)$/i.exec(grid.crs ?? '')?.[1] ?? NaN)
  // A system without a code or keys goes into GDAL's sidecar file (`pamSidecar`), where it fits as it is.
  if (Number.isNaN(code)) return projectionKeys(grid.crs ?? '')
  if (code > 65535)
    throw new AppError(
      'geotiff/write-options',
      `EPSG:${code} does not fit a GeoTIFF; give the system as a PROJ string.`,
    )
  const isDegrees = isGeographic(grid.projection ?? `EPSG:${code}`)
  const keys = [
    [1024, isDegrees ? 2 : 1],
    [rasterTypeKey, 1],
    [isDegrees ? 2048 : 3072, code],
  ]
  return {
    directory: [1, 1, 1, keys.length, ...keys.flatMap(([id = 0, value = 0]) => [id, 0, 1, value])],
    doubles: [],
    ascii: '',
  }
}

function colorMap(table: readonly (readonly [number, number, number])[]): number[] {
  const channel = (index: 0 | 1 | 2): number[] => Array.from({ length: 256 }, (_, i) => (table[i]?.[index] ?? 0) * 257)
  return [...channel(0), ...channel(1), ...channel(2)]
}

function metadataXml(options: GeoTiffWriteOptions): string | null {
  const items: string[] = []
  for (const [name, value] of Object.entries(options.metadata ?? {}))
    items.push(`  <Item name="${escapeXml(name)}">${itemText(value)}</Item>`)
  options.classNames?.forEach((name, value) => {
    if (name !== null) items.push(`  <Item name="CLASS_${value}">${itemText(name)}</Item>`)
  })
  options.bands.forEach(({ description }, i) => {
    if (description !== undefined)
      items.push(`  <Item name="DESCRIPTION" sample="${i}" role="description">${itemText(description)}</Item>`)
  })
  return items.length === 0 ? null : `<GDALMetadata>\n${items.join('\n')}\n</GDALMetadata>\n`
}

/** GDAL escapes the text of its items before it escapes the XML, and undoes both when it reads. */
function itemText(text: string): string {
  return escapeXml(escapeXml(text))
}
