import { classColours, type Rgb } from './class-colours.ts'

/**
 * Colour of a lesion on pictures and in tables: the same for the same number, whatever other lesions there are.
 * @param number  from 1
 */
export function lesionColour(number: number): Rgb {
  const colour = classColours(Math.max(1, number)).at(-1) ?? [230, 159, 0]
  // Black and dark lines cannot be seen on dark pictures.
  return Math.max(...colour) < 60 ? [255, 255, 255] : colour
}
