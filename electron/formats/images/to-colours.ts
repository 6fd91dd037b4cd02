import type { Picture } from './picture-decoder.ts'

/**
 * A picture as RGBA of another size: means of the pixels that an output pixel covers, or the nearest one when it is enlarged.
 * 16-bit values keep their upper 8.
 * @returns [outHeight, outWidth, 4]
 */
export function toColours({ values, header }: Picture, outHeight: number, outWidth: number): Uint8Array {
  const { height, width, bands, dtype } = header
  const channels = bands.length
  const isColour = channels >= 3
  const hasAlpha = bands.at(-1) === 'alpha'
  const divisor = dtype === 'uint16' ? 256 : 1
  const pixels = new Uint8Array(outHeight * outWidth * 4)
  const sums = new Float64Array(channels)
  for (let y = 0; y < outHeight; y++) {
    const top = Math.floor((y * height) / outHeight)
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / outHeight))
    for (let x = 0; x < outWidth; x++) {
      const left = Math.floor((x * width) / outWidth)
      const right = Math.max(left + 1, Math.floor(((x + 1) * width) / outWidth))
      sums.fill(0)
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++)
          for (let c = 0; c < channels; c++)
            sums[c] = (sums[c] ?? 0) + (values[(row * width + column) * channels + c] ?? 0)
      const scale = 1 / ((bottom - top) * (right - left) * divisor)
      const to = 4 * (y * outWidth + x)
      for (let c = 0; c < 3; c++) pixels[to + c] = Math.round((sums[isColour ? c : 0] ?? 0) * scale)
      pixels[to + 3] = hasAlpha ? Math.round((sums[channels - 1] ?? 0) * scale) : 255
    }
  }
  return pixels
}
