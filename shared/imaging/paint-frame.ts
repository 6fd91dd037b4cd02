import type { Rgb } from './class-colours.ts'
import type { ColourMapName } from './colour-maps.ts'
import { colourTable } from './colour-maps.ts'

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
  /** Normalised difference (first - second) / (first + second) of two bands through a colour map. */
  | {
      readonly kind: 'difference'
      readonly range: StretchRange
      readonly colourMap: ColourMapName
      readonly gamma: number
    }
  /** Whole numbers as classes; a class that is not in the table is transparent. */
  | { readonly kind: 'classes'; readonly colours: ReadonlyMap<number, Rgb> }

/**
 * Colours of a frame. Pixels without data (NaN in any band that is shown) are transparent.
 * @param values  [bands, pixels]: three bands for `composite`, two for `difference`, else one
 * @param pixels  height × width
 * @returns       new RGBA bytes, [pixels, 4], not premultiplied
 */
export function paintFrame(
  values: ArrayLike<number>,
  pixels: number,
  paint: FramePaint,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(pixels * 4)
  if (paint.kind === 'composite') paintComposite(values, pixels, paint, out)
  else if (paint.kind === 'classes') paintClasses(values, pixels, paint.colours, out)
  else paintSingle(paint.kind === 'difference' ? normalisedDifference(values, pixels) : values, pixels, paint, out)
  return out
}

/** (first - second) / (first + second) for each pixel of two bands [2, pixels]; NaN where the sum is 0. */
export function normalisedDifference(values: ArrayLike<number>, pixels: number): Float32Array {
  const result = new Float32Array(pixels)
  for (let i = 0; i < pixels; i++) {
    const [first, second] = [values[i] ?? NaN, values[pixels + i] ?? NaN]
    const sum = first + second
    result[i] = sum === 0 ? NaN : (first - second) / sum
  }
  return result
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
  paint: PaintOf<'single'> | PaintOf<'difference'>,
  out: Uint8ClampedArray,
): void {
  const table = colourTable(paint.colourMap)
  for (let i = 0; i < pixels; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) continue
    const step = Math.round(255 * stretchedPart(value, paint.range, paint.gamma)) * 3
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
