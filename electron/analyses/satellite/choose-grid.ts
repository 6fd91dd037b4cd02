import { AppError } from '../../../shared/base/app-error.ts'
import {
  createProjector,
  type GeoGrid,
  gridBounds,
  gridProjector,
  type MapBounds,
  pixelSize,
  pixelToMap,
  type Projector,
} from '../../../shared/domain/geo-grid.ts'
import { hasSameProjection } from '../../../shared/imaging/resample-mapping.ts'

/** How a common grid is chosen. */
export interface GridChoice {
  /** Projection of the result; null takes the one most grids have. */
  readonly crs: string | null
  /** Size of a pixel in units of the projection, or the finest or coarsest of the grids. */
  readonly resolution: 'finest' | 'coarsest' | number
  /** The ground of all grids together, the ground they share, or map units of the projection. */
  readonly extent: 'union' | 'intersection' | readonly [minX: number, minY: number, maxX: number, maxY: number]
}

const mostPixels = 2 ** 40

/**
 * The grid on which rasters of different footprint, resolution and projection are to meet. Where the projection and the
 * resolution are those of one of the grids, its pixels are kept in place, so that this raster is not resampled at all.
 * @throws `satellite/no-grid` without a grid, `satellite/no-overlap` when the intersection is empty,
 * `satellite/grid-too-large`, `geo/no-crs`, `geo/unknown-crs`
 */
export function chooseGrid(grids: readonly GeoGrid[], choice: GridChoice): GeoGrid {
  const first = grids[0]
  if (first === undefined)
    throw new AppError('satellite/no-grid', 'There is no raster with a place on the Earth to make a common grid from.')
  const frame = projectionOf(grids, choice.crs)
  const inFrame = grids.map((grid) => describeIn(grid, frame))
  const reference = referenceGrid(inFrame, choice.resolution)
  const step = typeof choice.resolution === 'number' ? { x: choice.resolution, y: choice.resolution } : reference.step
  const bounds = boundsOf(inFrame, choice.extent)
  const isAligned = reference.origin !== null && isClose(step.x, reference.step.x) && isClose(step.y, reference.step.y)
  const origin = isAligned && reference.origin !== null ? reference.origin : ([0, 0] as const)
  const column = Math.floor((bounds.minX - origin[0]) / step.x + 1e-6)
  const row = Math.floor((origin[1] - bounds.maxY) / step.y + 1e-6)
  const x0 = origin[0] + column * step.x
  const y0 = origin[1] - row * step.y
  const width = Math.max(1, Math.ceil((bounds.maxX - x0) / step.x - 1e-6))
  const height = Math.max(1, Math.ceil((y0 - bounds.minY) / step.y - 1e-6))
  if (!(width * height <= mostPixels))
    throw new AppError(
      'satellite/grid-too-large',
      `The common grid would have ${width} x ${height} pixels; choose a coarser resolution or a smaller extent.`,
      { width, height, step: [step.x, step.y] },
    )
  return { ...frame, width, height, geoTransform: [x0, step.x, 0, y0, 0, -step.y] }
}

type Projection = Pick<GeoGrid, 'crs' | 'projection'>

interface GridInFrame {
  readonly bounds: MapBounds
  readonly step: { readonly x: number; readonly y: number }
  /** A corner of its pixels, where the grid is upright in the common projection; else null. */
  readonly origin: readonly [number, number] | null
}

function projectionOf(grids: readonly GeoGrid[], crs: string | null): Projection {
  const known = grids.find((grid) => crs !== null && (grid.crs === crs || grid.projection === crs))
  if (known) return { crs: known.crs, projection: known.projection ?? null }
  if (crs !== null) {
    createProjector(crs)
    return { crs, projection: null }
  }
  let best = grids[0] as GeoGrid
  let bestCount = 0
  for (const grid of grids) {
    const count = grids.filter((other) => hasSameProjection(grid, other)).length
    if (count > bestCount) [best, bestCount] = [grid, count]
  }
  return { crs: best.crs, projection: best.projection ?? null }
}

