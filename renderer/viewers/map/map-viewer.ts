import Map from 'ol/Map.js'
import { shiftKeyOnly, targetNotEditable } from 'ol/events/condition.js'
import { defaults as defaultInteractions } from 'ol/interaction/defaults.js'
import KeyboardPan from 'ol/interaction/KeyboardPan.js'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import type { Projector } from '../../../shared/domain/geo-grid.ts'
import type { FrameCache } from './frame-cache.ts'
import { FrameLayer, type FrameLayerState } from './frame-layer.ts'
import type { FramePicture } from './frame-picture.ts'
import { SharedView } from './shared-view.ts'
import { pixelAt, type ViewGrid } from './view-window.ts'

/** What is under the pointer. */
export interface PointerPlace {
  readonly x: number
  readonly y: number
  readonly longitude: number | null
  readonly latitude: number | null
  readonly row: number
  readonly column: number
  readonly values: readonly number[]
}

/** What a viewer tells its page. */
export interface MapViewerEvents {
  readonly onPointer: (place: PointerPlace | null) => void
  readonly onClick: (place: PointerPlace) => void
  /** Null when the whole image was brought into view. */
  readonly onMoved: (place: { readonly centre: readonly [number, number]; readonly resolution: number } | null) => void
  readonly onShown: (frame: number, picture: FramePicture) => void
  readonly onError: (error: unknown) => void
}

/** A map with one sequence on it: its frames, a second moment behind a curtain, and class maps above. */
export class MapViewer {
  readonly map: Map
  readonly grid: ViewGrid
  readonly projector: Projector | null
  readonly shared: SharedView
  readonly base: FrameLayer
  readonly compared: FrameLayer
  readonly overlay: FrameLayer
  private readonly events: MapViewerEvents

  /** @param shared  what part of the ground is seen; maps that are given the same one move together */
  constructor(
    target: HTMLElement,
    sequence: OpenSequence,
    cache: FrameCache,
    events: MapViewerEvents,
    shared = new SharedView(sequence),
  ) {
    const { info } = sequence
    this.events = events
    this.shared = shared
    this.grid = shared.grid
    this.projector = shared.projector
    const common = { cache, grid: this.grid, onError: events.onError }
    this.base = new FrameLayer({
      ...common,
      resampling: 'average',
      zIndex: 0,
      ahead: 6,
      frames: info.frames,
      onShown: (picture) => events.onShown(picture.frame, picture),
    })
    this.compared = new FrameLayer({ ...common, resampling: 'average', zIndex: 1, ahead: 0, frames: info.frames })
    this.overlay = new FrameLayer({ ...common, resampling: 'nearest', zIndex: 2, ahead: 0, frames: 1 })
    this.map = new Map({
      target,
      controls: [],
      // Arrow keys step through time, so panning by keyboard takes Shift with them.
      interactions: defaultInteractions({ altShiftDragRotate: false, pinchRotate: false, keyboard: true })
        .getArray()
        .map((one) =>
          one instanceof KeyboardPan
            ? new KeyboardPan({ condition: (event) => targetNotEditable(event) && shiftKeyOnly(event) })
            : one,
        ),
      layers: [this.base, this.compared, this.overlay],
      view: shared.view,
    })
    if (shared.isFitted) this.fit()
    this.map.on('pointermove', (event) => {
      if (!event.dragging) events.onPointer(this.placeAt(event.coordinate))
    })
    target.addEventListener('pointerleave', () => events.onPointer(null))
    this.map.on('singleclick', (event) => {
      const place = this.placeAt(event.coordinate)
      if (place) events.onClick(place)
    })
    this.map.on('change:size', () => {
      if (shared.isFitted) this.fit()
    })
    this.map.on(['pointerdrag' as never], () => (shared.isFitted = false))
    target.addEventListener('wheel', () => (shared.isFitted = false), { passive: true })
    this.map.on('moveend', () => {
      if (shared.isFitted) return
      const [x, y] = shared.view.getCenter() ?? []
      const resolution = shared.view.getResolution() ?? 1
      if (x !== undefined && y !== undefined) events.onMoved({ centre: [x, y], resolution })
    })
  }

  /** Shows the whole sequence. */
  fit(): void {
    this.events.onMoved(null)
    this.shared.fit(this.map.getSize())
  }

  /** Brings back a place that was looked at before. */
  moveTo(centre: readonly [number, number], resolution: number): void {
    this.shared.moveTo(centre, resolution)
  }

  zoomBy(steps: number): void {
    this.shared.zoomBy(steps)
  }

  showFrame(state: FrameLayerState | null): void {
    this.base.show(state)
  }

  /** Shows a second moment right of `curtain` (0-1 of the width); null takes it away. */
  compare(state: FrameLayerState | null, curtain: number): void {
    this.compared.show(state)
    this.compared.clip(curtain, 1)
    this.base.clip(0, state ? curtain : 1)
  }

  /** Lays a class map over the imagery; null takes it away. */
  showOverlay(state: FrameLayerState | null, opacity: number): void {
    this.overlay.setOpacity(opacity)
    this.overlay.show(state)
  }

  /** Value of the overlay at a map position. */
  overlayValueAt(x: number, y: number): number | null {
    return this.overlay.valuesAt(x, y)?.[0] ?? null
  }

  dispose(): void {
    this.map.setTarget(undefined)
    this.map.dispose()
  }

  /** What lies at a map position; null outside of the image. */
  placeAt([x, y]: readonly number[]): PointerPlace | null {
    if (x === undefined || y === undefined) return null
    const pixel = pixelAt(this.grid, x, y)
    if (!pixel) return null
    const [longitude, latitude] = this.projector?.toLonLat(x, y) ?? [null, null]
    return { x, y, longitude, latitude, ...pixel, values: this.base.valuesAt(x, y) ?? [] }
  }
}
