import type { Rgb } from './class-colours.ts'

/**
 * Colour maps that stay readable for colour-blind people and in grey print, as equally spaced stops.
 * Source: viridis, cividis, plasma, inferno and magma of matplotlib (CC0); YlGn, YlGnBu, BrBG, RdBu and PuOr of ColorBrewer 2
 * (Apache-2.0), all marked as colour-blind safe there.
 */
const stops = {
  viridis: '440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725',
  cividis: '00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838',
  magma: '000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf',
  plasma: '0d0887 4b03a1 7d03a8 a82296 cb4679 e56b5d f89441 fdc328 f0f921',
  inferno: '000004 1f0c48 550f6d 88226a ba3655 e35933 f98c0a f9c932 fcffa4',
  'yellow-green': 'ffffe5 f7fcb9 d9f0a3 addd8e 78c679 41ab5d 238443 006837 004529',
  'yellow-blue': 'ffffd9 edf8b1 c7e9b4 7fcdbb 41b6c4 1d91c0 225ea8 253494 081d58',
  grey: '000000 ffffff',
  'brown-green': '543005 8c510a bf812d dfc27d f6e8c3 f5f5f5 c7eae5 80cdc1 35978f 01665e 003c30',
  'red-blue': '67001f b2182b d6604d f4a582 fddbc7 f7f7f7 d1e5f0 92c5de 4393c3 2166ac 053061',
  'orange-purple': '7f3b08 b35806 e08214 fdb863 fee0b6 f7f7f7 d8daeb b2abd2 8073ac 542788 2d004b',
} as const

/** Names of the colour maps there are. */
export type ColourMapName = keyof typeof stops
/** All colour maps, in the order in which they are offered. */
export const colourMapNames = Object.keys(stops) as ColourMapName[]
/** Those for values around a middle: lightest there, and two hues that no common colour blindness confuses. */
export const divergingMapNames = ['brown-green', 'red-blue', 'orange-purple'] as const satisfies ColourMapName[]

/**
 * A colour map as a table.
 * @returns [256, 3], red, green and blue of each step from the lowest to the highest value; interpolated linearly between stops
 */
export function colourTable(name: ColourMapName): Uint8ClampedArray {
  const colours = stops[name].split(' ').map(parseHex)
  const table = new Uint8ClampedArray(256 * 3)
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (colours.length - 1)
    const lower = Math.min(Math.floor(place), colours.length - 2)
    for (let c = 0; c < 3; c++) {
      const [from, to] = [colours[lower]?.[c] ?? 0, colours[lower + 1]?.[c] ?? 0]
      table[i * 3 + c] = from + (to - from) * (place - lower)
    }
  }
  return table
}

/** Red, green and blue of `#rrggbb` or `rrggbb`; black for anything else. */
export function parseHex(text: string): Rgb {
  const match = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text)
  if (!match) return [0, 0, 0]
  return [parseInt(match[1] ?? '0', 16), parseInt(match[2] ?? '0', 16), parseInt(match[3] ?? '0', 16)]
}

/** `#rrggbb` of a colour. */
export function toHex(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}
