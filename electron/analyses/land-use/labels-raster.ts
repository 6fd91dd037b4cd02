import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { SeededRandom } from '../../../shared/base/seeded-random.ts'
import { type GeoGrid, gridProjector, isSameGrid, mapToPixel, pixelToMap } from '../../../shared/domain/geo-grid.ts'
import type { Raster } from '../../formats/raster.ts'
import type { PixelWindow } from '../../formats/sequence-reader.ts'
import type { LabelCandidate } from './label-candidate.ts'
import { windowsOf } from './windows.ts'

/** How to take labels from a raster whose pixel values are classes. */
export interface RasterLabelOptions {
  readonly source: string
  /**
   * Class names by pixel value; null takes the file's own, and then a value without a name means "no label". A value that
   * is not listed is named by its number.
   */
  readonly classNames: ReadonlyMap<number, string> | null
  /** Further pixel values that mean "no label", beside nodata. */
  readonly ignore: ReadonlySet<number>
  /** Interval the classes are true for, as day numbers; null leaves it to the check of labels. */
  readonly interval: { readonly from: number; readonly to: number } | null
  /** At most this many pixels of each class are kept, drawn evenly over the raster, so that memory stays bounded. */
  readonly maxPerClass: number
  readonly seed: number
  readonly signal?: AbortSignal
}

/** Pixels of one class kept so far, and how many were seen. */
interface Reservoir {
  readonly kept: { column: number; row: number }[]
  seen: number
}

/**
 * Draws labelled pixels from a class raster: every pixel of the sequence takes the class of the raster pixel that holds
 * its centre. Reads by window; of each class at most `maxPerClass` pixels stay, each pixel with the same chance.
 * @param grid    grid of the sequence that will be classified
 * @param raster  one band with whole numbers, on any grid
 * @throws `labels/not-class-raster`, `labels/no-samples`
 * Source of the drawing: Vitter 1985, algorithm R.
 */
export async function readRasterLabels(
  raster: Raster,
  grid: GeoGrid,
  options: RasterLabelOptions,
): Promise<LabelCandidate[]> {
  if (raster.bands.length !== 1)
    throw new AppError(
      'labels/not-class-raster',
      `"${options.source}" has ${raster.bands.length} bands; a class raster has one.`,
      { source: options.source, bands: raster.bands.length },
    )
  const nameOf = classNamer(raster, options)
  const random = new SeededRandom(options.seed).fork('labels/raster')
  const reservoirs = new Map<number, Reservoir>()
  const toRaster = rasterFinder(grid, raster.grid)
  for (const window of windowsOf(grid.width, grid.height, 512 * 512)) {
    throwIfAborted(options.signal)
    for (const { column, row, value } of await readWindow(raster, window, toRaster, options)) {
      if (nameOf(value) === null) continue
      const reservoir = reservoirs.get(value) ?? { kept: [], seen: 0 }
      reservoirs.set(value, reservoir)
      const slot =
        reservoir.kept.length < options.maxPerClass ? reservoir.kept.length : random.integer(reservoir.seen + 1)
      if (slot < options.maxPerClass) reservoir.kept[slot] = { column, row }
      reservoir.seen++
    }
  }
  if (reservoirs.size === 0)
    throw new AppError(
      'labels/no-samples',
      `"${options.source}" has no class at any pixel of the sequence; check its projection and place.`,
      { source: options.source },
    )
  return [...reservoirs]
    .sort(([a], [b]) => a - b)
    .flatMap(([value, { kept }]) => toCandidates(nameOf(value) ?? '', kept, options))
}

/** The class of a pixel value; null where the value means "no label". */
function classNamer(raster: Raster, { classNames, ignore }: RasterLabelOptions): (value: number) => string | null {
  const own = classNames === null ? raster.classNames : null
  return (value) => {
    if (ignore.has(value)) return null
    return own === null ? (classNames?.get(value) ?? String(value)) : (own[value] ?? null)
  }
}

function toCandidates(
  label: string,
  pixels: readonly { column: number; row: number }[],
  options: RasterLabelOptions,
): LabelCandidate[] {
  const common = {
    place: null,
    from: options.interval?.from ?? null,
    to: options.interval?.to ?? null,
    label,
    group: null,
    subset: null,
  }
  return pixels
    .toSorted((a, b) => a.row - b.row || a.column - b.column)
    .map(({ column, row }) => ({ ...common, id: `${options.source}@${column},${row}`, column, row }))
}

/** From a pixel of the sequence to the [column, row] of the class raster that holds its centre. */
function rasterFinder(grid: GeoGrid, rasterGrid: GeoGrid): (column: number, row: number) => [number, number] {
  if (isSameGrid(grid, rasterGrid)) return (column, row) => [column, row]
  const from = gridProjector(grid)
  const to = gridProjector(rasterGrid)
  return (column, row) => {
    const [longitude, latitude] = from.toLonLat(...pixelToMap(grid.geoTransform, column + 0.5, row + 0.5))
    const [x, y] = mapToPixel(rasterGrid.geoTransform, ...to.toMap(longitude, latitude))
    return [Math.floor(x), Math.floor(y)]
  }
}

/** Class values for the pixels of one window of the sequence. */
async function readWindow(
  raster: Raster,
  window: PixelWindow,
  toRaster: (column: number, row: number) => [number, number],
  options: RasterLabelOptions,
): Promise<{ column: number; row: number; value: number }[]> {
  const { width, height } = raster.grid
  const wanted: { column: number; row: number; x: number; y: number }[] = []
  for (let row = window.row; row < window.row + window.height; row++)
    for (let column = window.column; column < window.column + window.width; column++) {
      const [x, y] = toRaster(column, row)
      if (x >= 0 && y >= 0 && x < width && y < height) wanted.push({ column, row, x, y })
    }
  if (wanted.length === 0) return []
  const bound = (pick: (place: { x: number; y: number }) => number): [number, number] =>
    wanted.reduce(
      ([low, high], place) => [Math.min(low, pick(place)), Math.max(high, pick(place))],
      [Infinity, -Infinity],
    )
  const [left, right] = bound(({ x }) => x)
  const [top, bottom] = bound(({ y }) => y)
  const area = { row: top, column: left, height: bottom - top + 1, width: right - left + 1 }
  const values = await raster.readWindow(0, area, { signal: options.signal })
  return wanted
    .map(({ column, row, x, y }) => ({ column, row, value: values[(y - top) * area.width + (x - left)] ?? NaN }))
    .filter(({ value }) => isClass(value, options))
}

function isClass(value: number, options: RasterLabelOptions): boolean {
  if (Number.isNaN(value)) return false
  if (Number.isInteger(value)) return true
  throw new AppError(
    'labels/not-class-raster',
    `"${options.source}" holds the value ${value}; a class raster holds whole numbers.`,
    { source: options.source, value },
  )
}
