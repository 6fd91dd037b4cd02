import { toHex } from '../../../shared/imaging/colour-maps.ts'
import { lesionColour } from '../../../shared/imaging/lesion-colour.ts'

/** Colour of a lesion, `#rrggbb`; the same in pictures, table, curves and reports. */
export function lesionHex(number: number): string {
  return toHex(lesionColour(number))
}
