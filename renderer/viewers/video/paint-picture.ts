import { colourTable, type ColourMapName } from '../../../shared/imaging/colour-maps.ts'
import type { Picture } from './picture-cache.ts'

/** How a picture's colours are changed for the screen. */
export interface Adjustment {
  /** -100 to 100: added light, in percent of the range. */
  readonly brightness: number
  /** -100 to 100: steepness around the middle. */
  readonly contrast: number
  /** 0.2 to 5: above 1 lightens the dark parts. */
  readonly gamma: number
  readonly channel: 'colour' | 'red' | 'green' | 'blue' | 'brightness'
  /** For one channel. */
  readonly colourMap: ColourMapName
}

/** Colours as they are stored. */
export const plainAdjustment: Adjustment = {
  brightness: 0,
  contrast: 0,
  gamma: 1,
  channel: 'colour',
  colourMap: 'grey',
}

/** Whether pictures are shown as they are stored. */
export function isPlain({ brightness, contrast, gamma, channel }: Adjustment): boolean {
  return brightness === 0 && contrast === 0 && gamma === 1 && channel === 'colour'
}

/** The value that each stored value (0 to 255) becomes. */
export function toneTable({ brightness, contrast, gamma }: Adjustment): Uint8ClampedArray {
  const slope = contrast >= 0 ? 1 / Math.max(0.02, 1 - contrast / 100) : 1 + contrast / 100
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => {
    const light = (value / 255 - 0.5) * slope + 0.5 + brightness / 100
    return 255 * Math.min(1, Math.max(0, light)) ** (1 / gamma)
  })
}

/**
 * A picture with its colours changed.
 * @param target RGBA, [height, width, 4]; written over
 */
export function paintPicture({ pixels }: Picture, adjustment: Adjustment, target: Uint8ClampedArray): void {
  if (isPlain(adjustment)) {
    target.set(pixels)
    return
  }
  const tone = toneTable(adjustment)
  if (adjustment.channel === 'colour') {
    for (let i = 0; i < pixels.length; i += 4) {
      target[i] = tone[pixels[i] ?? 0] ?? 0
      target[i + 1] = tone[pixels[i + 1] ?? 0] ?? 0
      target[i + 2] = tone[pixels[i + 2] ?? 0] ?? 0
      target[i + 3] = 255
    }
    return
  }
  const colours = colourTable(adjustment.colourMap)
  const channel = { red: 0, green: 1, blue: 2, brightness: -1 }[adjustment.channel]
  for (let i = 0; i < pixels.length; i += 4) {
    const value = channel < 0 ? Math.round(luma(pixels, i)) : (pixels[i + channel] ?? 0)
    const at = 3 * (tone[value] ?? 0)
    target[i] = colours[at] ?? 0
    target[i + 1] = colours[at + 1] ?? 0
    target[i + 2] = colours[at + 2] ?? 0
    target[i + 3] = 255
  }
}

/**
 * How much brighter (blue) or darker (red) the second picture is than the first, white where they are alike. Both have the same size.
 * @param limit difference of brightness (0 to 255) that the strongest colour shows
 */
export function paintDifference(first: Picture, second: Picture, limit: number, target: Uint8ClampedArray): void {
  const colours = colourTable('red-blue')
  const { pixels } = first
  for (let i = 0; i < pixels.length; i += 4) {
    const difference = luma(second.pixels, i) - luma(pixels, i)
    const at = 3 * Math.round(127.5 + 127.5 * Math.min(1, Math.max(-1, difference / limit)))
    target[i] = colours[at] ?? 0
    target[i + 1] = colours[at + 1] ?? 0
    target[i + 2] = colours[at + 2] ?? 0
    target[i + 3] = 255
  }
}

/** Brightness of a pixel, 0 to 255. Source: ITU-R BT.709, luma of gamma-corrected colours. */
export function luma(pixels: Uint8Array, at: number): number {
  return 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0)
}
