import type { GeoGrid } from '../../shared/domain/geo-grid.ts'
import type { SampleType } from '../../shared/domain/sequence.ts'
import type { Raster } from './raster.ts'
import type { SequenceReader } from './sequence-reader.ts'

/** Where the pixels of one band at one time lie. */
export interface SceneAsset {
  /** Band name in the sequence (`B4`, `red`). */
  readonly band: string
  readonly path: string
  /** Which band of the file, from 0. */
  readonly bandIndex: number
  /** The asset's own grid; assets of one sequence may lie on different grids. */
  readonly grid: GeoGrid
  readonly dtype: SampleType
}

/** What was acquired at one time (and, for scenes in rows and paths, at one place). */
export interface Scene {
  /** Unique in the collection: the product's own identifier where the names carry one, else the date. */
  readonly id: string
  /** ISO date or date-time; null when the files carry none. */
  readonly date: string | null
  /** At most one per band; a band that is missing here reads as NaN. */
  readonly assets: readonly SceneAsset[]
}

/** Scenes in ascending order of time, on whatever grids they came; two scenes may share a date. */
export interface SceneCollection {
  readonly bands: readonly string[]
  readonly scenes: readonly Scene[]
}

/**
 * A sequence made of raster files. `read` works where all requested frames and bands lie on one grid
 * (`geotiff/grids-differ` otherwise: put the scenes on a common grid first); `collection` and `openRaster`
 * give each scene on its own grid.
 */
export interface SceneReader extends SequenceReader {
  readonly collection: SceneCollection
  /** The grid that all frames and bands share; null when they differ. */
  readonly grid: GeoGrid | null
  /** Opens a file of the collection; opened files are shared and closed with the reader, so never close them. */
  openRaster(path: string): Promise<Raster>
}

/** Whether a reader gives access to its scenes one by one. */
export function isSceneReader(reader: SequenceReader): reader is SceneReader {
  return 'collection' in reader && 'openRaster' in reader
}
