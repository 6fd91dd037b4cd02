import { throwIfAborted } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { isSameGrid, type GeoGrid } from '../../shared/domain/geo-grid.ts'
import type { SampleType, SequenceInfo } from '../../shared/domain/sequence.ts'
import { BlockCache } from './geotiff/block-cache.ts'
import { checkWindow } from './check-window.ts'
import type { Raster } from './raster.ts'
import type { SceneAsset, SceneCollection, SceneReader } from './scene-collection.ts'
import type { FrameBlock, FramePart, FrameRequest, StoredPart } from './sequence-reader.ts'

/** Opens one file of a collection; decoded blocks go into the cache that all files of a sequence share. */
export type OpenRaster = (path: string, cache: BlockCache) => Promise<Raster>

// Far below what systems allow, so that several sequences can be open at once.
const maximumOpenFiles = 64

/** Makes a reader of scenes; files are opened when they are first read, and the least used give back their file handles. */
export function createSceneReader(info: SequenceInfo, collection: SceneCollection, open: OpenRaster): SceneReader {
  return new SceneSequenceReader(info, collection, open)
}

/** The grid that all assets of a collection share, or null. */
export function commonGrid(collection: SceneCollection): GeoGrid | null {
  const assets = collection.scenes.flatMap((scene) => scene.assets)
  const first = assets[0]?.grid
  if (!first) return null
  return assets.every(({ grid }) => grid === first || isSameGrid(first, grid)) ? first : null
}

/** One type that holds the values of all: the same where they agree, else floating point. */
export function commonSampleType(types: readonly SampleType[]): SampleType {
  const distinct = new Set(types)
  const [first = 'uint8'] = types
  if (distinct.size <= 1) return first
  return types.some((type) => type.endsWith('64') || type.endsWith('32')) && !distinct.has('float32')
    ? 'float64'
    : 'float32'
}

interface WantedAsset {
  readonly asset: SceneAsset
  /** Index of the frame-and-band plane in the block. */
  readonly slot: number
}

class SceneSequenceReader implements SceneReader {
  readonly info: SequenceInfo
  readonly collection: SceneCollection
  readonly grid: GeoGrid | null
  private readonly open: OpenRaster
  private readonly cache = new BlockCache()
  private readonly opened = new Map<string, Promise<Raster>>()
  /** Those that hold a file of the system, the least used first. */
  private readonly awake = new Map<string, Promise<Raster>>()
  private isClosed = false

  constructor(info: SequenceInfo, collection: SceneCollection, open: OpenRaster) {
    this.info = info
    this.collection = collection
    this.grid = commonGrid(collection)
    this.open = open
  }

  async read(request: FrameRequest, signal?: AbortSignal): Promise<FrameBlock> {
    throwIfAborted(signal)
    const { frames, bands, window } = request
    const { wanted, grid } = this.locate(request)
    checkWindow(window, grid.width, grid.height, this.info.name)
    const area = window.width * window.height
    const values = new Float32Array(frames.length * bands.length * area).fill(NaN)
    for (const [path, assets] of wanted) {
      throwIfAborted(signal)
      const raster = await this.openRaster(path)
      const indices = assets.map(({ asset }) => asset.bandIndex)
      const block = await raster.readBands(indices, window, { signal })
      assets.forEach(({ slot }, i) => values.set(block.subarray(i * area, (i + 1) * area), slot * area))
    }
    return { values, frames: frames.length, bands: bands.length, height: window.height, width: window.width }
  }

  async readStored({ frame, bands, window }: FramePart, signal?: AbortSignal): Promise<StoredPart | null> {
    throwIfAborted(signal)
    const { wanted, grid } = this.locate({ frames: [frame], bands, window })
    checkWindow(window, grid.width, grid.height, this.info.name)
    const [[path, assets] = ['', []], ...others] = wanted
    if (others.length > 0 || assets.length !== bands.length) return null
    const raster = await this.openRaster(path)
    const indices = assets.map(({ asset }) => asset.bandIndex)
    return (await raster.readStored?.(indices, window, { signal })) ?? null
  }

  async openRaster(path: string): Promise<Raster> {
    if (this.isClosed)
      throw new AppError('sequence/closed', `"${this.info.name}" was closed, so it cannot be read any more.`)
    let opening = this.opened.get(path)
    if (!opening) {
      opening = this.open(path, this.cache)
      this.opened.set(path, opening)
      // A file that cannot be opened is tried again next time.
      opening.catch(() => this.opened.delete(path))
    }
    // A map lists its keys by insertion, so the least used file comes first.
    this.awake.delete(path)
    this.awake.set(path, opening)
    await this.restOldest()
    return opening
  }

  async close(): Promise<void> {
    this.isClosed = true
    const rasters = [...this.opened.values()]
    this.opened.clear()
    this.awake.clear()
    for (const raster of await Promise.allSettled(rasters))
      if (raster.status === 'fulfilled') await raster.value.close()
  }

  private async restOldest(): Promise<void> {
    for (const [path, raster] of this.awake) {
      if (this.awake.size <= maximumOpenFiles) return
      this.awake.delete(path)
      await (await raster).rest()
    }
  }

  /** The files to read, each with its planes, and the grid they share. @throws `geotiff/grids-differ`, `sequence/no-frame` */
  private locate({ frames, bands }: FrameRequest): { wanted: Map<string, WantedAsset[]>; grid: GeoGrid } {
    const wanted = new Map<string, WantedAsset[]>()
    let grid: GeoGrid | null = this.grid
    frames.forEach((frame, i) => {
      const scene = this.collection.scenes[frame]
      if (!scene) throw outside('frame', frame, this.collection.scenes.length, this.info.name)
      bands.forEach((band, j) => {
        const name = this.collection.bands[band]
        if (name === undefined) throw outside('band', band, this.collection.bands.length, this.info.name)
        const asset = scene.assets.find((candidate) => candidate.band === name)
        if (!asset) return
        grid ??= asset.grid
        if (this.grid === null && grid !== asset.grid && !isSameGrid(grid, asset.grid)) throw this.differing()
        const list = wanted.get(asset.path) ?? []
        list.push({ asset, slot: i * bands.length + j })
        wanted.set(asset.path, list)
      })
    })
    // Nothing but missing bands: any window of the described size reads as NaN.
    const { width, height } = this.info
    return { wanted, grid: grid ?? { width, height, geoTransform: [0, 1, 0, 0, 0, 1], crs: null } }
  }

  private differing(): AppError {
    return new AppError(
      'geotiff/grids-differ',
      `The scenes of "${this.info.name}" lie on different pixel grids; put them on one grid (regularise) before reading several together.`,
      { id: this.info.id },
    )
  }
}

function outside(what: string, index: number, count: number, name: string): AppError {
  return new AppError('sequence/no-frame', `"${name}" has ${count} ${what}s, so ${what} ${index + 1} cannot be read.`, {
    index,
    count,
  })
}
