import type { FrameLabelOf, PixelPolygon } from '../../../shared/domain/label-frame.ts'
import { type PaintedFrame, paintedFrame, pixelsOfClass } from '../../../shared/domain/label-mask.ts'
import { outlinePixels } from '../../../shared/domain/label-outline.ts'
import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import { rgbOf, unknownColour } from './label-colour.ts'

type Mask = FrameLabelOf<'mask'>

// What is worked out of a mask stays as long as the mask: labels are never changed in place.
const paintedFrames = new WeakMap<Mask, PaintedFrame>()
const outlines = new WeakMap<Mask, ReadonlyMap<string, readonly PixelPolygon[]>>()

/** A mask pixel by pixel, worked out once. */
export function paintedOf(mask: Mask): PaintedFrame {
  const known = paintedFrames.get(mask) ?? paintedFrame(mask)
  paintedFrames.set(mask, known)
  return known
}

/** The outlines of each class of a mask, worked out once. */
export function outlinesOf(mask: Mask): ReadonlyMap<string, readonly PixelPolygon[]> {
  const painted = paintedOf(mask)
  const known =
    outlines.get(mask) ?? new Map(painted.classes.map((label) => [label, outlinePixels(pixelsOfClass(painted, label))]))
  outlines.set(mask, known)
  return known
}

/** A mask in the colours of its classes, one picture pixel for each; hidden classes are transparent. */
export function maskPicture(
  mask: Mask,
  colours: ReadonlyMap<string, string>,
  hidden: ReadonlySet<string>,
): HTMLCanvasElement {
  const { width, height, classes, pixels } = paintedOf(mask)
  const table = classes.map((name) => (hidden.has(name) ? null : rgbOf(colours.get(name) ?? unknownColour)))
  const image = new ImageData(width, height)
  const words = new Uint32Array(image.data.buffer)
  // The order of bytes in a word is the machine's; every machine this runs on has the lowest first.
  const packed = table.map((rgb) => (rgb ? ((255 << 24) | (rgb[2] << 16) | (rgb[1] << 8) | rgb[0]) >>> 0 : 0))
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i] ?? 0
    if (value !== 0) words[i] = packed[value - 1] ?? 0
  }
  return drawn(image)
}

/** A set of pixels in one colour, as a picture of its window. */
export function pixelPicture(set: PixelSet, colour: string): HTMLCanvasElement {
  const image = new ImageData(Math.max(1, set.width), Math.max(1, set.height))
  const rgba = [...rgbOf(colour), 255]
  set.bits.forEach((bit, i) => {
    if (bit === 1) image.data.set(rgba, i * 4)
  })
  return drawn(image)
}

function drawn(image: ImageData): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas
}
