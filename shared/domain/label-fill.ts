import type { PixelSet, PixelSize } from './label-pixels.ts'

/** A region that grew, and whether it would have grown further. */
export interface GrownRegion {
  readonly pixels: PixelSet
  readonly isCutOff: boolean
}

/**
 * The pixels around one that are like it, joined edge to edge.
 * @param isLike  whether a pixel, by its index row × width + column, belongs to the region
 * @param limit   most pixels; the nearest along the growth are kept
 */
export function growRegion(
  { width, height }: PixelSize,
  start: { readonly column: number; readonly row: number },
  isLike: (index: number) => boolean,
  limit: number,
): GrownRegion {
  const bits = new Uint8Array(width * height)
  const first = start.row * width + start.column
  const queue = new Int32Array(Math.min(limit, width * height))
  let [read, written, isCutOff] = [0, 0, false]
  const visit = (index: number): void => {
    if (bits[index] === 1 || !isLike(index)) return
    if (written === queue.length) {
      isCutOff = true
      return
    }
    bits[index] = 1
    queue[written++] = index
  }
  if (start.column >= 0 && start.row >= 0 && start.column < width && start.row < height) visit(first)
  while (read < written) {
    const at = queue[read++] ?? 0
    const column = at % width
    if (column > 0) visit(at - 1)
    if (column + 1 < width) visit(at + 1)
    if (at >= width) visit(at - width)
    if (at + width < width * height) visit(at + width)
  }
  return { pixels: { column: 0, row: 0, width, height, bits }, isCutOff }
}

/**
 * How unlike every pixel is to one of them, as a part of what can be told apart: the greatest difference in any band, divided
 * by the band's range. NaN where there is no data.
 * @param values  [bands, pixels]
 * @param index   the pixel that is compared with
 * @param ranges  for each band how much the shown picture spans; > 0
 */
export function differencesFrom(
  values: ArrayLike<number>,
  pixels: number,
  index: number,
  ranges: readonly number[],
): Float32Array {
  const differences = new Float32Array(pixels)
  ranges.forEach((range, band) => {
    const own = values[band * pixels + index] ?? NaN
    for (let i = 0; i < pixels; i++) {
      const [known = NaN, difference] = [differences[i], Math.abs((values[band * pixels + i] ?? NaN) - own) / range]
      if (!Number.isNaN(known) && !(difference <= known)) differences[i] = difference
    }
  })
  return differences
}
