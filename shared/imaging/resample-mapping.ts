import { type GeoGrid, gridProjector, mapToPixel, pixelToMap } from '../domain/geo-grid.ts'

/** Places on a source raster, one per place of a target lattice; NaN where the ground cannot be found on the source. */
export interface SourcePlaces {
  readonly width: number
  readonly height: number
  /** Fractional source columns, [height, width]; whole numbers are pixel corners. */
  readonly columns: Float64Array
  /** Fractional source rows, [height, width]. */
  readonly rows: Float64Array
}

/** A rectangle of lattice places on the target grid. */
export interface LatticeWindow {
  readonly row: number
  readonly column: number
  readonly height: number
  readonly width: number
}

/** Tells where the pixels of a target grid lie on a source grid (inverse mapping). */
export interface GridMapping {
  /** Whether the mapping is one affine transform, and therefore exact without a control grid. */
  readonly isAffine: boolean
  /**
   * Source pixels per target pixel along source columns and rows, near the centre of the source:
   * above 1 the target is coarser. A constant of the pair of grids, so that windows of any size agree.
   */
  readonly sourcePerTarget: { readonly x: number; readonly y: number }
  /** The source place of one target place, computed exactly; `[column, row]`, NaN where undefined. */
  exactPlace(column: number, row: number): [number, number]
  /** Source places of the target places `(column + offset, row + offset)`: offset 0.5 for pixel centres, 0 for corners. */
  places(window: LatticeWindow, offset: number): SourcePlaces
}

/** How far an approximated place may be from the exact one, in source pixels; GDAL's own default. */
export const defaultMappingTolerance = 0.125

const cellSize = 64

/**
 * Relates the pixels of `target` to places on `source`. Projections are computed on a control grid and interpolated
 * in between; a cell of it is divided until its centre and edge midpoints are within `tolerance` source pixels
 * (0 computes every pixel). Cells are fixed to the target grid, so a window gives the same places as the whole.
 * Source: the idea of GDAL's approximating transformer, on two-dimensional cells instead of scan lines.
 * @throws `geo/no-crs`, `geo/unknown-crs`, `geo/singular-transform`
 */
export function mapGrid(target: GeoGrid, source: GeoGrid, tolerance = defaultMappingTolerance): GridMapping {
  const isAffine = hasSameProjection(target, source)
  const exactPlace = isAffine ? affinePlace(target, source) : projectedPlace(target, source)
  const sourcePerTarget = localScale(target, source, exactPlace, isAffine)
  const places = (window: LatticeWindow, offset: number): SourcePlaces => {
    const result = emptyPlaces(window)
    if (isAffine || tolerance <= 0) fillExactly(result, window, offset, exactPlace)
    else fillByCells(result, window, offset, exactPlace, tolerance)
    return result
  }
  return { isAffine, sourcePerTarget, exactPlace, places }
}

/** Whether two grids use the same projection, so that only shift, scale and rotation lie between them. */
export function hasSameProjection(a: GeoGrid, b: GeoGrid): boolean {
  if (a.crs !== null && a.crs === b.crs) return true
  if (a.crs === null && b.crs === null) return (a.projection ?? null) === (b.projection ?? null)
  return a.projection != null && a.projection === b.projection
}

type ExactPlace = (column: number, row: number) => [number, number]

function affinePlace(target: GeoGrid, source: GeoGrid): ExactPlace {
  const origin = placeBetween(0, 0)
  const alongColumn = placeBetween(1, 0)
  const alongRow = placeBetween(0, 1)
  const xColumn = alongColumn[0] - origin[0]
  const xRow = alongRow[0] - origin[0]
  const yColumn = alongColumn[1] - origin[1]
  const yRow = alongRow[1] - origin[1]
  return (column, row) => [origin[0] + column * xColumn + row * xRow, origin[1] + column * yColumn + row * yRow]

  function placeBetween(column: number, row: number): [number, number] {
    const [x, y] = pixelToMap(target.geoTransform, column, row)
    return mapToPixel(source.geoTransform, x, y)
  }
}

function projectedPlace(target: GeoGrid, source: GeoGrid): ExactPlace {
  const fromTarget = gridProjector(target)
  const toSource = gridProjector(source)
  return (column, row) => {
    const [x, y] = pixelToMap(target.geoTransform, column, row)
    const [longitude, latitude] = fromTarget.toLonLat(x, y)
    // proj4 throws on coordinates that are not finite; such a place simply has no ground
    if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) return [NaN, NaN]
    const [sourceX, sourceY] = toSource.toMap(longitude, latitude)
    if (!Number.isFinite(sourceX) || !Number.isFinite(sourceY)) return [NaN, NaN]
    return mapToPixel(source.geoTransform, sourceX, sourceY)
  }
}

