import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseDay } from '../../../../electron/analyses/land-use/calendar.ts'
import type { GeoGrid } from '../../../../shared/domain/geo-grid.ts'

const root = process.env['CHRONOLENS_DATA'] ?? resolve(import.meta.dirname, '../../../../../shared/data')
/** Folder of the MODIS stack of Mato Grosso. */
export const modisFolder = join(root, 'modis_mt_dtwsat')
/** Whether the real data are there; tests that need them are skipped otherwise. */
export const hasModis = existsSync(join(modisFolder, 'samples.csv'))

const size = 231.6563582640091
/** The grid as gdalinfo prints it. */
export const modisGrid: GeoGrid = {
  width: 37,
  height: 27,
  geoTransform: [-6089550.683386912, size, 0, -1332950.720197616, 0, -231.65635826400722],
  crs: '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs',
}

/** Acquisition days of the 137 frames. */
export function modisDays(): Float64Array {
  const lines = readFileSync(join(modisFolder, 'timeline'), 'utf8').trim().split(/\s+/)
  return Float64Array.from(lines, (line) => parseDay(line) ?? NaN)
}
