import type { PixelWindow } from '../../formats/sequence-reader.ts'

/** Edge of the tiles that windows are aligned to, so that a window seldom cuts a tile of the file. */
const tileEdge = 256

/**
 * Divides a raster into windows that cover it once, row by row from the top left.
 * @param maxPixels  no window is larger; full rows are preferred where they fit, because strips and tiles are then read once
 */
export function* windowsOf(width: number, height: number, maxPixels: number): Generator<PixelWindow> {
  const limit = Math.max(1, Math.floor(maxPixels))
  const windowWidth =
    width * Math.min(height, tileEdge) <= limit ? width : alignDown(Math.min(width, Math.ceil(limit / tileEdge)))
  const windowHeight = Math.min(height, Math.max(1, alignDown(Math.floor(limit / windowWidth))))
  for (let row = 0; row < height; row += windowHeight)
    for (let column = 0; column < width; column += windowWidth)
      yield { row, column, height: Math.min(windowHeight, height - row), width: Math.min(windowWidth, width - column) }
}

/** The largest whole number of tiles that is not larger, or the number itself below one tile. */
function alignDown(length: number): number {
  return length < tileEdge ? length : length - (length % tileEdge)
}