/** Footprint and pixel size of a grid in the units of the common projection. */
function describeIn(grid: GeoGrid, frame: Projection): GridInFrame {
  if (hasSameProjection(grid, { ...grid, ...frame })) {
    const [x0, , xRow, y0, yColumn, yRow] = grid.geoTransform
    const isUpright = xRow === 0 && yColumn === 0 && yRow < 0 && grid.geoTransform[1] > 0
    return { bounds: gridBounds(grid), step: pixelSize(grid.geoTransform), origin: isUpright ? [x0, y0] : null }
  }
  const from = gridProjector(grid)
  const to = gridProjector({ ...grid, ...frame })
  return { bounds: projectedBounds(grid, from, to), step: projectedStep(grid, from, to), origin: null }
}

const pointsPerEdge = 21

/** Footprint by points along the edges and across, since the extreme need not lie at a corner. */
function projectedBounds(grid: GeoGrid, from: Projector, to: Projector): MapBounds {
  const bounds = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity }
  for (let i = 0; i < pointsPerEdge; i++)
    for (let j = 0; j < pointsPerEdge; j++) {
      const share = 1 / (pointsPerEdge - 1)
      const [x, y] = reproject(grid, from, to, i * share * grid.width, j * share * grid.height)
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue
      bounds.minX = Math.min(bounds.minX, x)
      bounds.minY = Math.min(bounds.minY, y)
      bounds.maxX = Math.max(bounds.maxX, x)
      bounds.maxY = Math.max(bounds.maxY, y)
    }
  return bounds
}

/** Sides of a square (or, between degrees and metres, of a rectangle) with the ground area of the centre pixel. */
function projectedStep(grid: GeoGrid, from: Projector, to: Projector): { readonly x: number; readonly y: number } {
  const [column, row] = [grid.width / 2, grid.height / 2]
  const centre = reproject(grid, from, to, column, row)
  const right = reproject(grid, from, to, column + 1, row)
  const below = reproject(grid, from, to, column, row + 1)
  const [ax, ay] = [right[0] - centre[0], right[1] - centre[1]]
  const [bx, by] = [below[0] - centre[0], below[1] - centre[1]]
  const area = Math.abs(ax * by - ay * bx)
  const side = Math.sqrt(area)
  return { x: side, y: side }
}

function reproject(grid: GeoGrid, from: Projector, to: Projector, column: number, row: number): [number, number] {
  const [x, y] = pixelToMap(grid.geoTransform, column, row)
  const [longitude, latitude] = from.toLonLat(x, y)
  if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) return [NaN, NaN]
  return to.toMap(longitude, latitude)
}

function referenceGrid(grids: readonly GridInFrame[], resolution: GridChoice['resolution']): GridInFrame {
  const area = (grid: GridInFrame): number => grid.step.x * grid.step.y
  const target = typeof resolution === 'number' ? resolution * resolution : null
  const badness = (grid: GridInFrame): number =>
    target !== null ? Math.abs(area(grid) - target) : resolution === 'coarsest' ? -area(grid) : area(grid)
  const best = grids.reduce((least, grid) => (badness(grid) < badness(least) ? grid : least))
  // a reprojected pixel of the same size comes out a little smaller or larger; a grid that can stay in place goes first
  const isAlike = (grid: GridInFrame): boolean => grid.origin !== null && Math.abs(area(grid) / area(best) - 1) < 0.02
  return best.origin === null ? (grids.find(isAlike) ?? best) : best
}

function boundsOf(grids: readonly GridInFrame[], extent: GridChoice['extent']): MapBounds {
  if (typeof extent !== 'string') {
    const [minX, minY, maxX, maxY] = extent
    if (minX < maxX && minY < maxY) return { minX, minY, maxX, maxY }
    throw new AppError('satellite/no-overlap', 'The extent asked for is empty: give minX, minY, maxX, maxY.', {
      extent: [...extent],
    })
  }
  const pick = extent === 'union' ? [Math.min, Math.max] : [Math.max, Math.min]
  const [low, high] = pick as [typeof Math.min, typeof Math.max]
  const bounds = {
    minX: low(...grids.map((grid) => grid.bounds.minX)),
    minY: low(...grids.map((grid) => grid.bounds.minY)),
    maxX: high(...grids.map((grid) => grid.bounds.maxX)),
    maxY: high(...grids.map((grid) => grid.bounds.maxY)),
  }
  if (bounds.minX < bounds.maxX && bounds.minY < bounds.maxY) return bounds
  throw new AppError(
    'satellite/no-overlap',
    'There is no ground that all scenes show; take the union of their footprints or leave out the scenes that lie apart.',
    { extent },
  )
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(a, b)
}
