import { readFileSync } from 'node:fs'

/** Sum, place-weighted sum and NaN count, as the oracle script computes them. */
export interface Summary {
  readonly nan: number
  readonly sum: number
  readonly weighted: number
}

/** One raster's numbers from GDAL. */
export interface RasterOracle {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly bands: number
  readonly dtype: string
  readonly geoTransform: readonly number[]
  readonly epsg: number | null
  readonly full: Readonly<Record<string, Summary>>
  readonly window: readonly [number, number, number, number]
  readonly windowValues: Readonly<Record<string, readonly (number | null)[]>>
}

/** Numbers of the whole-file corpus from GDAL; `error` where GDAL refused. */
export interface CorpusOracle {
  readonly width: number
  readonly height: number
  readonly bands: number
  readonly dtype: string
  readonly compression: string
  readonly photometric: string
  readonly full: Readonly<Record<string, Summary>>
  readonly error?: string
}

/** Numbers of one array of the eo-learn patch from numpy. */
export interface ArrayOracle extends Summary {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly series?: readonly (number | null)[]
  readonly window?: readonly (number | null)[]
}

/** Everything `real-rasters.py` wrote. */
export interface RealOracle {
  readonly modis: {
    readonly rasters: readonly RasterOracle[]
    readonly redSeriesRow20Column11: readonly number[]
    readonly samplePixels: readonly (readonly [number, number])[]
  }
  readonly landsat: {
    readonly rasters: readonly RasterOracle[]
    readonly grids: Readonly<Record<string, readonly number[]>>
  }
  readonly corpus: Readonly<Record<string, CorpusOracle>>
  readonly patch: Readonly<Record<string, ArrayOracle>>
}

/** Reads the numbers beside this file. */
export function readOracle(): RealOracle {
  return JSON.parse(readFileSync(new URL('real-rasters.json', import.meta.url), 'utf8')) as RealOracle
}

/** The same three numbers of our own values. */
export function summarise(values: ArrayLike<number>): Summary {
  let nan = 0
  let sum = 0
  let weighted = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) {
      nan++
      continue
    }
    sum += value
    weighted += value * ((i % 97) + 1)
  }
  return { nan, sum, weighted }
}
