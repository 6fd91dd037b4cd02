/**
 * Turns a picture clockwise.
 * @param pixels [rows, columns, channels]
 * @returns new bytes: [columns, rows, channels] for 90 and 270 degrees, [rows, columns, channels] for 180
 */
export function turnPixels(
  pixels: Uint8Array,
  rows: number,
  columns: number,
  channels: number,
  degrees: 90 | 180 | 270,
): Uint8Array<ArrayBuffer> {
  const turned = new Uint8Array(pixels.length)
  const width = degrees === 180 ? columns : rows
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [toRow, toColumn] =
        degrees === 90
          ? [column, rows - 1 - row]
          : degrees === 180
            ? [rows - 1 - row, columns - 1 - column]
            : [columns - 1 - column, row]
      const from = (row * columns + column) * channels
      const to = (toRow * width + toColumn) * channels
      for (let c = 0; c < channels; c++) turned[to + c] = pixels[from + c] ?? 0
    }
  return turned
}
