import type { Rgb } from '../../../shared/imaging/class-colours.ts'
import { encodePng } from '../../formats/images/write-png.ts'

/** A part of a slice with the outline of a lesion, for a report. */
export interface KeyImageRequest {
  /** Values of the slice [row, column]. */
  readonly values: Float32Array
  readonly rows: number
  readonly columns: number
  readonly rowMm: number
  readonly columnMm: number
  /** Middle of the picture; may be a fraction. */
  readonly centre: readonly [row: number, column: number]
  /** Width and height of what is shown. */
  readonly fieldMm: number
  /** Pixels (row · columns + column) of the lesion in this slice. */
  readonly inside: ReadonlySet<number>
  readonly colour: Rgb
  /** Values shown black and white. */
  readonly range: readonly [number, number]
}

/** Width and height of a key image in pixels. */
export const keyImageSide = 200

/** Draws a key image as PNG: bilinear grey values, square pixels, the lesion's border two pixels wide. */
export function drawKeyImage(request: KeyImageRequest): Buffer {
  const { values, rows, columns, rowMm, columnMm, centre, fieldMm, inside, colour, range } = request
  const side = keyImageSide
  const pixels = new Uint8Array(side * side * 3)
  const scale = fieldMm / side
  const rowAt = (y: number): number => centre[0] + ((y + 0.5 - side / 2) * scale) / rowMm
  const columnAt = (x: number): number => centre[1] + ((x + 0.5 - side / 2) * scale) / columnMm
  const isInside = (x: number, y: number): boolean => {
    const [row, column] = [Math.round(rowAt(y)), Math.round(columnAt(x))]
    return row >= 0 && column >= 0 && row < rows && column < columns && inside.has(row * columns + column)
  }
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const value = bilinear(values, rows, columns, rowAt(y), columnAt(x))
      const grey = Number.isFinite(value) ? (255 * (value - range[0])) / (range[1] - range[0] || 1) : 0
      const own = isInside(x, y)
      const isBorder =
        inside.size > 0 && own && [-2, 2].some((step) => !isInside(x + step, y) || !isInside(x, y + step))
      const at = 3 * (y * side + x)
      for (let band = 0; band < 3; band++)
        pixels[at + band] = isBorder ? (colour[band] ?? 0) : Math.min(255, Math.max(0, Math.round(grey)))
    }
  return encodePng(pixels, { height: side, width: side, channels: 3 })
}

function bilinear(values: Float32Array, rows: number, columns: number, row: number, column: number): number {
  if (!(row > -0.5 && column > -0.5 && row < rows - 0.5 && column < columns - 0.5)) return NaN
  const [r, c] = [Math.max(0, Math.floor(row)), Math.max(0, Math.floor(column))]
  const [below, right] = [Math.min(rows - 1, r + 1), Math.min(columns - 1, c + 1)]
  const [fr, fc] = [Math.max(0, row - r), Math.max(0, column - c)]
  const at = (y: number, x: number): number => values[y * columns + x] ?? NaN
  const top = at(r, c) + fc * (at(r, right) - at(r, c))
  return top + fr * (at(below, c) + fc * (at(below, right) - at(below, c)) - top)
}

/** The values between which nearly all of a slice lies (1st and 99.9th percentile). */
export function displayRange(values: Float32Array): readonly [number, number] {
  const some = values.filter((value) => Number.isFinite(value)).sort()
  const at = (share: number): number => some[Math.min(some.length - 1, Math.floor(share * some.length))] ?? 0
  return [at(0.01), at(0.999)]
}
