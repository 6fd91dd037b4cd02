import { globals } from 'geotiff'
import type { GeoKeys } from 'geotiff-geokeys-to-proj4'
import proj4 from 'proj4'
import type { GeoTransform } from '../../../shared/domain/geo-grid.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { tiffTag } from './tiff-tags.ts'
import type { TagReader } from './tiff-values.ts'

/** The tags that carry the coordinate reference system, as stored, so that a written raster can repeat them exactly. */
export interface GeoKeyTags {
  readonly directory: readonly number[]
  readonly doubles: readonly number[]
  readonly ascii: string
}

/** Where a TIFF image lies on the Earth. */
export interface GeoReference {
  /** GDAL order, at the outer corner of the first pixel; null when the file does not say. */
  readonly geoTransform: GeoTransform | null
  readonly crs: string | null
  readonly projection: string | null
  readonly geoKeys: GeoKeyTags | null
  readonly warnings: readonly string[]
}

/** Reads the georeference of an image from its tags. Source: OGC GeoTIFF 1.1 (19-008r4). */
export async function readGeoReference(tags: TagReader): Promise<GeoReference> {
  const geoKeys = await readGeoKeyTags(tags)
  const keys = geoKeys ? namedKeys(geoKeys) : {}
  const warnings: string[] = []
  const transform = await readTransform(tags, warnings)
  const { crs, projection } = geoKeys ? await coordinateSystem(keys, warnings) : { crs: null, projection: null }
  const isPoint = keys['GTRasterTypeGeoKey'] === 2
  return {
    geoTransform: transform && isPoint ? fromPixelCentre(transform) : transform,
    crs,
    projection,
    geoKeys,
    warnings,
  }
}

async function readGeoKeyTags(tags: TagReader): Promise<GeoKeyTags | null> {
  const directory = await tags.numbers(tiffTag.geoKeyDirectory)
  if (!directory || directory.length < 4) return null
  const doubles = (await tags.numbers(tiffTag.geoDoubleParams)) ?? []
  return { directory: [...directory], doubles: [...doubles], ascii: (await tags.text(tiffTag.geoAsciiParams)) ?? '' }
}

/** Key values by the names that geotiff.js and geokeys-to-proj4 use. */
function namedKeys(geoKeys: GeoKeyTags): Record<string, number | string> {
  const names: Readonly<Record<number, string>> = globals.geoKeyNames
  const keys: Record<string, number | string> = {}
  const { directory } = geoKeys
  for (let i = 4; i + 3 < directory.length; i += 4) {
    const [id = 0, location = 0, count = 0, value = 0] = directory.slice(i, i + 4)
    const name = names[id]
    if (name === undefined) continue
    if (location === 0) keys[name] = value
    else if (location === tiffTag.geoDoubleParams) keys[name] = geoKeys.doubles[value] ?? 0
    else if (location === tiffTag.geoAsciiParams)
      keys[name] = geoKeys.ascii.slice(value, value + count).replace(/[|\0]+$/, '')
  }
  return keys
}

async function readTransform(tags: TagReader, warnings: string[]): Promise<GeoTransform | null> {
  const matrix = await tags.numbers(tiffTag.modelTransformation, 16)
  if (matrix && matrix.length === 16) {
    const [xColumn = 0, xRow = 0, , x = 0, yColumn = 0, yRow = 0, , y = 0] = matrix
    return checked([x, xColumn, xRow, y, yColumn, yRow], warnings)
  }
  const scale = await tags.numbers(tiffTag.modelPixelScale, 3)
  const tie = await tags.numbers(tiffTag.modelTiepoint, 6)
  if (scale && tie && scale.length >= 2 && tie.length === 6) {
    const [scaleX = 0, scaleY = 0] = scale
    const [column = 0, row = 0, , x = 0, y = 0] = tie
    return checked([x - column * scaleX, scaleX, 0, y + row * scaleY, 0, -scaleY], warnings)
  }
  if (tie) warnings.push(readerNote('geotiff/control-points'))
  return null
}

function checked(transform: GeoTransform, warnings: string[]): GeoTransform | null {
  const [, xColumn, xRow, , yColumn, yRow] = transform
  if (transform.every(Number.isFinite) && xColumn * yRow - xRow * yColumn !== 0) return transform
  warnings.push(readerNote('geotiff/no-area'))
  return null
}

/** GeoTIFF 7.1.2.2: with PixelIsPoint the transform points at the centre of the first pixel, GDAL's at its corner. */
function fromPixelCentre(transform: GeoTransform): GeoTransform {
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  return [x - 0.5 * (xColumn + xRow), xColumn, xRow, y - 0.5 * (yColumn + yRow), yColumn, yRow]
}

const userDefined = 32767

async function coordinateSystem(
  keys: Readonly<Record<string, number | string>>,
  warnings: string[],
): Promise<{ crs: string | null; projection: string | null }> {
  const isGeographic = keys['GTModelTypeGeoKey'] === 2
  const code = isGeographic ? keys['GeographicTypeGeoKey'] : keys['ProjectedCSTypeGeoKey']
  const hasCode = typeof code === 'number' && code > 0 && code !== userDefined
  const projection = await projText(keys)
  if (!hasCode) {
    if (projection === null) warnings.push(readerNote('geotiff/unknown-system'))
    return { crs: projection, projection: null }
  }
  const crs = `EPSG:${code}`
  return { crs, projection: isKnown(crs) ? null : projection }
}

function isKnown(crs: string): boolean {
  return proj4.defs(crs) !== undefined
}

async function projText(keys: Readonly<Record<string, number | string>>): Promise<string | null> {
  // Large tables, which many files need not.
  const { toProj4 } = await import('geotiff-geokeys-to-proj4')
  try {
    const result = toProj4(keys as unknown as GeoKeys)
    const factor = result.coordinatesConversionParameters?.x ?? 1
    // proj4 reads three axis letters only, and "en" is the default anyway.
    const text = result.proj4
      .replace(/\+axis=en\b/, '')
      .replace(/\s+/g, ' ')
      .trim()
    if (text === '') return null
    const inUnits = factor === 1 || result.isGCS ? text : `${text} +to_meter=${factor}`
    proj4('EPSG:4326', inUnits)
    return inUnits
  } catch {
    // The converter and proj4 throw on keys they do not know; the caller reports that the system is not understood.
    return null
  }
}
