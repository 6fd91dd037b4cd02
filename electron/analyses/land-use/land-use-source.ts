import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { openSequence } from '../../formats/open-sequences.ts'
import type { GeoKeyTags } from '../../formats/geotiff/geo-reference.ts'
import type { Raster } from '../../formats/raster.ts'
import { isSceneReader } from '../../formats/scene-collection.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'
import { buildPipeline, type SatellitePipeline } from '../satellite/pipeline.ts'

/** A satellite time series made ready: pipeline applied, on one grid. Close the reader when done. */
export interface LandUseSource {
  readonly reader: SequenceReader
  readonly grid: GeoGrid
  readonly pipeline: SatellitePipeline
  /** CRS tags of the source files, where the grid has the same projection. */
  readonly geoKeys: GeoKeyTags | null
}

/**
 * Opens a satellite time series and applies a pipeline to it.
 * @throws `land-use/not-georeferenced`, and the codes of the readers and of the pipeline
 */
export async function openLandUseSource(
  path: string,
  pipeline: SatellitePipeline,
  sequenceId?: string,
): Promise<LandUseSource> {
  const source = await openSequence([path], sequenceId)
  const built = await buildPipeline(source, pipeline)
  const { info } = built.reader
  if (info.geoTransform === null || info.crs === null) {
    await built.reader.close()
    throw new AppError(
      'land-use/not-georeferenced',
      `"${info.name}" has no map projection, so labels and areas cannot be placed; give GeoTIFF files with a projection.`,
      { sequence: info.id },
    )
  }
  const grid: GeoGrid = { width: info.width, height: info.height, geoTransform: info.geoTransform, crs: info.crs }
  return { reader: built.reader, grid, pipeline: built.applied, geoKeys: await geoKeysOf(source, info.crs) }
}

/** The folder a path lies in or is. */
export async function folderOf(path: string): Promise<string> {
  const isFolder = await stat(path)
    .then((s) => s.isDirectory())
    .catch(() => true)
  return isFolder ? path : join(path, '..')
}

/** The first file's CRS tags, to be repeated exactly in maps of the same projection. */
async function geoKeysOf(source: SequenceReader, crs: string): Promise<GeoKeyTags | null> {
  const asset = isSceneReader(source) ? source.collection.scenes[0]?.assets[0] : undefined
  if (!asset || !isSceneReader(source) || asset.grid.crs !== crs) return null
  const raster: Raster & { readonly geoKeys?: GeoKeyTags | null } = await source.openRaster(asset.path)
  return raster.geoKeys ?? null
}
