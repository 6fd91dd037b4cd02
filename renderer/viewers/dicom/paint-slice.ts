import { colourTable, type ColourMapName } from '../../../shared/imaging/colour-maps.ts'
import type { StretchRange } from '../../../shared/imaging/paint-frame.ts'

/** How the values of a medical picture become colours. */
export interface SliceLook {
  readonly range: StretchRange
  readonly colourMap: ColourMapName
  readonly isInverted: boolean
  /** Whether enlarged pixels flow into each other; else each is a square. */
  readonly isSmooth: boolean
}

/** Colours of the 256 steps as they lie in memory (ABGR words), dark to bright. */
export function lookupTable(colourMap: ColourMapName, isInverted: boolean): Uint32Array {
  const table = colourTable(colourMap)
  return Uint32Array.from({ length: 256 }, (_, step) => {
    const at = (isInverted ? 255 - step : step) * 3
    return ((255 << 24) | ((table[at + 2] ?? 0) << 16) | ((table[at + 1] ?? 0) << 8) | (table[at] ?? 0)) >>> 0
  })
}

/**
 * Colours of a slice. Written for speed: a 512 × 512 slice must be painted well within one refresh of the screen.
 * @param values  one band [pixels], or red, green and blue [3, pixels]; NaN is transparent in one band, black in three
 * @param out     RGBA as words, [pixels]; written
 */
export function paintSlice(values: Float32Array, bands: 1 | 3, look: SliceLook, out: Uint32Array): void {
  const { low, high } = look.range
  const factor = high === low ? Infinity : 255 / (high - low)
  const { length } = out
  if (bands === 3) {
    const flip = look.isInverted ? 255 : 0
    const step = (value: number): number => {
      const part = (value - low) * factor
      return (part > 0 ? (part < 255 ? (part + 0.5) | 0 : 255) : 0) ^ flip
    }
    for (let i = 0; i < length; i++) {
      const [red, green, blue] = [values[i] ?? 0, values[length + i] ?? 0, values[2 * length + i] ?? 0]
      out[i] = (255 << 24) | (step(blue) << 16) | (step(green) << 8) | step(red)
    }
    return
  }
  const table = lookupTable(look.colourMap, look.isInverted)
  for (let i = 0; i < length; i++) {
    const value = values[i] as number
    if (value !== value) {
      out[i] = 0
      continue
    }
    const part = (value - low) * factor
    out[i] = table[part > 0 ? (part < 255 ? (part + 0.5) | 0 : 255) : 0] as number
  }
}
