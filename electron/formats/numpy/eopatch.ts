import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { toReadError } from '../file-source.ts'
import { parseDate } from '../dates/parse-date.ts'
import type { Raster } from '../raster.ts'
import { openNpy } from './npy-array.ts'
import type { NpyHeader } from './npy-header.ts'
import { openNpyRaster } from './npy-raster.ts'

/** One array of an EOPatch. */
export interface EoArray {
  /** `data`, `mask`, `mask_timeless`, `data_timeless`, … */
  readonly group: string
  /** `NDVI`, `LULC`, … */
  readonly name: string
  readonly path: string
  readonly header: NpyHeader
}

/** What an EOPatch folder of eo-learn holds. */
export interface EoPatch {
  readonly folder: string
  readonly grid: GeoGrid
  /** ISO date-times, in the order of the time axis. */
  readonly times: readonly string[]
  readonly arrays: readonly EoArray[]
}

const boxSchema = z.object({
  crs: z.object({ properties: z.object({ name: z.string() }) }).optional(),
  coordinates: z.array(z.array(z.tuple([z.number(), z.number()]).rest(z.number()))).min(1),
})

/**
 * Describes an EOPatch from its arrays, `timestamps.json` and `bbox.geojson`.
 * @param npyPaths the .npy files below the folder (`<folder>/<group>/<name>.npy`)
 * @throws `eopatch/timestamps`, `eopatch/bbox`, `eopatch/no-arrays`; the codes of `openNpy`
 * Source: eo-learn 1.5, "EOPatch saving format"
 */
export async function describeEoPatch(folder: string, npyPaths: readonly string[]): Promise<EoPatch> {
  const arrays: EoArray[] = []
  for (const path of npyPaths) {
    const array = await openNpy(path)
    arrays.push({
      group: basename(join(path, '..')),
      name: basename(path, '.npy'),
      path,
      header: array.header,
    })
    await array.close()
  }
  const first = arrays.find(({ group }) => group === 'data' || group === 'mask')
  if (!first || first.header.shape.length !== 4)
    throw new AppError(
      'eopatch/no-arrays',
      `"${folder}" has no array [time, row, column, channel] in "data" or "mask".`,
      {
        folder,
      },
    )
  const [times = 0, height = 0, width = 0] = first.header.shape
  return { folder, grid: await readGrid(folder, width, height), times: await readTimes(folder, times), arrays }
}

/** Opens one raster of the patch, for example its label map: `openEoRaster(patch, 'mask_timeless', 'LULC')`. @throws `eopatch/no-array`, `npy/shape` */
export async function openEoRaster(patch: EoPatch, group: string, name: string): Promise<Raster> {
  const array = patch.arrays.find((candidate) => candidate.group === group && candidate.name === name)
  if (!array) {
    const known = patch.arrays.map((candidate) => `${candidate.group}/${candidate.name}`)
    throw new AppError(
      'eopatch/no-array',
      `"${patch.folder}" has no array "${group}/${name}"; it has ${known.join(', ')}.`,
      { group, name },
    )
  }
  return openNpyRaster(array.path, patch.grid)
}

async function readTimes(folder: string, count: number): Promise<string[]> {
  const path = join(folder, 'timestamps.json')
  const result = z.array(z.string()).safeParse(await readJson(path))
  if (!result.success)
    throw new AppError('eopatch/timestamps', `"${path}" is not a list of date-times, as an EOPatch needs.`, { path })
  const times = result.data.map((text, i) => {
    const time = parseDate(text)
    if (time === null)
      throw new AppError('sequence/bad-date', `Entry ${i + 1} of "${path}" is not a date: "${text.slice(0, 40)}".`, {
        path,
        entry: i + 1,
      })
    return time
  })
  if (times.length !== count)
    throw new AppError(
      'sequence/date-count',
      `"${path}" lists ${times.length} times, but the arrays hold ${count}; give one time per image.`,
      { path, times: times.length, images: count },
    )
  return times
}

async function readGrid(folder: string, width: number, height: number): Promise<GeoGrid> {
  const path = join(folder, 'bbox.geojson')
  const result = boxSchema.safeParse(await readJson(path))
  if (!result.success)
    throw new AppError('eopatch/bbox', `"${path}" is not a GeoJSON polygon, as an EOPatch needs.`, { path })
  const corners = result.data.coordinates.flat()
  const xs = corners.map(([x]) => x)
  const ys = corners.map(([, y]) => y)
  const left = Math.min(...xs)
  const top = Math.max(...ys)
  const stepX = (Math.max(...xs) - left) / width
  const stepY = (top - Math.min(...ys)) / height
  const code = /EPSG:+(\d+)$/.exec(result.data.crs?.properties.name ?? '')?.[1]
  // Without a name GeoJSON means WGS 84 (RFC 7946, "CRS84").
  const crs = code === undefined ? 'EPSG:4326' : `EPSG:${code}`
  return { width, height, geoTransform: [left, stepX, 0, top, 0, -stepY], crs, projection: null }
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw toReadError(error, path)
  }
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
