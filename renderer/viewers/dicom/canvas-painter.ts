import type { SliceImage, SlicePainter } from './painter.ts'
import { paintSlice, type SliceLook } from './paint-slice.ts'
import { frameTransform, type ViewPlane } from './view-plane.ts'

/** Draws with the processor into a plain canvas: exact, without any graphics driver, and fast enough for single slices. */
export class CanvasPainter implements SlicePainter {
  private readonly canvas = document.createElement('canvas')
  private readonly colours = document.createElement('canvas')
  private painted = ''

  constructor(element: HTMLElement) {
    this.canvas.className = 'slice'
    element.append(this.canvas)
  }

  paint(image: SliceImage, look: SliceLook, view: ViewPlane): void {
    this.colour(image, look)
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)]
    if (this.canvas.width !== width || this.canvas.height !== height)
      [this.canvas.width, this.canvas.height] = [width, height]
    const context = this.canvas.getContext('2d')
    if (!context) return
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    const transform = frameTransform(view, image.plane)
    context.imageSmoothingEnabled = look.isSmooth || Math.hypot(transform[0], transform[1]) * ratio < 1
    context.imageSmoothingQuality = 'high'
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    context.transform(...transform)
    context.drawImage(this.colours, 0, 0)
  }

  clear(): void {
    this.painted = ''
    this.canvas.getContext('2d')?.clearRect(0, 0, this.canvas.width, this.canvas.height)
    this.canvas.width = 0
  }

  dispose(): void {
    this.canvas.remove()
  }

  private colour(image: SliceImage, look: SliceLook): void {
    const { range, colourMap, isInverted } = look
    const wanted = `${image.key} ${range.low} ${range.high} ${colourMap} ${isInverted}`
    if (wanted === this.painted) return
    const { width, height } = image.plane
    if (this.colours.width !== width || this.colours.height !== height)
      [this.colours.width, this.colours.height] = [width, height]
    const context = this.colours.getContext('2d')
    if (!context) return
    const data = context.createImageData(width, height)
    paintSlice(image.values, image.bands, look, new Uint32Array(data.data.buffer))
    context.putImageData(data, 0, 0)
    this.painted = wanted
  }
}
