import { readFileSync } from 'node:fs'

/** Numbers of one file or series from pydicom; see dicom-pixels.py. */
export interface PixelOracle {
  readonly shape: readonly number[]
  readonly nan: number
  readonly sum: number
  readonly weighted: number
  readonly min: number
  readonly max: number
  readonly places: readonly number[]
  readonly values: readonly (number | null)[]
}

/** Numbers of a series, with the places of its first and last slice. */
export interface SeriesOracle extends PixelOracle {
  readonly first: readonly number[]
  readonly last: readonly number[]
}

/** Everything `dicom-pixels.py` wrote. */
export interface DicomOracle {
  readonly files: Readonly<Record<string, PixelOracle & { readonly syntax: string }>>
  readonly unreadable: Readonly<Record<string, string>>
  readonly series: Readonly<Record<string, SeriesOracle>>
}

/** Reads the numbers beside this file. */
export function readDicomOracle(): DicomOracle {
  return JSON.parse(readFileSync(new URL('dicom-pixels.json', import.meta.url), 'utf8')) as DicomOracle
}

/** The same numbers of our own values. */
export function pixelSummary(values: Float32Array): Omit<PixelOracle, 'shape' | 'places' | 'values'> {
  let [nan, sum, weighted, min, max] = [0, 0, 0, Infinity, -Infinity]
  values.forEach((value, i) => {
    if (Number.isNaN(value)) {
      nan++
      return
    }
    sum += value
    weighted += value * (1 + (i % 997))
    min = Math.min(min, value)
    max = Math.max(max, value)
  })
  return { nan, sum, weighted, min, max }
}
