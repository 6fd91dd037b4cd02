import { type Adjustment, paintDifference, paintPicture } from './paint-picture.ts'
import type { Picture } from './picture-cache.ts'

/** Turns pictures into something a canvas can draw; keeps the last one, which is drawn again while a view moves. */
export class PicturePainter {
  private readonly canvas = document.createElement('canvas')
  private image: ImageData | null = null
  private painted: readonly unknown[] = []

  /** A picture in its colours, changed for the screen. */
  colours(picture: Picture, adjustment: Adjustment): HTMLCanvasElement {
    return this.paint([picture, adjustment], picture, (target) => paintPicture(picture, adjustment, target))
  }

  /** The difference of two pictures; where their sizes differ (one is still on its way) the first one is shown. */
  difference(first: Picture, second: Picture, limit: number): HTMLCanvasElement {
    return this.paint([first, second, limit], first, (target) => {
      if (first.pixels.length === second.pixels.length) paintDifference(first, second, limit, target)
      else target.set(first.pixels)
    })
  }

  private paint(
    of: readonly unknown[],
    { height, width }: Picture,
    fill: (target: Uint8ClampedArray) => void,
  ): HTMLCanvasElement {
    if (of.length === this.painted.length && of.every((part, i) => part === this.painted[i])) return this.canvas
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height)
      this.canvas.width = width
      this.canvas.height = height
    }
    fill(this.image.data)
    this.canvas.getContext('2d')?.putImageData(this.image, 0, 0)
    this.painted = of
    return this.canvas
  }
}
