import type Map from 'ol/Map.js'
import Feature from 'ol/Feature.js'
import { LineString, Polygon } from 'ol/geom.js'
import type { Geometry } from 'ol/geom.js'
import Draw from 'ol/interaction/Draw.js'
import VectorLayer from 'ol/layer/Vector.js'
import VectorSource from 'ol/source/Vector.js'
import { Circle, Fill, Stroke, Style, Text } from 'ol/style.js'
import type { Projector } from '../../../shared/domain/geo-grid.ts'
import { measureOnMap, measureText, type MapMeasure, type WriteNumber } from './map-measure.ts'
import type { ViewGrid } from './view-window.ts'

/** What measuring on a map asks and tells. */
export interface MeasureEvents {
  readonly number: WriteNumber
  readonly onMeasured: (kind: MapMeasure['kind'], points: MapMeasure['points']) => void
}

type Points = MapMeasure['points']

/** Ways and areas measured on one map, with their numbers; and the drawing of another one. */
export class MeasureLayer {
  private readonly map: Map
  private readonly grid: ViewGrid
  private readonly projector: Projector | null
  private readonly events: MeasureEvents
  private readonly source = new VectorSource()
  private readonly layer: VectorLayer
  private draw: Draw | null = null
  private sketch: Feature | null = null

  constructor(map: Map, grid: ViewGrid, projector: Projector | null, events: MeasureEvents) {
    this.map = map
    this.grid = grid
    this.projector = projector
    this.events = events
    this.layer = new VectorLayer({ source: this.source, zIndex: 18, style: (one) => this.styleOf(one as Feature) })
    map.addLayer(this.layer)
  }

  /** Whether something is being drawn. */
  get isBusy(): boolean {
    return this.sketch !== null
  }

  show(measures: readonly MapMeasure[]): void {
    this.source.clear()
    for (const { kind, points } of measures) this.source.addFeature(new Feature(geometryOf(kind, points)))
  }

  /** Takes up a tool; null puts it away. */
  use(kind: MapMeasure['kind'] | null): void {
    if (this.draw) this.map.removeInteraction(this.draw)
    this.draw = null
    this.sketch = null
    if (kind === null) return
    const draw = new Draw({
      type: kind === 'distance' ? 'LineString' : 'Polygon',
      stopClick: true,
      style: (one) => {
        const type = one.getGeometry()?.getType()
        if (type === 'Point') return [cornerStyle]
        // An area's edge comes as a line of its own, whose length nobody asked for.
        return kind === 'area' && type === 'LineString' ? lineStyles : this.styleOf(one as Feature)
      },
    })
    draw.on('drawstart', ({ feature }) => (this.sketch = feature))
    draw.on('drawabort', () => (this.sketch = null))
    draw.on('drawend', ({ feature }) => {
      this.sketch = null
      this.events.onMeasured(kind, pointsOf(feature.getGeometry()))
    })
    this.draw = draw
    this.map.addInteraction(draw)
  }

  /** Gives up what is being drawn; false when there was nothing. */
  abort(): boolean {
    if (!this.sketch) return false
    this.draw?.abortDrawing()
    this.sketch = null
    return true
  }

  undoCorner(): void {
    this.draw?.removeLastPoint()
  }

  /** Sets a corner where a crosshair stands. */
  addCorner(x: number, y: number): void {
    this.draw?.appendCoordinates([[x, y]])
  }

  /** Ends the way or area that is being drawn. */
  finish(): void {
    if (this.sketch) this.draw?.finishDrawing()
  }

  dispose(): void {
    this.use(null)
    this.map.removeLayer(this.layer)
  }

  private styleOf(feature: Feature): Style[] {
    const geometry = feature.getGeometry()
    const points = pointsOf(geometry)
    const kind = geometry instanceof Polygon ? 'area' : 'distance'
    const pixel = Math.hypot(this.grid.geoTransform[1], this.grid.geoTransform[4])
    const measured = points.length > 1 ? measureOnMap({ kind, points }, this.projector, pixel) : null
    const text = new Text({
      text: measured ? measureText(measured, this.events.number) : '',
      font: '600 12.5px system-ui, sans-serif',
      fill: new Fill({ color: '#ffe89a' }),
      stroke: new Stroke({ color: 'rgba(0,0,0,0.9)', width: 3.5 }),
      overflow: true,
      placement: 'point',
      offsetY: kind === 'distance' ? -14 : 0,
    })
    const fill = kind === 'area' ? [new Style({ fill: new Fill({ color: 'rgba(255,216,77,0.14)' }) })] : []
    return [...fill, ...lineStyles, new Style({ text })]
  }
}

const lineStyles = [
  new Style({ stroke: new Stroke({ color: 'rgba(0,0,0,0.7)', width: 4 }) }),
  new Style({ stroke: new Stroke({ color: '#ffd84d', width: 2 }) }),
]
const cornerStyle = new Style({
  image: new Circle({
    radius: 5,
    fill: new Fill({ color: '#ffd84d' }),
    stroke: new Stroke({ color: '#0b0b0c', width: 1.5 }),
  }),
})

function geometryOf(kind: MapMeasure['kind'], points: Points): Geometry {
  const [first] = points
  return kind === 'distance' || !first ? new LineString(points) : new Polygon([[...points, first]])
}

/** Corners of a drawn shape; a ring without the one that closes it. */
function pointsOf(geometry: Geometry | undefined): Points {
  const pair = (position: number[]): [number, number] => [position[0] ?? 0, position[1] ?? 0]
  if (geometry instanceof LineString) return geometry.getCoordinates().map(pair)
  if (!(geometry instanceof Polygon)) return []
  return (geometry.getCoordinates()[0] ?? []).slice(0, -1).map(pair)
}
