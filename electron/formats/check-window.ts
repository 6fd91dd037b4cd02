import { AppError } from '../../shared/base/app-error.ts'
import type { PixelWindow } from './sequence-reader.ts'

/** Stops a read that does not lie in the raster. @throws `raster/window-outside` */
export function checkWindow(window: PixelWindow, width: number, height: number, path: string): void {
  const { row, column } = window
  const isWhole = [row, column, window.height, window.width].every(Number.isInteger)
  if (
    isWhole &&
    row >= 0 &&
    column >= 0 &&
    window.height > 0 &&
    window.width > 0 &&
    row + window.height <= height &&
    column + window.width <= width
  )
    return
  throw new AppError(
    'raster/window-outside',
    `A window of ${window.width} by ${window.height} pixels at column ${column}, row ${row} does not lie in "${path}", which has ${width} by ${height} pixels.`,
    { path, window: { ...window }, width, height },
  )
}
