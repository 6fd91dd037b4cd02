import type { Rgb } from './class-colours.ts'

/**
 * Colour maps that stay readable for colour-blind people and in grey print, as equally spaced stops.
 * Source: viridis, cividis and magma of matplotlib (CC0); BrBG of ColorBrewer 2 (Apache-2.0), for values around a middle.
 */
const stops = {
  viridis: '440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725',
  cividis: '00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838',
  magma: '000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf',
  grey: '000000 ffffff',
  'brown-green': '543005 8c510a bf812d dfc27d f6e8c3 f5f5f5 c7eae5 80cdc1 35978f 01665e 003c30',
} as const

/** Names of the colour maps there are. */
export type ColourMapName = keyof typeof stops
/** All colour maps, in the order in which they are offered; the last one is for values around a middle. */
export const colourMapNames = Object.keys(stops) as ColourMapName[]

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
