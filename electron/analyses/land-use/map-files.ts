import { join } from 'node:path'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { classColours } from '../../../shared/imaging/class-colours.ts'
import { toWriteError, writeTextAtomically } from '../../formats/atomic-file.ts'
import type { GeoKeyTags } from '../../formats/geotiff/geo-reference.ts'
import { type GeoTiffWriter, createGeoTiff } from '../../formats/geotiff/write-geotiff.ts'
import type { Raster } from '../../formats/raster.ts'
import { type ClassMap, changeCsv, summaryCsv } from './change.ts'
import type { PredictMapsResult, SeasonWriter } from './predict-maps.ts'
import type { Season } from './seasons.ts'
import { makeFolder } from '../../store/make-folder.ts'

/** How the files of a prediction are written. */
export interface MapFileOptions {
  /** Made when it does not exist. */
  readonly folder: string
  /** Grid of the input; the maps have the same. */
  readonly grid: GeoGrid
  readonly classes: readonly string[]
  /** The input's CRS tags, repeated exactly; null makes them from the grid. */
  readonly geoKeys?: GeoKeyTags | null
  /** Items for GDAL's metadata (model, version). */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Names of the files of one season within the folder. */
export function mapFileNames(
  season: Pick<Season, 'label'>,
): Readonly<Record<'classes' | 'probabilities' | 'entropy', string>> {
  const { label } = season
  return {
    classes: `classes-${label}.tif`,
    probabilities: `probabilities-${label}.tif`,
    entropy: `entropy-${label}.tif`,
  }
}

/**
 * Gives the function that starts the GeoTIFF files of a season: classes (uint8, 0 is nodata, with colours and names),
 * probabilities (float32, one band for each class) and entropy (float32, 0-1). They appear when they are complete.
 * @throws `store/not-writable`, `store/no-space`
 */
export function seasonFileOpener(options: MapFileOptions): (season: Season) => Promise<SeasonWriter> {
  const { folder, grid, classes } = options
  return async (season) => {
    await prepareFolder(folder)
    const names = mapFileNames(season)
    const metadata = { ...options.metadata, SEASON_FROM: season.from, SEASON_TO: season.to }
    const common = { grid, metadata, geoKeys: options.geoKeys ?? null }
    const open: GeoTiffWriter[] = []
    const start = async (...[own]: Parameters<typeof createGeoTiff>): Promise<GeoTiffWriter> => {
      const writer = await createGeoTiff(own)
      open.push(writer)
      return writer
    }
    try {
      const classMap = await start({
        ...common,
        path: join(folder, names.classes),
        dtype: 'uint8',
        bands: [{ description: `class ${season.label}` }],
        nodata: 0,
        colorTable: [[255, 255, 255], ...classColours(classes.length)],
        classNames: [null, ...classes],
      })
      const bands = classes.map((description) => ({ description }))
      const path = join(folder, names.probabilities)
      const probabilities = await start({ ...common, path, dtype: 'float32', bands, nodata: NaN })
      const entropy = await start({
        ...common,
        path: join(folder, names.entropy),
        dtype: 'float32',
        bands: [{ description: `entropy ${season.label}` }],
        nodata: NaN,
      })
      return {
        async write(window, maps) {
          await classMap.writeWindow(window, maps.classes)
          await probabilities.writeWindow(window, maps.probabilities)
          await entropy.writeWindow(window, maps.entropy)
        },
        async finish() {
          for (const writer of open) await writer.finish()
        },
        discard: () => discardAll(open),
      }
    } catch (error) {
      await discardAll(open)
      throw error
    }
  }
}

async function discardAll(writers: readonly GeoTiffWriter[]): Promise<void> {
  for (const writer of writers) await writer.discard()
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder)
  } catch (error) {
    throw toWriteError(error, folder)
  }
}

/**
 * Writes the tables of a prediction: `areas.csv` (class by map), `change-A-to-B.csv` for each pair of maps, and
 * `tables.json` with all of them.
 * @returns the names of the files
 * @throws `store/not-writable`, `store/no-space`
 */
export async function writeTables(folder: string, result: PredictMapsResult): Promise<string[]> {
  await prepareFolder(folder)
  const files = [
    { name: 'areas.csv', text: summaryCsv(result.summaries) },
    ...result.changes.map((table) => ({ name: `change-${table.from}-to-${table.to}.csv`, text: changeCsv(table) })),
    { name: 'tables.json', text: `${JSON.stringify(result, null, 2)}\n` },
  ]
  for (const { name, text } of files) await writeTextAtomically(join(folder, name), text)
  return files.map(({ name }) => name)
}

/** A class map in a GeoTIFF file, for `changeBetween`; pixels with the file's nodata count as 0. */
export function rasterClassMap(label: string, raster: Raster): ClassMap {
  return {
    label,
    readWindow: async (window, signal) =>
      (await raster.readWindow(0, window, { signal })).map((value) => (Number.isNaN(value) ? 0 : value)),
  }
}
