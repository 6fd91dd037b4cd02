import Feature from 'ol/Feature.js'
import VectorLayer from 'ol/layer/Vector.js'
import { MultiPolygon, Point, Polygon } from 'ol/geom.js'
import type { Geometry } from 'ol/geom.js'
import VectorSource from 'ol/source/Vector.js'
import { Circle, Fill, Stroke, Style, Text } from 'ol/style.js'
import type { LabelFeature, LabelGeometry } from '../../../shared/domain/label-collection.ts'
import { momentOf } from '../time/time-scale.ts'

/** What decides which labels are seen, and how. */
export interface LabelLayerState {
  readonly features: readonly LabelFeature[]
  readonly colours: ReadonlyMap<string, string>
  readonly hidden: ReadonlySet<string>
  readonly selected: string | null
  /** Only labels that hold at this moment; null shows all. */
  readonly moment: number | null
}

/** Whether a label holds at a moment; `to` is the first day after it. */
export function holdsAt({ properties }: LabelFeature, moment: number): boolean {
  const { from, to } = properties
  return (from === null || momentOf(from) <= moment) && (to === null || moment < momentOf(to))
}

/** The map's geometry of a label. */
export function toMapGeometry(geometry: LabelGeometry): Geometry {
  if (geometry.type === 'Point') return new Point(geometry.coordinates)
  return geometry.type === 'Polygon' ? new Polygon(geometry.coordinates) : new MultiPolygon(geometry.coordinates)
}

/** A label's geometry from the map's; null for kinds that labels do not have. */
export function toLabelGeometry(geometry: Geometry | undefined): LabelGeometry | null {
  const pair = (position: number[]): [number, number] => [position[0] ?? 0, position[1] ?? 0]
  if (geometry instanceof Point) return { type: 'Point', coordinates: pair(geometry.getCoordinates()) }
  if (geometry instanceof Polygon)
    return { type: 'Polygon', coordinates: geometry.getCoordinates().map((ring) => ring.map(pair)) }
  if (geometry instanceof MultiPolygon)
    return {
      type: 'MultiPolygon',
      coordinates: geometry.getCoordinates().map((part) => part.map((ring) => ring.map(pair))),
    }
  return null
}

/** The labels on the map. Features are only made anew where a label has changed. */
export class LabelLayer {
  readonly source = new VectorSource()
  readonly layer: VectorLayer
  private readonly known = new Map<string, LabelFeature>()
  private state: LabelLayerState = { features: [], colours: new Map(), hidden: new Set(), selected: null, moment: null }

  constructor() {
    this.layer = new VectorLayer({
      source: this.source,
      zIndex: 10,
      style: (feature) => this.styleOf(String(feature.getId())),
    })
  }

  /** Shows another state of the labels. */
  show(state: LabelLayerState): void {
    this.state = state
    const seen = new Set<string>()
    for (const label of state.features) {
      seen.add(label.id)
      const before = this.known.get(label.id)
      this.known.set(label.id, label)
      if (before?.geometry === label.geometry) continue
      const feature = this.source.getFeatureById(label.id)
      if (feature) (feature as Feature).setGeometry(toMapGeometry(label.geometry))
      else {
        const made = new Feature(toMapGeometry(label.geometry))
        made.setId(label.id)
        this.source.addFeature(made)
      }
    }
    for (const id of [...this.known.keys()])
      if (!seen.has(id)) {
        this.known.delete(id)
        const feature = this.source.getFeatureById(id)
        if (feature) this.source.removeFeature(feature as Feature)
      }
    this.layer.changed()
  }

  /** Whether a label can be seen now. */
  isVisible(id: string): boolean {
    const label = this.known.get(id)
    if (!label || this.state.hidden.has(label.properties.label)) return false
    return this.state.moment === null || holdsAt(label, this.state.moment)
  }

  private styleOf(id: string): Style[] {
    const label = this.known.get(id)
    if (!label || !this.isVisible(id)) return []
    const colour = this.state.colours.get(label.properties.label) ?? '#888888'
    const isSelected = id === this.state.selected
    // A light ring around a dark one: seen on any ground.
    const halo = new Stroke({ color: isSelected ? '#ffffff' : 'rgba(0,0,0,0.75)', width: isSelected ? 5 : 3.5 })
    const line = new Stroke({ color: colour, width: 2 })
    if (label.geometry.type !== 'Point')
      return [new Style({ stroke: halo }), new Style({ stroke: line, fill: new Fill({ color: `${colour}38` }) })]
    const radius = isSelected ? 7 : 5
    return [
      new Style({
        zIndex: isSelected ? 2 : 1,
        image: new Circle({
          radius,
          fill: new Fill({ color: colour }),
          stroke: new Stroke({ color: isSelected ? '#ffffff' : '#0b0b0c', width: isSelected ? 2.5 : 1.5 }),
        }),
      }),
    ]
  }
}

/** The mark of a pinned curve. */
export function pinStyle(colour: string, text: string): Style {
  return new Style({
    image: new Circle({
      radius: 8,
      fill: new Fill({ color: colour }),
      stroke: new Stroke({ color: '#0b0b0c', width: 1.5 }),
    }),
    text: new Text({ text, fill: new Fill({ color: '#0b0b0c' }), font: '600 10px sans-serif' }),
  })
}
