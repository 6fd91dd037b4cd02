import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { openGeoTiff } from '../../formats/geotiff/geotiff-raster.ts'
import { type CheckedLabels, checkLabels } from './check-labels.ts'
import type { LabelCandidate } from './label-candidate.ts'
import { readCsvLabels } from './labels-csv.ts'
import { readGeoJsonLabels } from './labels-geojson.ts'
import { readRasterLabels } from './labels-raster.ts'

/** How to read the labels of a sequence. */
export interface LabelOptions {
  /** Projection of the coordinates; null: what stands beside or in the file, else WGS 84 longitude and latitude. */
  readonly crs?: string | null
  /** GeoJSON property that holds the class. */
  readonly labelProperty?: string | null
  /** Interval for labels without dates, as day numbers. */
  readonly interval?: { readonly from: number; readonly to: number } | null
  readonly onConflict?: 'error' | 'drop'
  /** Most samples of one class; default: no limit for CSV, 5000 for polygons and class rasters. */
  readonly maxPerClass?: number | null
  readonly seed?: number
  readonly signal?: AbortSignal
  /** Names of the values of a class raster; null takes the names in the file, else the numbers. */
  readonly classNames?: ReadonlyMap<number, string> | null
  /** Values of a class raster that mean "no label", beside nodata and values without a name in a file that names values. */
  readonly ignore?: readonly number[]
}

const polygonLimit = 5000

/**
 * Reads and checks the labels of a sequence from a CSV file, a GeoJSON file or a class raster, told apart by their suffix.
 * @param path  the label file
 * @param grid  pixel grid of the sequence
 * @param days  acquisition days of the sequence, ascending
 * @throws `labels/unknown-format`, `labels/unreadable`, the GeoTIFF reader's codes, and those of `readCsvLabels`, `readGeoJsonLabels`,
 *   `readRasterLabels` and `checkLabels`
 */
export async function readLabels(
  path: string,
  grid: GeoGrid,
  days: Float64Array,
  options: LabelOptions = {},
): Promise<CheckedLabels> {
  const source = basename(path)
  const seed = options.seed ?? 0
  const isTable = /^\.(csv|tsv|txt)$/i.test(extname(path))
  const candidates = await readCandidates(path, grid, options)
  return checkLabels(candidates, {
    source,
    width: grid.width,
    height: grid.height,
    days,
    defaultInterval: options.interval ?? null,
    onConflict: options.onConflict ?? 'error',
    maxPerClass: options.maxPerClass ?? (isTable ? null : polygonLimit),
    seed,
  })
}

async function readCandidates(path: string, grid: GeoGrid, options: LabelOptions): Promise<LabelCandidate[]> {
  const source = basename(path)
  const suffix = extname(path).toLowerCase()
  if (['.csv', '.tsv', '.txt'].includes(suffix))
    return readCsvLabels(await readText(path), grid, { source, crs: options.crs ?? (await crsBeside(path)) })
  if (['.geojson', '.json'].includes(suffix))
    return readGeoJsonLabels(await readText(path), grid, {
      source,
      crs: options.crs ?? null,
      labelProperty: options.labelProperty ?? null,
    })
  if (['.tif', '.tiff'].includes(suffix)) return readClassRaster(path, grid, options)
  throw new AppError(
    'labels/unknown-format',
    `"${source}" is no label file; a CSV table (.csv), GeoJSON (.geojson) or class raster (.tif) is expected.`,
    { source },
  )
}

async function readClassRaster(path: string, grid: GeoGrid, options: LabelOptions): Promise<LabelCandidate[]> {
  const raster = await openGeoTiff(path)
  try {
    return await readRasterLabels(raster, grid, {
      source: basename(path),
      classNames: options.classNames ?? null,
      ignore: new Set(options.ignore),
      interval: options.interval ?? null,
      maxPerClass: options.maxPerClass ?? polygonLimit,
      seed: options.seed ?? 0,
      signal: options.signal,
    })
  } finally {
    await raster.close()
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new AppError('labels/unreadable', `The labels "${path}" cannot be read (${reason}).`, { path }, { cause })
  }
}

/** The projection in `samples_projection` or `samples.prj` beside `samples.csv`; null where neither is. */
async function crsBeside(path: string): Promise<string | null> {
  const stem = join(dirname(path), basename(path, extname(path)))
  for (const candidate of [`${stem}_projection`, `${stem}.prj`]) {
    const text = await readFile(candidate, 'utf8').catch(() => null)
    const crs = text?.trim().replaceAll(/^"|"$/g, '').trim()
    if (crs) return crs
  }
  return null
}

/**
 * Finds the label file of a data folder: `samples`, `labels`, `training`, `ground_truth`, with suffix csv or geojson; else the only CSV or
 * GeoJSON file there.
 * @throws `labels/not-found` when there is none, `labels/ambiguous` when several could be meant
 */
export async function findLabelFile(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.(csv|geojson)$/i.test(name)).sort()
  const named = names.filter((name) => /^(samples|labels|training|ground_?truth)\.(csv|geojson)$/i.test(name))
  const choice = named.length > 0 ? named : names
  if (choice.length === 1) return join(folder, choice[0] as string)
  if (choice.length === 0)
    throw new AppError(
      'labels/not-found',
      `There is no label file in "${folder}"; put "samples.csv" or "labels.geojson" there, or name the file.`,
      { folder },
    )
  throw new AppError(
    'labels/ambiguous',
    `Several files in "${folder}" could hold the labels (${choice.join(', ')}); name the one to use.`,
    { folder, files: choice },
  )
}
