import type Map from 'ol/Map.js'
import type MapBrowserEvent from 'ol/MapBrowserEvent.js'
import PointerInteraction from 'ol/interaction/Pointer.js'
import { mapToPixel } from '../../../shared/domain/geo-grid.ts'
import { brushPixels, noPixels, type PixelSet, unitePixels } from '../../../shared/domain/label-pixels.ts'
import { fillRegion, type FillSeed } from '../labels/shown-values.ts'
import { LabelPixelLayer } from './label-pixel-layer.ts'
import type { ViewGrid } from './view-window.ts'

/** What is painted with, at this moment. */
export interface PaintSettings {
  readonly tool: 'brush' | 'eraser' | 'fill'
  /** Diameter in pixels. */
  readonly size: number
  /** Part of the shown range. */
  readonly tolerance: number
  readonly colour: string
}

/** What painting on a map asks and tells. */
export interface PaintEvents {
  readonly settings: () => PaintSettings
  /** A stroke or a region is done. */
  readonly onPainted: (set: PixelSet, isErased: boolean) => void
  readonly seed: (column: number, row: number) => Promise<FillSeed | null>
  readonly onTolerance: (tolerance: number) => void
  /** The region reached its limit. */
  readonly onCutOff: () => void
  readonly onSeed: (seed: FillSeed | null) => void
}

/** Screen pixels of dragging for the whole range. */
const dragForAll = 400

/**
 * Brush, eraser and fill on a map, pixel by pixel of the sequence's grid. The first button paints; the wheel zooms and the
 * middle button pans as ever. While a region grows, dragging right or left changes the tolerance.
 */
export class LabelPainting extends PointerInteraction {
  private readonly olMap: Map
  private readonly grid: ViewGrid
  private readonly events: PaintEvents
  private readonly layer: LabelPixelLayer
  private readonly viewport: HTMLElement | undefined
  private stroke: PixelSet = noPixels
  private last: [number, number] | null = null
  private seed: FillSeed | null = null
  private downX = 0
  private downTolerance = 0
  private isDown = false
  private turn = 0

  constructor(map: Map, grid: ViewGrid, events: PaintEvents) {
    super({})
    this.olMap = map
    this.grid = grid
    this.events = events
    this.layer = new LabelPixelLayer(grid)
    map.addLayer(this.layer)
    map.addInteraction(this)
    this.viewport = map.getViewport()
    this.viewport?.addEventListener('pointerleave', this.leave)
  }

  /** Shows the brush anew: its size or colour has changed. */
  refresh(): void {
    if (this.last) this.showCursor(this.last)
    if (this.seed && this.isDown) this.preview()
  }

  /** Gives up a stroke or region under way; false when there was none. */
  abort(): boolean {
    if (!this.isDown) return false
    this.reset()
    return true
  }

  /** Takes the tool off the map. */
  end(): void {
    this.viewport?.removeEventListener('pointerleave', this.leave)
    this.olMap.removeInteraction(this)
    this.olMap.removeLayer(this.layer)
  }

  protected override handleDownEvent(event: MapBrowserEvent): boolean {
    if ((event.originalEvent as PointerEvent).button !== 0) return false
    this.downX = event.pixel[0] ?? 0
    this.press(this.at(event))
    return true
  }

  /** Begins a stroke or a region at a place of the grid, [column, row]. */
  press(at: [number, number]): void {
    const { tool, tolerance } = this.events.settings()
    this.isDown = true
    if (tool === 'fill') {
      this.downTolerance = tolerance
      void this.begin(Math.floor(at[0]), Math.floor(at[1]))
      return
    }
    this.stroke = noPixels
    this.extend(at, at)
  }

  /** Shows the brush at a place; while it is down, it paints on the way there. */
  moveTo(at: [number, number]): void {
    if (this.isDown && this.events.settings().tool !== 'fill') this.extend(this.last ?? at, at)
    else {
      this.last = at
      this.showCursor(at)
    }
  }

  /** Ends the stroke or region under way. */
  release(): void {
    this.handleUpEvent()
  }

  protected override handleDragEvent(event: MapBrowserEvent): void {
    if (!this.isDown) return
    const at = this.at(event)
    if (this.events.settings().tool === 'fill') {
      const moved = ((event.pixel[0] ?? 0) - this.downX) / dragForAll
      // Fine near the start, quick further on: small tolerances are what one looks for.
      const tolerance = this.downTolerance + moved / 4 + moved * Math.abs(moved)
      this.events.onTolerance(Math.min(1, Math.max(0, tolerance)))
      this.preview()
      return
    }
    this.extend(this.last ?? at, at)
  }

  protected override handleUpEvent(): boolean {
    if (!this.isDown) return false
    const { tool } = this.events.settings()
    if (tool === 'fill') {
      if (this.seed) this.finishFill(this.seed)
      else this.isDown = false // The values are still on their way; `begin` finishes.
      return false
    }
    const { stroke } = this
    this.reset()
    if (stroke.bits.includes(1)) this.events.onPainted(stroke, tool === 'eraser')
    return false
  }

  protected override handleMoveEvent(event: MapBrowserEvent): void {
    this.last = this.at(event)
    this.showCursor(this.last)
  }

  private async begin(column: number, row: number): Promise<void> {
    const turn = ++this.turn
    this.seed = null
    if (column < 0 || row < 0 || column >= this.grid.width || row >= this.grid.height) return
    const seed = await this.events.seed(column, row)
    if (turn !== this.turn || !seed) return
    if (!this.isDown) this.finishFill(seed)
    else {
      this.seed = seed
      this.events.onSeed(seed)
      this.preview()
    }
  }

  private finishFill(seed: FillSeed): void {
    const { pixels, isCutOff } = fillRegion(seed, this.events.settings().tolerance)
    this.reset()
    if (isCutOff) this.events.onCutOff()
    if (pixels.bits.includes(1)) this.events.onPainted(pixels, false)
  }

  private preview(): void {
    if (!this.seed) return
    const { tolerance, colour } = this.events.settings()
    this.layer.showPixels(fillRegion(this.seed, tolerance).pixels, colour, false)
  }

  private extend(from: [number, number], to: [number, number]): void {
    const { tool, size, colour } = this.events.settings()
    this.stroke = unitePixels(this.stroke, brushPixels(this.grid, from, to, size))
    this.last = to
    this.layer.showPixels(this.stroke, colour, tool === 'eraser')
    this.showCursor(to)
  }

  private showCursor(at: [number, number]): void {
    const { tool, size, colour } = this.events.settings()
    if (!this.isDown) this.layer.showPixels(null, colour, tool === 'eraser')
    this.layer.showCursor(brushPixels(this.grid, at, at, tool === 'fill' ? 1 : size))
  }

  private reset(): void {
    this.turn++
    this.isDown = false
    this.stroke = noPixels
    this.seed = null
    this.layer.showPixels(null, '#888888', false)
    this.events.onSeed(null)
  }

  private readonly leave = (): void => {
    this.last = null
    this.layer.showCursor(null)
  }

  private at(event: MapBrowserEvent): [number, number] {
    const [x = NaN, y = NaN] = event.coordinate
    return mapToPixel(this.grid.geoTransform, x, y)
  }
}
