import proj4 from 'proj4'
import { AppError } from '../base/app-error.ts'

/** GDAL order: x = t0 + column·t1 + row·t2, y = t3 + column·t4 + row·t5; (0, 0) is the outer corner of the first pixel. */
export type GeoTransform = readonly [number, number, number, number, number, number]

/** A regular grid of pixels on the Earth: which ground every pixel of a raster covers. */
export interface GeoGrid {
  readonly width: number
  readonly height: number
  readonly geoTransform: GeoTransform
  /** `EPSG:n` where known, else WKT or a PROJ string; null when the raster is not georeferenced. */
  readonly crs: string | null
  /** A PROJ string (or WKT) that proj4 can compute with, where `crs` is only a code; null when `crs` is enough or unknown. */
  readonly projection?: string | null
}

/** A rectangle in map units, edges included. */
export interface MapBounds {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** Converts between longitude and latitude (WGS 84, degrees) and the map units of one projection. */
export interface Projector {
  /** @returns `[x, y]` in map units; not finite where the projection is not defined */
  toMap(longitude: number, latitude: number): [number, number]
  /** @returns `[longitude, latitude]` in degrees, WGS 84 */
  toLonLat(x: number, y: number): [number, number]
}

/**
 * The map position of a place on the pixel grid; whole numbers are pixel corners, so a pixel's centre is `column + 0.5, row + 0.5`.
 * @returns `[x, y]` in map units
 */
export function pixelToMap(transform: GeoTransform, column: number, row: number): [number, number] {
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
  return [x0 + column * xColumn + row * xRow, y0 + column * yColumn + row * yRow]
}

/**
 * The place on the pixel grid of a map position; `Math.floor` of both gives the pixel that contains it.
 * @returns `[column, row]`, fractional, also outside the raster
 * @throws `geo/singular-transform` when the transform has no area
 */
export function mapToPixel(transform: GeoTransform, x: number, y: number): [number, number] {
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
  const determinant = xColumn * yRow - xRow * yColumn
  if (determinant === 0 || !Number.isFinite(determinant))
    throw new AppError('geo/singular-transform', 'The geotransform of the raster gives its pixels no area.', {
      geoTransform: [...transform],
    })
  const dx = x - x0
  const dy = y - y0
  return [(dx * yRow - dy * xRow) / determinant, (dy * xColumn - dx * yColumn) / determinant]
}

/** The smallest map rectangle that holds the whole grid, rotated grids included. */
export function gridBounds(grid: GeoGrid): MapBounds {
  const { geoTransform, width, height } = grid
  const corners = [
    pixelToMap(geoTransform, 0, 0),
    pixelToMap(geoTransform, width, 0),
    pixelToMap(geoTransform, 0, height),
    pixelToMap(geoTransform, width, height),
  ]
  const xs = corners.map((corner) => corner[0])
  const ys = corners.map((corner) => corner[1])
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) }
}

/** Width and height of one pixel in map units, both positive; also right for rotated grids. */
export function pixelSize(transform: GeoTransform): { readonly x: number; readonly y: number } {
  return { x: Math.hypot(transform[1], transform[4]), y: Math.hypot(transform[2], transform[5]) }
}

/**
 * Whether two grids cover the same ground pixel for pixel: same size, same projection name,
 * and no corner further apart than `tolerance` pixels.
 */
export function isSameGrid(a: GeoGrid, b: GeoGrid, tolerance = 0.01): boolean {
  if (a.width !== b.width || a.height !== b.height || a.crs !== b.crs) return false
  const size = pixelSize(a.geoTransform)
  const places = [
    [0, 0],
    [a.width, 0],
    [0, a.height],
  ] as const
  return places.every(([column, row]) => {
    const [ax, ay] = pixelToMap(a.geoTransform, column, row)
    const [bx, by] = pixelToMap(b.geoTransform, column, row)
    return Math.abs(ax - bx) <= tolerance * size.x && Math.abs(ay - by) <= tolerance * size.y
  })
}

/** The grid of a window of a larger grid; the window may reach beyond the edges. */
export function windowGrid(
  grid: GeoGrid,
  window: { readonly row: number; readonly column: number; readonly height: number; readonly width: number },
): GeoGrid {
  const [, xColumn, xRow, , yColumn, yRow] = grid.geoTransform
  const [x, y] = pixelToMap(grid.geoTransform, window.column, window.row)
  return { ...grid, width: window.width, height: window.height, geoTransform: [x, xColumn, xRow, y, yColumn, yRow] }
}

/**
 * Makes the conversion between longitude/latitude and a projection.
 * @param crs a PROJ string, WKT, or a code proj4 knows: `EPSG:4326`, `4269`, `3857` and all UTM zones (326nn, 327nn)
 * @throws `geo/unknown-crs` when proj4 cannot compute with it
 */
export function createProjector(crs: string): Projector {
  const converter = wgs84To(crs)
  return {
    toMap: (longitude, latitude) => pair(converter.forward([longitude, latitude])),
    toLonLat: (x, y) => pair(converter.inverse([x, y])),
  }
}

/** The conversion for a grid: by its `projection` where given, else by its `crs`. @throws `geo/no-crs`, `geo/unknown-crs` */
export function gridProjector(grid: GeoGrid): Projector {
  const crs = grid.projection ?? grid.crs
  if (crs === null)
    throw new AppError('geo/no-crs', 'The raster has no coordinate reference system, so places cannot be found on it.')
  return createProjector(crs)
}

/** Whether the map units of a projection are degrees (longitude and latitude) rather than metres. @throws `geo/unknown-crs` */
export function isGeographic(crs: string): boolean {
  try {
    return (proj4.Proj(crs) as unknown as { readonly projName?: string }).projName === 'longlat'
  } catch (cause) {
    throw unknownCrs(crs, cause)
  }
}

function wgs84To(crs: string): proj4.Converter {
  try {
    return proj4('EPSG:4326', crs)
  } catch (cause) {
    throw unknownCrs(crs, cause)
  }
}

function unknownCrs(crs: string, cause: unknown): AppError {
  return new AppError(
    'geo/unknown-crs',
    `The coordinate reference system "${crs}" is not known; give it as a PROJ string or WKT instead.`,
    { crs },
    { cause },
  )
}

function pair(position: readonly number[]): [number, number] {
  const [x, y] = position
  return [x ?? NaN, y ?? NaN]
}
