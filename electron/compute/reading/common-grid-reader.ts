import { throwIfAborted } from '../../../shared/base/abort.ts'
import {
  createProjector,
  type GeoGrid,
  gridBounds,
  gridProjector,
  mapToPixel,
  pixelSize,
  pixelToMap,
} from '../../../shared/domain/geo-grid.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { SceneAsset, SceneReader } from '../../formats/scene-collection.ts'
import type { FrameBlock, FrameRequest, PixelWindow, SequenceReader } from '../../formats/sequence-reader.ts'

type ToMap = (x: number, y: number) => [number, number]

/**
 * Shows scenes that lie on different pixel grids (several orbits, bands of several resolutions) on one: the finest of theirs,
 * extended to hold them all. Each pixel takes the value of the pixel under its middle, so that flags and classes stay what
 * they are; for measuring, the pipeline's own resampling is the better one. It owns the inner reader.
 */
export class CommonGridReader implements SequenceReader {
  /** Tells it apart where its code need not be loaded. */
  readonly isOnCommonGrid = true
  readonly info: SequenceInfo
  readonly grid: GeoGrid
  private readonly inner: SceneReader
  private readonly converters = new Map<string, ToMap | null>()

  private constructor(inner: SceneReader, grid: GeoGrid) {
    this.inner = inner
    this.grid = grid
    const { width, height, geoTransform, crs } = grid
    this.info = { ...inner.info, width, height, geoTransform: [...geoTransform], crs }
  }

  /** The reader itself where its scenes share a grid, or none of them is georeferenced; else this one. */
  static over(inner: SceneReader): SequenceReader {
    if (inner.grid) return inner
    const assets = inner.collection.scenes.flatMap((scene) => scene.assets)
    const placed = assets.filter(({ grid }) => grid.crs !== null)
    return placed.length === 0 ? inner : new CommonGridReader(inner, commonGridOf(placed))
  }

  async read({ frames, bands, window }: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    const { height, width } = window
    const area = height * width
    const values = new Float32Array(frames.length * bands.length * area).fill(NaN)
    for (const [f, frame] of frames.entries())
      for (const [b, band] of bands.entries()) {
        throwIfAborted(signal)
        const name = this.inner.collection.bands[band]
        const asset = this.inner.collection.scenes[frame]?.assets.find((candidate) => candidate.band === name)
        const start = (f * bands.length + b) * area
        if (asset && asset.grid.crs !== null)
          await this.place(asset, window, values.subarray(start, start + area), signal)
      }
    return { values, frames: frames.length, bands: bands.length, height, width }
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  /** Fills one plane [row, column] of the common grid from one file. */
  private async place(
    asset: SceneAsset,
    window: PixelWindow,
    plane: Float32Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { grid } = asset
    const toAsset = this.converter(grid)
    const rows = new Int32Array(plane.length).fill(-1)
    const columns = new Int32Array(plane.length)
    let [top, left, bottom, right] = [Infinity, Infinity, -1, -1]
    for (let r = 0; r < window.height; r++)
      for (let c = 0; c < window.width; c++) {
        const [x, y] = pixelToMap(this.grid.geoTransform, window.column + c + 0.5, window.row + r + 0.5)
        const [column, row] = mapToPixel(grid.geoTransform, ...(toAsset ? toAsset(x, y) : ([x, y] as const)))
        // Negated, so that places without a projection are left out too.
        if (!(column >= 0 && row >= 0 && column < grid.width && row < grid.height)) continue
        const index = r * window.width + c
        rows[index] = Math.floor(row)
        columns[index] = Math.floor(column)
        top = Math.min(top, Math.floor(row))
        bottom = Math.max(bottom, Math.floor(row))
        left = Math.min(left, Math.floor(column))
        right = Math.max(right, Math.floor(column))
      }
    if (bottom < 0) return
    const raster = await this.inner.openRaster(asset.path)
    const part = { row: top, column: left, height: bottom - top + 1, width: right - left + 1 }
    const found = await raster.readWindow(asset.bandIndex, part, { signal })
    for (let i = 0; i < plane.length; i++) {
      const row = rows[i] ?? -1
      if (row >= 0) plane[i] = found[(row - top) * part.width + (columns[i] ?? 0) - left] ?? NaN
    }
  }

  /** From the common projection to that of a file; null where they are the same. */
  private converter(grid: GeoGrid): ToMap | null {
    const key = projectionOf(grid)
    const known = this.converters.get(key)
    if (known !== undefined) return known
    const made = key === projectionOf(this.grid) ? null : between(this.grid, grid)
    this.converters.set(key, made)
    return made
  }
}

function projectionOf(grid: GeoGrid): string {
  return grid.projection ?? grid.crs ?? ''
}

function between(from: GeoGrid, to: GeoGrid): ToMap {
  const [source, target] = [createProjector(projectionOf(from)), gridProjector(to)]
  return (x, y) => target.toMap(...source.toLonLat(x, y))
}

/** The finest grid among the files, extended to the bounds of all. @throws `geo/unknown-crs` */
function commonGridOf(assets: readonly SceneAsset[]): GeoGrid {
  const grids = [...new Map(assets.map(({ grid }) => [JSON.stringify(grid), grid])).values()]
  const first = grids[0] as GeoGrid
  const sizeOf = (grid: GeoGrid): number => pixelSize(grid.geoTransform).x
  // Sizes are comparable within one projection only.
  const peers = grids.filter((grid) => projectionOf(grid) === projectionOf(first))
  const base = peers.reduce((finest, grid) => (sizeOf(grid) < sizeOf(finest) ? grid : finest), first)
  let [top, left, bottom, right] = [0, 0, base.height, base.width]
  for (const grid of grids) {
    const toBase = projectionOf(grid) === projectionOf(base) ? null : between(grid, base)
    const { minX, minY, maxX, maxY } = gridBounds(grid)
    for (const [x, y] of [[minX, minY] as const, [minX, maxY] as const, [maxX, minY] as const, [maxX, maxY] as const]) {
      const [column, row] = mapToPixel(base.geoTransform, ...(toBase ? toBase(x, y) : ([x, y] as const)))
      if (!Number.isFinite(column) || !Number.isFinite(row)) continue
      top = Math.min(top, Math.floor(row + tolerance))
      left = Math.min(left, Math.floor(column + tolerance))
      bottom = Math.max(bottom, Math.ceil(row - tolerance))
      right = Math.max(right, Math.ceil(column - tolerance))
    }
  }
  const [x, y] = pixelToMap(base.geoTransform, left, top)
  const [, a, b, , d, e] = base.geoTransform
  return { ...base, width: right - left, height: bottom - top, geoTransform: [x, a, b, y, d, e] }
}

/** Part of a pixel by which edges may miss each other through rounding. */
const tolerance = 1e-6
