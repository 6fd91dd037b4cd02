import { type FrameLabelOf, maskId } from './label-frame.ts'
import { maskFromText, maskToText } from './label-rle.ts'
import { noPixels, type PixelSet } from './label-pixels.ts'

/** What is painted on a frame, pixel by pixel. */
export interface PaintedFrame {
  readonly height: number
  readonly width: number
  /** Names of the classes; pixel value n means `classes[n - 1]`, 0 means none. */
  readonly classes: readonly string[]
  /** [height × width] */
  readonly pixels: Uint16Array
}

/** A frame with nothing on it. */
export function blankFrame(height: number, width: number): PaintedFrame {
  return { height, width, classes: [], pixels: new Uint16Array(height * width) }
}

/** A stored mask pixel by pixel. Where layers overlap, the later one counts. @throws `labels/bad-mask` */
export function paintedFrame({ height, width, layers }: FrameLabelOf<'mask'>): PaintedFrame {
  const pixels = new Uint16Array(height * width)
  layers.forEach(({ counts }, index) => {
    const bits = maskFromText(counts, height, width)
    for (let i = 0; i < bits.length; i++) if (bits[i] === 1) pixels[i] = index + 1
  })
  return { height, width, classes: layers.map(({ label }) => label), pixels }
}

/** The mask to store; null when nothing is painted. */
export function storedMask(sequence: string, frame: number, painted: PaintedFrame): FrameLabelOf<'mask'> | null {
  const { height, width, classes, pixels } = painted
  const used = new Set(pixels)
  const layers = classes.flatMap((label, index) =>
    used.has(index + 1)
      ? [
          {
            label,
            counts: maskToText(
              pixels.map((value) => (value === index + 1 ? 1 : 0)),
              height,
              width,
            ),
          },
        ]
      : [],
  )
  return layers.length > 0
    ? { kind: 'mask', id: maskId(sequence, frame), sequence, frame, height, width, layers }
    : null
}

/** The frame with pixels given to a class, or to none when `label` is null; the frame given is not changed. */
export function paintPixels(painted: PaintedFrame, set: PixelSet, label: string | null): PaintedFrame {
  const known = label === null ? 0 : painted.classes.indexOf(label) + 1
  const classes = label === null || known > 0 ? painted.classes : [...painted.classes, label]
  const value = label === null ? 0 : known > 0 ? known : classes.length
  const pixels = painted.pixels.slice()
  for (let i = 0; i < set.bits.length; i++) {
    if (set.bits[i] !== 1) continue
    const [column, row] = [set.column + (i % set.width), set.row + Math.floor(i / set.width)]
    if (column < painted.width && row < painted.height) pixels[row * painted.width + column] = value
  }
  return { ...painted, classes, pixels }
}

/** The pixels of one class. */
export function pixelsOfClass({ height, width, classes, pixels }: PaintedFrame, label: string): PixelSet {
  const value = classes.indexOf(label) + 1
  if (value === 0) return noPixels
  return { column: 0, row: 0, width, height, bits: Uint8Array.from(pixels, (pixel) => (pixel === value ? 1 : 0)) }
}

/** The class at a pixel; null where nothing is painted. */
export function classAt(painted: PaintedFrame, column: number, row: number): string | null {
  if (column < 0 || row < 0 || column >= painted.width || row >= painted.height) return null
  return painted.classes[(painted.pixels[row * painted.width + column] ?? 0) - 1] ?? null
}

/**
 * The mask with a class under another name; joined with that one where the frame has both.
 * @param to  null removes its pixels
 * @returns null when nothing is left on the frame
 */
export function renamedLayers(
  mask: FrameLabelOf<'mask'>,
  from: string,
  to: string | null,
): FrameLabelOf<'mask'> | null {
  if (!mask.layers.some(({ label }) => label === from)) return mask
  const painted = paintedFrame(mask)
  const set = pixelsOfClass(painted, from)
  return storedMask(mask.sequence, mask.frame, paintPixels(painted, set, to))
}
