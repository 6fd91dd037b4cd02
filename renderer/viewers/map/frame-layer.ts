import type { FrameState } from 'ol/Map.js'
import Layer from 'ol/layer/Layer.js'
import type { FrameRead } from '../../../shared/contracts/data-plane.ts'
import { type FramePaint, paintFrame } from '../../../shared/imaging/paint-frame.ts'
import type { FrameCache } from './frame-cache.ts'
import { drawTransform, pixelAt, type Extent, type ViewGrid, type ViewWindow, viewWindow } from './view-window.ts'

/** Which frame of which sequence a layer shows, and how. */
export interface FrameLayerState {
  readonly handle: string
  readonly frame: number
  readonly bands: readonly number[]
  readonly paint: FramePaint
}

/** How to make a layer. */
export interface FrameLayerOptions {
  readonly cache: FrameCache
  readonly grid: ViewGrid
  /** `nearest` for class maps, whose numbers have no average. */
  readonly resampling: 'nearest' | 'average'
  readonly zIndex: number
  /** Frames to read ahead in both directions. */
  readonly ahead: number
  readonly frames: number
  readonly onError: (error: unknown) => void
  /** Called when a frame is on the screen. */
  readonly onShown?: (frame: number) => void
}

interface Shown {
  readonly read: ViewWindow
  readonly frame: number
  readonly values: Float32Array
  readonly picture: HTMLCanvasElement
}

/**
 * Draws one frame of a sequence. The last picture stays until the next one is there, so stepping through time never
 * flashes; moving and zooming redraw what is at hand, and finer detail follows.
 */
export class FrameLayer extends Layer {
  private readonly options: FrameLayerOptions
  private readonly surface = document.createElement('canvas')
  // OpenLayers draws the layer above straight into a bare canvas, and would give it this layer's opacity.
  private readonly box = document.createElement('div')
  private wanted: FrameLayerState | null = null
  private shown: Shown | null = null
  private shownPaint: FramePaint | null = null
  private revision = 0
  private pendingKey = ''
  private clipFrom = 0
  private clipTo = 1

  constructor(options: FrameLayerOptions) {
    super({ zIndex: options.zIndex })
    this.options = options
    this.box.className = 'frame-layer'
    this.box.style.position = 'absolute'
    this.box.append(this.surface)
  }

  /** Shows another frame, other bands or other colours. */
  show(state: FrameLayerState | null): void {
    this.wanted = state
    if (!state) this.shown = null
    this.pendingKey = ''
    this.changed()
  }

  /** Draws only from one part of the width to another (0-1): for comparing two dates with a curtain. */
  clip(from: number, to: number): void {
    this.clipFrom = from
    this.clipTo = to
    this.changed()
  }

  /** Values of the shown bands at a map position; null outside, or while nothing is shown. */
  valuesAt(x: number, y: number): number[] | null {
    const { shown } = this
    const pixel = shown && pixelAt(this.options.grid, x, y)
    if (!shown || !pixel) return null
    const { window, outHeight, outWidth } = shown.read
    const row = Math.floor(((pixel.row - window.row) / window.height) * outHeight)
    const column = Math.floor(((pixel.column - window.column) / window.width) * outWidth)
    if (row < 0 || column < 0 || row >= outHeight || column >= outWidth) return null
    const plane = outHeight * outWidth
    return Array.from(
      { length: shown.values.length / plane },
      (_, band) => shown.values[band * plane + row * outWidth + column] ?? NaN,
    )
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
    this.box.style.opacity = String(this.getOpacity())
    const view = { extent: extent as unknown as Extent, resolution: viewState.resolution / pixelRatio }
    this.prepare(view)
    this.draw(view)
    return this.box
  }

  private prepare(view: { extent: Extent; resolution: number }): void {
    const { wanted, options } = this
    if (!wanted) return
    const part = viewWindow(options.grid, view.extent, view.resolution)
    if (!part) return
    const read: FrameRead = {
      kind: 'frame',
      frame: wanted.frame,
      bands: [...wanted.bands],
      ...part,
      resampling: options.resampling,
    }
    const key = JSON.stringify([wanted.handle, read])
    if (key === this.pendingKey) {
      if (this.shown && this.shownPaint !== wanted.paint) this.paint(read, this.shown.values, wanted)
      return
    }
    this.pendingKey = key
    const revision = ++this.revision
    const here = options.cache.peek(wanted.handle, read)
    if (here) {
      this.paint(read, here, wanted)
      this.readAhead(wanted, read)
      return
    }
    options.cache.read(wanted.handle, read).then(
      (values) => {
        if (this.revision !== revision || !this.wanted) return
        this.paint(read, values, this.wanted)
        this.changed()
        this.readAhead(wanted, read)
      },
      (error: unknown) => {
        if (this.revision === revision) options.onError(error)
      },
    )
  }

  private readAhead(wanted: FrameLayerState, read: FrameRead): void {
    const { cache, ahead, frames } = this.options
    for (let distance = 1; distance <= ahead; distance++)
      for (const frame of [wanted.frame + distance, wanted.frame - distance])
        if (frame >= 0 && frame < frames) cache.read(wanted.handle, { ...read, frame }).catch(() => undefined)
  }

  private paint(read: FrameRead, values: Float32Array, wanted: FrameLayerState): void {
    const { outWidth, outHeight } = read
    const picture = document.createElement('canvas')
    picture.width = outWidth
    picture.height = outHeight
    const colours = paintFrame(values, outWidth * outHeight, wanted.paint)
    picture.getContext('2d')?.putImageData(new ImageData(colours, outWidth, outHeight), 0, 0)
    this.shown = { read, frame: read.frame, values, picture }
    this.shownPaint = wanted.paint
    this.options.onShown?.(read.frame)
  }

  private draw(view: { extent: Extent; resolution: number }): void {
    const context = this.surface.getContext('2d')
    if (!context) return
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, this.surface.width, this.surface.height)
    if (!this.shown) return
    context.save()
    context.beginPath()
    context.rect(
      this.clipFrom * this.surface.width,
      0,
      (this.clipTo - this.clipFrom) * this.surface.width,
      this.surface.height,
    )
    context.clip()
    const transform = drawTransform(this.options.grid, this.shown.read, view)
    // Pixels are data: enlarged ones keep their edges, reduced ones are averaged.
    context.imageSmoothingEnabled = Math.abs(transform[0]) < 1
    context.setTransform(...transform)
    context.drawImage(this.shown.picture, 0, 0)
    context.restore()
  }
}
