/** Red, green and blue of `#rrggbb`, each 0-255. */
export function rgbOf(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

/** Colour of labels whose class is not known. */
export const unknownColour = '#888888'