/** Measured at the centre of the source where it can be found on the target, else at the centre of the target. */
function localScale(
  target: GeoGrid,
  source: GeoGrid,
  exactPlace: ExactPlace,
  isAffine: boolean,
): { readonly x: number; readonly y: number } {
  let [column, row] = [target.width / 2, target.height / 2]
  if (!isAffine) {
    const back = projectedPlace(source, target)(source.width / 2, source.height / 2)
    if (Number.isFinite(back[0]) && Number.isFinite(back[1])) [column, row] = back
  }
  const [left, right] = [exactPlace(column - 0.5, row), exactPlace(column + 0.5, row)]
  const [above, below] = [exactPlace(column, row - 0.5), exactPlace(column, row + 0.5)]
  const x = Math.hypot(right[0] - left[0], below[0] - above[0])
  const y = Math.hypot(right[1] - left[1], below[1] - above[1])
  return { x: Number.isFinite(x) && x > 0 ? x : 1, y: Number.isFinite(y) && y > 0 ? y : 1 }
}

function emptyPlaces(window: LatticeWindow): SourcePlaces {
  const size = window.height * window.width
  return {
    width: window.width,
    height: window.height,
    columns: new Float64Array(size).fill(NaN),
    rows: new Float64Array(size).fill(NaN),
  }
}

function fillExactly(places: SourcePlaces, window: LatticeWindow, offset: number, exactPlace: ExactPlace): void {
  for (let r = 0; r < window.height; r++)
    for (let c = 0; c < window.width; c++) {
      const [column, row] = exactPlace(window.column + c + offset, window.row + r + offset)
      places.columns[r * window.width + c] = column
      places.rows[r * window.width + c] = row
    }
}

function fillByCells(
  places: SourcePlaces,
  window: LatticeWindow,
  offset: number,
  exactPlace: ExactPlace,
  tolerance: number,
): void {
  const firstRow = Math.floor((window.row + offset) / cellSize) * cellSize
  const firstColumn = Math.floor((window.column + offset) / cellSize) * cellSize
  for (let row = firstRow; row < window.row + window.height + offset; row += cellSize)
    for (let column = firstColumn; column < window.column + window.width + offset; column += cellSize)
      fillCell(row, column, cellSize)

  /** Fills the wanted places p with row <= p < row + size (and likewise for columns), dividing where needed. */
  function fillCell(row: number, column: number, size: number): void {
    const rowFrom = Math.max(0, Math.ceil(row - offset - window.row))
    const rowTo = Math.min(window.height, Math.ceil(row + size - offset - window.row))
    const columnFrom = Math.max(0, Math.ceil(column - offset - window.column))
    const columnTo = Math.min(window.width, Math.ceil(column + size - offset - window.column))
    if (rowFrom >= rowTo || columnFrom >= columnTo) return
    if (size <= 1) {
      for (let r = rowFrom; r < rowTo; r++)
        for (let c = columnFrom; c < columnTo; c++) {
          const [x, y] = exactPlace(window.column + c + offset, window.row + r + offset)
          places.columns[r * window.width + c] = x
          places.rows[r * window.width + c] = y
        }
      return
    }
    const corners = [
      exactPlace(column, row),
      exactPlace(column + size, row),
      exactPlace(column, row + size),
      exactPlace(column + size, row + size),
    ] as const
    if (!isCellFlat(row, column, size, corners)) {
      const half = size / 2
      fillCell(row, column, half)
      fillCell(row, column + half, half)
      fillCell(row + half, column, half)
      fillCell(row + half, column + half, half)
      return
    }
    interpolateCell(corners, row, column, size, rowFrom, rowTo, columnFrom, columnTo)
  }

  function interpolateCell(
    [topLeft, topRight, bottomLeft, bottomRight]: Corners,
    row: number,
    column: number,
    size: number,
    rowFrom: number,
    rowTo: number,
    columnFrom: number,
    columnTo: number,
  ): void {
    for (let r = rowFrom; r < rowTo; r++) {
      const v = (window.row + r + offset - row) / size
      const leftX = topLeft[0] * (1 - v) + bottomLeft[0] * v
      const rightX = topRight[0] * (1 - v) + bottomRight[0] * v
      const leftY = topLeft[1] * (1 - v) + bottomLeft[1] * v
      const rightY = topRight[1] * (1 - v) + bottomRight[1] * v
      const line = r * window.width
      for (let c = columnFrom; c < columnTo; c++) {
        const u = (window.column + c + offset - column) / size
        places.columns[line + c] = leftX + u * (rightX - leftX)
        places.rows[line + c] = leftY + u * (rightY - leftY)
      }
    }
  }

  function isCellFlat(row: number, column: number, size: number, corners: Corners): boolean {
    for (const [u, v] of checkPoints) {
      const [x, y] = exactPlace(column + u * size, row + v * size)
      const error = Math.max(Math.abs(x - between(corners, 0, u, v)), Math.abs(y - between(corners, 1, u, v)))
      // NaN compares false: a cell with undefined places is divided until each place stands for itself
      if (!(error <= tolerance)) return false
    }
    return true
  }
}

type Corners = readonly [[number, number], [number, number], [number, number], [number, number]]

const checkPoints = [
  [0.5, 0.5],
  [0.5, 0],
  [0.5, 1],
  [0, 0.5],
  [1, 0.5],
] as const

function between(corners: Corners, axis: 0 | 1, u: number, v: number): number {
  const top = corners[0][axis] * (1 - u) + corners[1][axis] * u
  const bottom = corners[2][axis] * (1 - u) + corners[3][axis] * u
  return top * (1 - v) + bottom * v
}
