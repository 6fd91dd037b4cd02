import { colourTable } from '../../../../shared/imaging/colour-maps.ts'
import type { ActionSaliency } from '../../../../shared/domain/video-prediction.ts'

/** The seen frame that lies nearest to a frame, as its place in the list; null outside the part that was explained. */
export function nearestSeen(
  { frames, from, to }: Pick<ActionSaliency, 'frames' | 'from' | 'to'>,
  frame: number,
): number | null {
  if (frame < from || frame >= to || frames.length === 0) return null
  let best = 0
  frames.forEach((seen, i) => {
    if (Math.abs(seen - frame) < Math.abs((frames[best] ?? 0) - frame)) best = i
  })
  return best
}

/**
 * Maps for the eye: gradients are noisy from pixel to pixel, so each pixel gets the mean of those around it. Numbers in files and shares
 * stay as they are.
 * @param maps [frames × height × width]
 */
export function smoothed(maps: Float32Array, [height, width]: readonly [number, number]): Float32Array {
  const radius = Math.max(1, Math.round(Math.max(height, width) / 32))
  return blurred(blurred(maps, width, 1, radius), height, width, radius)
}

/** Means along one axis, whose values lie `stride` apart; there are `length` of them. */
function blurred(values: Float32Array, length: number, stride: number, radius: number): Float32Array {
  return values.map((_, i) => {
    const place = Math.floor(i / stride) % length
    const [from, to] = [Math.max(0, place - radius), Math.min(length - 1, place + radius)]
    let sum = 0
    for (let at = from; at <= to; at++) sum += values[i + (at - place) * stride] ?? 0
    return sum / (to - from + 1)
  })
}

/**
 * The value that is drawn in the strongest colour: above it lies a two-hundredth of all pixels, so that single ones do not make the rest
 * invisible.
 */
export function strongest(maps: Float32Array): number {
  const sorted = Float32Array.from(maps).sort()
  return Math.max(sorted[Math.floor(0.995 * (sorted.length - 1))] ?? 0, 1e-12)
}

/**
 * A map as a picture: the more a pixel decided, the warmer and the less transparent.
 * @param map [height × width] @returns RGBA [height, width, 4]
 */
export function heatPicture(map: Float32Array, limit: number): Uint8ClampedArray {
  const table = colourTable('inferno')
  const pixels = new Uint8ClampedArray(map.length * 4)
  map.forEach((value, i) => {
    const part = Math.min(1, value / limit)
    const at = Math.round(part * 255) * 3
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = table[at + c] ?? 0
    pixels[4 * i + 3] = Math.round(255 * part)
  })
  return pixels
}
