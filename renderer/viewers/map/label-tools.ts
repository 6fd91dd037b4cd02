import type Map from 'ol/Map.js'
import Draw from 'ol/interaction/Draw.js'
import type Interaction from 'ol/interaction/Interaction.js'
import Modify from 'ol/interaction/Modify.js'
import Snap from 'ol/interaction/Snap.js'
import Translate from 'ol/interaction/Translate.js'
import Collection from 'ol/Collection.js'
import type Feature from 'ol/Feature.js'
import VectorSource from 'ol/source/Vector.js'
import { Circle, Fill, Stroke, Style } from 'ol/style.js'
import type { LabelGeometry } from '../../../shared/domain/label-collection.ts'
import { type LabelLayer, toLabelGeometry } from './label-layer.ts'

/** What a click on the map does here; null leaves it to something else. */
export type MapLabelTool = 'select' | 'point' | 'polygon' | null

/** What the tools tell the page. */
export interface LabelToolEvents {
  readonly onSelect: (id: string | null) => void
  readonly onDrawn: (geometry: LabelGeometry) => void
  readonly onMoved: (id: string, geometry: LabelGeometry) => void
}

const hitTolerance = 6

/** Drawing, choosing and moving labels on a map; the page's store decides what becomes of it. */
export class LabelTools {
  private readonly map: Map
  private readonly labels: LabelLayer
  private readonly events: LabelToolEvents
  private readonly sketches = new VectorSource()
  private readonly selected = new Collection<Feature>()
  private active: Interaction[] = []
  private draw: Draw | null = null
  private tool: MapLabelTool = 'select'
  private readonly stopClicks: () => void

  constructor(map: Map, labels: LabelLayer, events: LabelToolEvents) {
    this.map = map
    this.labels = labels
    this.events = events
    const click = (event: { pixel: number[] }): void => {
      if (this.tool !== 'select') return
      this.events.onSelect(this.labelAt(event.pixel))
    }
    map.on('singleclick', click as never)
    this.stopClicks = () => map.un('singleclick', click as never)
  }

  /** Takes up a tool; `colour` is the class's, for the sketch. */
  use(tool: MapLabelTool, colour: string): void {
    this.drop()
    this.tool = tool
    if (tool === null) return
    if (tool === 'select') {
      const modify = new Modify({ features: this.selected, pixelTolerance: 10, style: sketchStyle(colour) })
      modify.on('modifyend', () => this.tellMoved())
      // A drag alone pans the map; with Ctrl it moves the whole label.
      const translate = new Translate({
        features: this.selected,
        condition: ({ originalEvent }) => originalEvent.ctrlKey || originalEvent.metaKey,
      })
      translate.on('translateend', () => this.tellMoved())
      this.take([modify, translate])
      return
    }
    const draw = new Draw({
      source: this.sketches,
      type: tool === 'point' ? 'Point' : 'Polygon',
      style: sketchStyle(colour),
      stopClick: true,
    })
    draw.on('drawend', ({ feature }) => {
      const geometry = toLabelGeometry(feature.getGeometry())
      // The sketch goes; the label comes back through the store.
      queueMicrotask(() => this.sketches.clear())
      if (geometry) this.events.onDrawn(geometry)
    })
    this.draw = draw
    this.take(tool === 'polygon' ? [draw, new Snap({ source: this.labels.source, pixelTolerance: 8 })] : [draw])
  }

  /** Makes one label movable. */
  select(id: string | null): void {
    this.selected.clear()
    const feature = id === null ? null : this.labels.source.getFeatureById(id)
    if (feature) this.selected.push(feature as Feature)
  }

  /** Gives up the polygon under way; false when there was none. */
  abort(): boolean {
    if (!this.draw || this.tool !== 'polygon') return false
    this.draw.abortDrawing()
    return true
  }

  /** Does at a place of the map what a click there does: sets a point or a corner, or chooses the label. */
  clickAt(x: number, y: number): void {
    if (this.tool === 'point') this.events.onDrawn({ type: 'Point', coordinates: [x, y] })
    else if (this.tool === 'polygon') this.draw?.appendCoordinates([[x, y]])
    else if (this.tool === 'select') {
      const pixel = this.map.getPixelFromCoordinate([x, y]) as number[] | null
      if (pixel) this.events.onSelect(this.labelAt(pixel))
    }
  }

  /** Closes the polygon under way. */
  finish(): void {
    if (this.tool === 'polygon') this.draw?.finishDrawing()
  }

  /** Takes back the last corner of the polygon under way. */
  undoCorner(): void {
    this.draw?.removeLastPoint()
  }

  dispose(): void {
    this.stopClicks()
    this.drop()
  }

  private tellMoved(): void {
    const feature = this.selected.item(0)
    const geometry = toLabelGeometry(feature.getGeometry())
    if (geometry) this.events.onMoved(String(feature.getId()), geometry)
  }

  private labelAt(pixel: number[]): string | null {
    let found: string | null = null
    this.map.forEachFeatureAtPixel(
      pixel,
      (feature) => {
        const id = String(feature.getId() ?? '')
        if (!this.labels.isVisible(id)) return false
        found = id
        return true
      },
      { layerFilter: (layer) => layer === this.labels.layer, hitTolerance },
    )
    return found
  }

  private take(interactions: Interaction[]): void {
    this.active = interactions
    for (const interaction of interactions) this.map.addInteraction(interaction)
  }

  private drop(): void {
    for (const interaction of this.active) this.map.removeInteraction(interaction)
    this.active = []
    this.draw = null
    this.sketches.clear()
  }
}

function sketchStyle(colour: string): Style[] {
  return [
    new Style({ stroke: new Stroke({ color: 'rgba(0,0,0,0.75)', width: 4 }) }),
    new Style({
      stroke: new Stroke({ color: colour, width: 2 }),
      fill: new Fill({ color: `${colour}33` }),
      image: new Circle({
        radius: 6,
        fill: new Fill({ color: colour }),
        stroke: new Stroke({ color: '#ffffff', width: 2 }),
      }),
    }),
  ]
}
