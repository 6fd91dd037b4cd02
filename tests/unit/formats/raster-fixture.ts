import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import { writeGeoTiff, type GeoTiffWriteOptions } from '../../../electron/formats/geotiff/write-geotiff.ts'

/** A small grid in UTM 33N with unequal sides. */
export const smallGrid: GeoGrid = {
  width: 6,
  height: 4,
  geoTransform: [465181, 10, 0, 5080254, 0, -20],
  crs: 'EPSG:32633',
}

/** Writes a small raster whose pixels are base + 100·band + 10·row + column. */
export async function writeRaster(
  path: string,
  base: number,
  bands: readonly (string | undefined)[] = [undefined],
  options: Partial<GeoTiffWriteOptions> = {},
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const grid = options.grid ?? smallGrid
  const values: number[] = []
  for (let band = 0; band < bands.length; band++)
    for (let row = 0; row < grid.height; row++)
      for (let column = 0; column < grid.width; column++) values.push(base + 100 * band + 10 * row + column)
  const described = bands.map((description) => (description === undefined ? {} : { description }))
  await writeGeoTiff({ path, grid, dtype: 'int16', bands: described, tileSize: 16, ...options }, (writer) =>
    writer.writeWindow({ row: 0, column: 0, width: grid.width, height: grid.height }, values),
  )
}
