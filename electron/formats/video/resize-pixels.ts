import { bytesPerPixel, type PixelLayout } from './video-backend.ts'

interface Size {
  readonly height: number
  readonly width: number
}

/**
 * A picture at another size: means of the pixels that an output pixel covers, or the nearest one when it is made larger.
 * @param pixels RGB [height, width, 3]
 * @returns new bytes in the layout asked for; grey is the first channel
 */
export function resizePixels(pixels: Uint8Array, from: Size, to: Size, layout: PixelLayout): Uint8Array<ArrayBuffer> {
  const channels = bytesPerPixel[layout]
  const result = new Uint8Array(to.height * to.width * channels)
  for (let row = 0; row < to.height; row++) {
    const [top, bottom] = span(row, to.height, from.height)
    for (let column = 0; column < to.width; column++) {
      const [left, right] = span(column, to.width, from.width)
      const at = (row * to.width + column) * channels
      for (let c = 0; c < Math.min(3, channels); c++) {
        let sum = 0
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) sum += pixels[(y * from.width + x) * 3 + c] ?? 0
        result[at + c] = Math.round(sum / ((bottom - top) * (right - left)))
      }
      if (channels === 4) result[at + 3] = 255
    }
  }
  return result
}

/** First source index of an output one, and the one after its last. */
function span(index: number, outSize: number, size: number): [number, number] {
  const start = Math.min(size - 1, Math.floor((index * size) / outSize))
  return [start, Math.max(start + 1, Math.floor(((index + 1) * size) / outSize))]
}
