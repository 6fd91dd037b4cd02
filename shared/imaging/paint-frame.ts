import type { Rgb } from './class-colours.ts'
import type { ColourMapName } from './colour-maps.ts'
import { colourTable } from './colour-maps.ts'
import { changePlane, type Quantity, quantityPlane } from './quantity.ts'

/** Values shown as darkest and brightest; what lies beyond is clipped. `low` may exceed `high`, which inverts the picture. */
export interface StretchRange {
  readonly low: number
  readonly high: number
}

/** How the numbers of a frame become colours. */
export type FramePaint =
  /** Three bands as red, green and blue, each with its own range. */
  | {
      readonly kind: 'composite'
      readonly ranges: readonly [StretchRange, StretchRange, StretchRange]
      readonly gamma: number
    }
  /** One band through a colour map. */
  | { readonly kind: 'single'; readonly range: StretchRange; readonly colourMap: ColourMapName; readonly gamma: number }
  /** What a formula makes of several bands, through a colour map. */
  | {
      readonly kind: 'index'
      readonly quantity: Quantity
      readonly range: StretchRange
      readonly colourMap: ColourMapName
      readonly gamma: number
    }
  /** How much a number has changed between two moments, through a colour map around 0. */
  | {
      readonly kind: 'change'
      readonly quantity: Quantity
      readonly range: StretchRange
      readonly colourMap: ColourMapName
    }
  /** Whole numbers as classes; a class that is not in the table is transparent. */
  | { readonly kind: 'classes'; readonly colours: ReadonlyMap<number, Rgb> }

/**
 * Colours of a frame. Pixels without data (NaN in any band that is shown) are transparent.
 * @param values  [bands, pixels]: three bands for `composite`, the formula's for `index`, twice the quantity's for `change`, else one
 * @param pixels  height × width
 * @returns       new RGBA bytes, [pixels, 4], not premultiplied
 */
export function paintFrame(values: Float32Array, pixels: number, paint: FramePaint): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(pixels * 4)
  if (paint.kind === 'composite') paintComposite(values, pixels, paint, out)
  else if (paint.kind === 'classes') paintClasses(values, pixels, paint.colours, out)
  else paintSingle(shownPlane(values, pixels, paint), pixels, paint, out)
  return out
}

/** The number of every pixel that a paint with one colour map shows, [pixels]. */
export function shownPlane(
  values: Float32Array,
  pixels: number,
  paint: PaintOf<'single'> | PaintOf<'index'> | PaintOf<'change'>,
): Float32Array {
  if (paint.kind === 'single') return values
  return paint.kind === 'index'
    ? quantityPlane(values, pixels, paint.quantity)
    : changePlane(values, pixels, paint.quantity)
}

/**
 * Makes masked pixels transparent.
 * @param colours  RGBA [pixels, 4], changed
 * @param quality  the quality band's value of every pixel
 * @param rejects  whether such a value masks its pixel
 * @param opacity  how much of a masked pixel is still seen, in [0, 1]
 * @returns        how many pixels that hold data are masked, and how many hold data
 */
export function maskColours(
  colours: Uint8ClampedArray,
  quality: ArrayLike<number>,
  rejects: (value: number) => boolean,
  opacity: number,
): { readonly masked: number; readonly valid: number } {
  let [masked, valid] = [0, 0]
  for (let i = 0; i < quality.length; i++) {
    if (colours[i * 4 + 3] === 0) continue
    valid++
    if (!rejects(quality[i] as number)) continue
    masked++
    colours[i * 4 + 3] = 255 * opacity
  }
  return { masked, valid }
}

/** Part of the way from `low` to `high` at which a value lies, clipped to [0, 1]; a range without width splits at its place. */
export function stretchedPart(value: number, { low, high }: StretchRange, gamma = 1): number {
  if (low === high) return value >= high ? 1 : 0
  const part = Math.min(1, Math.max(0, (value - low) / (high - low)))
  return gamma === 1 ? part : part ** (1 / gamma)
}

type PaintOf<K extends FramePaint['kind']> = Extract<FramePaint, { kind: K }>

function paintComposite(
  values: ArrayLike<number>,
  pixels: number,
  paint: PaintOf<'composite'>,
  out: Uint8ClampedArray,
): void {
  for (let i = 0; i < pixels; i++) {
    let isValid = true
    for (let c = 0; c < 3; c++) {
      const value = values[c * pixels + i] ?? NaN
      if (Number.isNaN(value)) isValid = false
      out[i * 4 + c] = 255 * stretchedPart(value, paint.ranges[c as 0 | 1 | 2], paint.gamma)
    }
    out[i * 4 + 3] = isValid ? 255 : 0
  }
}

function paintSingle(
  values: ArrayLike<number>,
  pixels: number,
  paint: PaintOf<'single'> | PaintOf<'index'> | PaintOf<'change'>,
  out: Uint8ClampedArray,
): void {
  const table = colourTable(paint.colourMap)
  const gamma = paint.kind === 'change' ? 1 : paint.gamma
  for (let i = 0; i < pixels; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) continue
    const step = Math.round(255 * stretchedPart(value, paint.range, gamma)) * 3
    out[i * 4] = table[step] ?? 0
    out[i * 4 + 1] = table[step + 1] ?? 0
    out[i * 4 + 2] = table[step + 2] ?? 0
    out[i * 4 + 3] = 255
  }
}

function paintClasses(
  values: ArrayLike<number>,
  pixels: number,
  colours: ReadonlyMap<number, Rgb>,
  out: Uint8ClampedArray,
): void {
  for (let i = 0; i < pixels; i++) {
    const colour = colours.get(values[i] ?? NaN)
    if (!colour) continue
    out.set(colour, i * 4)
    out[i * 4 + 3] = 255
  }
}
