import type { FrameState } from 'ol/Map.js'
import Layer from 'ol/layer/Layer.js'
import type { FrameCache } from './frame-cache.ts'
import {
  type FrameLayerState,
  type FramePicture,
  paintPicture,
  peekPlanes,
  planesOf,
  readsOf,
} from './frame-picture.ts'
import { type Extent, pixelAt, type ViewGrid, viewWindow, type ViewWindow, wholeWindow } from './view-window.ts'
import { drawPicture } from './draw-picture.ts'

export type { FrameLayerState } from './frame-picture.ts'

/** How to make a layer. */
export interface FrameLayerOptions {
  readonly cache: FrameCache
  readonly grid: ViewGrid
  /** `nearest` for class maps, whose numbers have no average. */
  readonly resampling: 'nearest' | 'average'
  readonly zIndex: number
  /** Frames to read ahead in the direction in which time moves; one is kept ready behind. */
  readonly ahead: number
  readonly frames: number
  readonly onError: (error: unknown) => void
  /** Called when a frame is on the screen. */
  readonly onShown?: (picture: FramePicture) => void
}

/**
 * Draws one frame of a sequence. The last picture stays until the next one is there, so stepping through time never
 * flashes; moving and zooming redraw what is at hand over a coarse picture of the whole, and finer detail follows. Of large
 * frames more is read than is seen. One read is under way at a time, always for what is wanted last: scrubbing through a
 * thousand dates does not queue a thousand reads.
 */
export class FrameLayer extends Layer {
  private readonly options: FrameLayerOptions
  private readonly surface = document.createElement('canvas')
  // OpenLayers draws the layer above straight into a bare canvas, and would give it this layer's opacity.
  private readonly box = document.createElement('div')
  private wanted: FrameLayerState | null = null
  private shown: FramePicture | null = null
  private shownState: FrameLayerState | null = null
  /** The whole of the shown frame, coarse; only for frames that are read in parts. */
  private whole: { readonly picture: FramePicture; readonly state: FrameLayerState } | null = null
  private shownKey = ''
  private isReading = false
  private direction = 1
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
    if (state && this.wanted && state.frame !== this.wanted.frame) this.direction = directionOf(this.wanted, state)
    this.wanted = state
    if (!state) {
      this.shown = null
      this.whole = null
      this.shownKey = ''
    }
    this.changed()
  }

  /** Draws only from one part of the width to another (0-1): for comparing two dates with a curtain. */
  clip(from: number, to: number): void {
    if (this.clipFrom === from && this.clipTo === to) return
    this.clipFrom = from
    this.clipTo = to
    this.changed()
  }

  /** What is on the screen; null while nothing is. */
  get picture(): FramePicture | null {
    return this.shown
  }

  /** Values of the shown bands at a map position; null outside, or while nothing is shown. */
  valuesAt(x: number, y: number): number[] | null {
    const { shown } = this
    const pixel = shown && pixelAt(this.options.grid, x, y)
    if (!shown || !pixel) return null
    const { window, outHeight, outWidth } = shown.part
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
    const reads = readsOf(wanted, part, options.resampling)
    const key = JSON.stringify([wanted.handle, reads])
    if (key === this.shownKey && this.shown) {
      if (this.shownState !== wanted) this.paint(wanted, part, key)
      return
    }
    const here = peekPlanes(options.cache, wanted.handle, reads)
    if (here) {
      this.take(wanted, part, key, here)
      return
    }
    if (this.isReading) return
    this.isReading = true
    Promise.all(reads.map((read) => options.cache.read(wanted.handle, read)))
      .then(
        (found) => {
          this.isReading = false
          // What came is shown even when something later is wanted by now: it is nearer to that than what is there.
          if (this.wanted?.handle === wanted.handle) this.take(wanted, part, key, found)
        },
        (error: unknown) => {
          this.isReading = false
          if (this.wanted === wanted) options.onError(error)
        },
      )
      .finally(() => this.changed())
  }

  private take(state: FrameLayerState, part: ViewWindow, key: string, found: readonly Float32Array[]): void {
    this.shown = paintPicture(state, part, planesOf(state, found))
    this.shownState = state
    this.shownKey = key
    this.options.onShown?.(this.shown)
    if (state === this.wanted) {
      this.readWhole(state)
      this.readAhead(state, part)
    }
  }

  private paint(state: FrameLayerState, part: ViewWindow, key: string): void {
    if (!this.shown) return
    this.shown = paintPicture(state, part, this.shown)
    this.shownState = state
    this.shownKey = key
    this.whole = null
    this.options.onShown?.(this.shown)
    this.readWhole(state)
  }

  private readWhole(state: FrameLayerState): void {
    const { cache, grid, resampling } = this.options
    const part = wholeWindow(grid)
    if (!part || this.whole?.state === state) return
    Promise.all(readsOf(state, part, resampling).map((read) => cache.read(state.handle, read))).then(
      (found) => {
        if (this.wanted !== state) return
        this.whole = { picture: paintPicture(state, part, planesOf(state, found)), state }
        this.changed()
      },
      () => undefined, // Only a help while moving; the detail tells of errors.
    )
  }

  private readAhead(state: FrameLayerState, part: ViewWindow): void {
    const { cache, ahead, frames, resampling } = this.options
    if (ahead === 0) return
    const bytes = part.outHeight * part.outWidth * state.bands.length * 4
    const most = Math.min(ahead, Math.floor(cache.limit / 4 / bytes))
    const offsets = Array.from({ length: most }, (_, i) => (i + 1) * this.direction)
    if (most > 0) offsets.splice(2, 0, -this.direction)
    for (const offset of offsets) {
      // Playing begins again after the last date, so that the first ones come after it.
      const frame = (state.frame + offset + frames) % frames
      for (const read of readsOf({ ...state, frame, against: null }, part, resampling))
        cache.readAhead(state.handle, read).catch(() => undefined)
    }
  }

  private draw(view: { extent: Extent; resolution: number }): void {
    const context = this.surface.getContext('2d')
    if (!context) return
    const { width, height } = this.surface
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    const clip = { from: this.clipFrom, to: this.clipTo }
    const { grid } = this.options
    const { whole, shown } = this
    const isSameFrame = whole !== null && shown !== null && whole.state === this.shownState
    if (isSameFrame) drawPicture(context, whole.picture, grid, view, { width, height, clip, around: shown.part })
    if (shown) drawPicture(context, shown, grid, view, { width, height, clip })
  }
}

/** Whether time moved forwards or backwards; from the last frame to the first is forwards. */
function directionOf(from: FrameLayerState, to: FrameLayerState): number {
  const by = to.frame - from.frame
  return Math.abs(by) > 1 && to.frame === 0 ? 1 : Math.sign(by)
}
