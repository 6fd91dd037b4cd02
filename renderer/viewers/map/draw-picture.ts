import type { FramePicture } from './frame-picture.ts'
import { drawTransform, type Extent, type ViewGrid, type ViewWindow } from './view-window.ts'

/** Where on a canvas a picture is drawn. */
export interface DrawPlace {
  /** Canvas pixels. */
  readonly width: number
  readonly height: number
  /** Part of the width, 0-1. */
  readonly clip: { readonly from: number; readonly to: number }
  /** A part of the frame that is left out, because it is drawn in more detail. */
  readonly around?: ViewWindow
}

/**
 * Draws a part of a frame where it belongs in a view. Pixels are data: enlarged ones keep their edges, reduced ones are
 * averaged.
 * @param view  map units shown, and map units in one canvas pixel
 */
export function drawPicture(
  context: CanvasRenderingContext2D,
  { part, picture }: Pick<FramePicture, 'part' | 'picture'>,
  grid: ViewGrid,
  view: { readonly extent: Extent; readonly resolution: number },
  { width, height, clip, around }: DrawPlace,
): void {
  context.save()
  context.beginPath()
  context.rect(clip.from * width, 0, (clip.to - clip.from) * width, height)
  context.clip()
  if (around) {
    // Half-transparent pixels must not be drawn twice.
    const hole = new Path2D()
    hole.rect(0, 0, width, height)
    const [a, b, c, d, e, f] = drawTransform(grid, around, view)
    const inner = new Path2D()
    inner.rect(0, 0, around.outWidth, around.outHeight)
    hole.addPath(inner, { a, b, c, d, e, f })
    context.clip(hole, 'evenodd')
  }
  const transform = drawTransform(grid, part, view)
  const current = context.getTransform()
  context.imageSmoothingEnabled = Math.hypot(transform[0], transform[1]) < 1
  context.transform(...transform)
  context.drawImage(picture, 0, 0)
  context.setTransform(current)
  context.restore()
}
