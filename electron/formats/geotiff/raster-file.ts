import { basename, dirname, extname } from 'node:path'
import type { GeoGrid } from '../../../shared/domain/geo-grid.ts'
import type { RasterBand } from '../raster.ts'
import { openGeoTiff } from './geotiff-raster.ts'

/** What grouping needs to know of one TIFF file, read from its headers. */
export interface RasterFile {
  readonly path: string
  /** Path below the folder that was opened, its name first, with `/`: `data/scene/B4.tif`. */
  readonly relative: string
  /** File name without extension. */
  readonly stem: string
  readonly grid: GeoGrid
  readonly bands: readonly RasterBand[]
  readonly acquired: string | null
  readonly warnings: readonly string[]
  /** Images of the same size and bands in the file. */
  readonly pages: number
}

/** Reads the headers of a TIFF and closes it again. @throws the codes of `openGeoTiff` */
export async function describeRasterFile(path: string, relative: string): Promise<RasterFile> {
  const raster = await openGeoTiff(path)
  try {
    const { grid, bands, acquired, warnings, pages } = raster
    return { path, relative, stem: basename(path, extname(path)), grid, bands, acquired, warnings, pages }
  } finally {
    await raster.close()
  }
}

/** The folder that relative paths start in; folders of the same name below different roots have nothing to do with each other. */
export function rootOf(file: { readonly path: string; readonly relative: string }): string {
  return dirname(file.path.slice(0, file.path.length - file.relative.length) + 'x')
}

/** Folder part of a relative path (`data/scene/B4.tif` → `data/scene`); empty for a file given by itself. */
export function folderOf(relative: string): string {
  return relative.includes('/') ? relative.slice(0, relative.lastIndexOf('/')) : ''
}
