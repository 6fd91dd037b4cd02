import proj4 from 'proj4'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import { type GeoGrid, gridProjector, isGeographic, pixelToMap } from '../../../shared/domain/geo-grid.ts'

/** True ground area of the pixel at a column and row, in square metres. */
export type PixelArea = (column: number, row: number) => number

/** Square metres in a hectare. */
export const squareMetresPerHectare = 10_000

/** WGS 84. */
const semiMajorAxis = 6_378_137
const flattening = 1 / 298.257223563
const eccentricity = Math.sqrt(flattening * (2 - flattening))

/** Projections that keep areas, by their PROJ name: map area is ground area. */
const equalArea = new Set(['sinu', 'aea', 'laea', 'leac', 'cea', 'moll', 'eck4', 'eck6', 'igh', 'goode', 'hammer', 'eqearth', 'gall_eq']) // prettier-ignore
/** Edge of the squares, in pixels, within which the area of a pixel counts as constant for other projections. */
const cellEdge = 8

/**
 * Gives the function for the true area of a grid's pixels.
 * Equal-area projections (the MODIS sinusoidal one too): the area of the geotransform, on the projection's own globe.
 * Longitude and latitude, upright: exact, on the WGS 84 ellipsoid, row by row. Anything else (UTM, Mercator): the area on
 * the ellipsoid of squares of 8 x 8 pixels, so that the scale error of the projection is taken out.
 * @throws `geo/no-crs`, `geo/unknown-crs`, `geo/no-area` where the projection is not defined at a pixel
 * Source: Snyder 1987, Map Projections, equation 3-12 (authalic latitude).
 */
export function createPixelArea(grid: GeoGrid): PixelArea {
  const [, xColumn, xRow, , yColumn, yRow] = grid.geoTransform
  const crs = grid.projection ?? grid.crs
  if (crs === null) {
    gridProjector(grid) // throws the error for a missing projection
    return () => NaN
  }
  const isUpright = xRow === 0 && yColumn === 0
  const projection = proj4.Proj(crs) as unknown as { readonly projName?: string; readonly to_meter?: number }
  if (equalArea.has((projection.projName ?? '').toLowerCase())) {
    const area = Math.abs(xColumn * yRow - xRow * yColumn) * (projection.to_meter ?? 1) ** 2
    return () => area
  }
  return isGeographic(crs) && isUpright ? geographicArea(grid) : cellArea(grid)
}

/** q of Snyder 3-12: the area between the equator and a latitude, in units of a²/2 per radian of longitude. */
function authalicHeight(latitudeDegrees: number): number {
  const sine = Math.sin((latitudeDegrees * Math.PI) / 180)
  const es = eccentricity * sine
  return (1 - eccentricity ** 2) * (sine / (1 - es * es) + Math.atanh(es) / eccentricity)
}

function geographicArea(grid: GeoGrid): PixelArea {
  const [, xColumn, , y0, , yRow] = grid.geoTransform
  const strip = (semiMajorAxis ** 2 / 2) * ((Math.abs(xColumn) * Math.PI) / 180)
  const areas = Float64Array.from({ length: grid.height }, (_, row) =>
    Math.abs(strip * (authalicHeight(y0 + (row + 1) * yRow) - authalicHeight(y0 + row * yRow))),
  )
  return (_, row) => areas[row] ?? NaN
}

function cellArea(grid: GeoGrid): PixelArea {
  const projector = gridProjector(grid)
  /** A corner on the equal-area cylinder, in metres. */
  const corner = (column: number, row: number): [number, number] => {
    const [longitude, latitude] = projector.toLonLat(...pixelToMap(grid.geoTransform, column, row))
    return [(semiMajorAxis * longitude * Math.PI) / 180, (semiMajorAxis / 2) * authalicHeight(latitude)]
  }
  const cells = new Map<number, Float64Array>()
  const cellColumns = Math.ceil(grid.width / cellEdge)
  const computeRow = (cellRow: number): Float64Array =>
    Float64Array.from({ length: cellColumns }, (_, cellColumn) => {
      const [left, top] = [cellColumn * cellEdge, cellRow * cellEdge]
      const [right, bottom] = [left + cellEdge, top + cellEdge]
      const area = polygonArea([corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)])
      if (area > 0) return area / cellEdge ** 2
      throw new AppError(
        'geo/no-area',
        `The projection of the raster gives the pixel at column ${left}, row ${top} no area.`,
        {
          column: left,
          row: top,
        },
      )
    })
  return (column, row) => {
    const cellRow = Math.floor(row / cellEdge)
    const found = cells.get(cellRow) ?? computeRow(cellRow)
    cells.set(cellRow, found)
    return defined(found[Math.floor(column / cellEdge)], 'pixels lie within the grid')
  }
}

function polygonArea(corners: readonly (readonly [number, number])[]): number {
  const [originX, originY] = corners[0] ?? [NaN, NaN]
  const doubled = corners.reduce((sum, [x1, y1], i) => {
    const [x2, y2] = corners[(i + 1) % corners.length] ?? [NaN, NaN]
    return sum + (x1 - originX) * (y2 - originY) - (x2 - originX) * (y1 - originY)
  }, 0)
  return Math.abs(doubled) / 2
}
