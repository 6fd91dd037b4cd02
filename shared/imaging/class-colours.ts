/** Red, green and blue, each 0-255. */
export type Rgb = readonly [number, number, number]

/**
 * Colours that people with the common kinds of colour blindness can tell apart. The first eight are Okabe and Ito's,
 * black last; the rest are from Paul Tol's muted set, which differs from them in lightness.
 * Source: Okabe and Ito 2008, Color Universal Design; Tol 2021, Colour Schemes (SRON/EPS/TN/09-002).
 */
const palette: readonly Rgb[] = [
  [230, 159, 0],
  [0, 158, 115],
  [86, 180, 233],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
  [0, 0, 0],
  [51, 34, 136],
  [136, 34, 85],
  [221, 204, 119],
  [68, 170, 153],
  [170, 68, 153],
  [153, 153, 51],
  [17, 119, 51],
  [221, 221, 221],
]

/**
 * One colour for each class of a map, in the order of the classes. Up to 16 classes get colours that can be told apart;
 * beyond that the colours repeat in darker steps, and the legend should be read with the map.
 */
export function classColours(count: number): Rgb[] {
  return Array.from({ length: count }, (_, i): Rgb => {
    const [red, green, blue] = palette[i % palette.length] ?? [0, 0, 0]
    const shade = 0.7 ** Math.floor(i / palette.length)
    return [Math.round(red * shade), Math.round(green * shade), Math.round(blue * shade)]
  })
}
