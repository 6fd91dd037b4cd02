import type { FrameState } from 'ol/Map.js'
import Layer from 'ol/layer/Layer.js'
import { outlinePixels } from '../../../shared/domain/label-outline.ts'
import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import { pixelPicture } from '../labels/mask-picture.ts'
import { drawTransform, type Extent, type ViewGrid } from './view-window.ts'

/** Draws pixels under way (a stroke, a region that grows) and the pixels the brush would cover, exactly where they will be. */
export class LabelPixelLayer extends Layer {
  private readonly grid: ViewGrid
  private readonly surface = document.createElement('canvas')
  private readonly box = document.createElement('div')
  private picture: HTMLCanvasElement | null = null
  private shown: PixelSet | null = null
  private cursor: PixelSet | null = null
  private colour = '#888888'
  private isErasing = false

  constructor(grid: ViewGrid) {
    super({ zIndex: 15 })
    this.grid = grid
    this.box.className = 'label-pixels'
    this.box.style.position = 'absolute'
    this.box.style.pointerEvents = 'none'
    this.box.append(this.surface)
  }

  /** Shows pixels in a colour, or as what is about to go. */
  showPixels(set: PixelSet | null, colour: string, isErasing: boolean): void {
    this.shown = set
    this.colour = colour
    this.isErasing = isErasing
    this.picture = set && set.bits.length > 0 ? pixelPicture(set, isErasing ? '#ffffff' : colour) : null
    this.changed()
  }

  /** Outlines the pixels the brush covers now. */
  showCursor(cursor: PixelSet | null): void {
    this.cursor = cursor
    this.changed()
  }

  override render(frameState: FrameState | null): HTMLElement {
    if (!frameState) return this.box
    const { size, pixelRatio, extent, viewState } = frameState
    const [width, height] = [Math.round((size[0] ?? 0) * pixelRatio), Math.round((size[1] ?? 0) * pixelRatio)]
    if (this.surface.width !== width || this.surface.height !== height) {
      this.surface.width = width
      this.surface.height = height
      this.surface.style.width = `${size[0]}px`
      this.surface.style.height = `${size[1]}px`
    }
    const context = this.surface.getContext('2d')
    if (!context) return this.box
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    const view = { extent: extent as unknown as Extent, resolution: viewState.resolution / pixelRatio }
    if (this.shown && this.picture) {
      context.setTransform(...this.transformOf(this.shown, view))
      context.imageSmoothingEnabled = false
      context.globalAlpha = this.isErasing ? 0.65 : 0.5
      context.drawImage(this.picture, 0, 0)
      context.globalAlpha = 1
    }
    if (this.cursor) this.outline(context, this.cursor, view, pixelRatio)
    context.setTransform(1, 0, 0, 1, 0, 0)
    return this.box
  }

  private outline(
    context: CanvasRenderingContext2D,
    set: PixelSet,
    view: { extent: Extent; resolution: number },
    pixelRatio: number,
  ): void {
    const whole = { column: 0, row: 0, width: this.grid.width, height: this.grid.height }
    const path = new Path2D()
    const [a, b, c, d, e, f] = this.transformOf(whole, view)
    for (const ring of outlinePixels(set).flat()) {
      ring.forEach(([x, y], i) => {
        const [px, py] = [a * x + c * y + e, b * x + d * y + f]
        if (i === 0) path.moveTo(px, py)
        else path.lineTo(px, py)
      })
      path.closePath()
    }
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.strokeStyle = 'rgba(0, 0, 0, 0.75)'
    context.lineWidth = 3 * pixelRatio
    context.stroke(path)
    context.strokeStyle = this.isErasing ? '#ffffff' : this.colour
    context.lineWidth = 1.25 * pixelRatio
    context.stroke(path)
  }

  private transformOf(
    { column, row, width, height }: Omit<PixelSet, 'bits'>,
    view: { extent: Extent; resolution: number },
  ) {
    return drawTransform(
      this.grid,
      { window: { column, row, width, height }, outWidth: width, outHeight: height },
      view,
    )
  }
}
