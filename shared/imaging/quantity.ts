import { type Formula, parseFormula } from './formula-parser.ts'
import { evaluateFormula, formulaBands } from './formula-evaluation.ts'
import { AppError } from '../base/app-error.ts'
import { findBandRole, isBandRole, type Sensor } from './band-roles.ts'

/** One number for each pixel: a band as it is, or what a formula makes of several. */
export type Quantity =
  | { readonly kind: 'band' }
  | {
      readonly kind: 'index'
      readonly formula: Formula
      /** The names the formula uses, in the order in which the bands come. */
      readonly names: readonly string[]
    }

/** A formula over the bands of a sequence: which bands to read, and what to compute from them. */
export interface BandFormula {
  readonly quantity: Quantity & { readonly kind: 'index' }
  /** Indices of the bands, in the order of `quantity.names`. */
  readonly bands: readonly number[]
}

/**
 * Reads a formula over the bands of a sequence. Names are those of bands (case does not matter where it is not needed to
 * tell them apart), or roles such as `nir` where the sensor's band of that role is known.
 * @throws `formula/*`, `formula/unknown-band`, `formula/no-band`
 */
export function bandFormula(text: string, bands: readonly string[], sensor: Sensor | null): BandFormula {
  const formula = parseFormula(text)
  const names = formulaBands(formula)
  if (names.length === 0)
    throw new AppError('formula/no-band', 'The formula uses no band, so it would be the same everywhere.', {
      formula: text,
    })
  return { quantity: { kind: 'index', formula, names }, bands: names.map((name) => bandNamed(name, bands, sensor)) }
}

function bandNamed(name: string, bands: readonly string[], sensor: Sensor | null): number {
  const exact = bands.indexOf(name)
  if (exact >= 0) return exact
  const lower = name.toLowerCase()
  const same = bands.findIndex((band) => band.toLowerCase() === lower)
  if (same >= 0) return same
  const byRole = isBandRole(lower) ? findBandRole(bands, lower, sensor) : null
  if (byRole !== null) return byRole
  throw new AppError(
    'formula/unknown-band',
    `The formula uses "${name}", which is no band of these data; there are ${bands.join(', ')}.`,
    { name, bands: [...bands] },
  )
}

/** Bands that one pixel's number is computed from. */
export function quantityBands(quantity: Quantity): number {
  return quantity.kind === 'band' ? 1 : quantity.names.length
}

/**
 * The number of every pixel.
 * @param values  [bands, pixels], the quantity's bands from band `first` on
 * @returns       [pixels]; a view of `values` for a band, new numbers for a formula; NaN where it cannot be said
 */
export function quantityPlane(values: Float32Array, pixels: number, quantity: Quantity, first = 0): Float32Array {
  const plane = (band: number): Float32Array => values.subarray((first + band) * pixels, (first + band + 1) * pixels)
  if (quantity.kind === 'band') return plane(0)
  return evaluateFormula(quantity.formula, new Map(quantity.names.map((name, i) => [name, plane(i)])), pixels)
}

/**
 * How much every pixel's number has changed: the first moment's minus the second's.
 * @param values  [2 · bands, pixels], the first moment's bands, then the second's
 * @returns       new array [pixels]; NaN where either is missing
 */
export function changePlane(values: Float32Array, pixels: number, quantity: Quantity): Float32Array {
  const first = quantityPlane(values, pixels, quantity)
  const second = quantityPlane(values, pixels, quantity, quantityBands(quantity))
  return first.map((value, i) => value - (second[i] as number))
}
