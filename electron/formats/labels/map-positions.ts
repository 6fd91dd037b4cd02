import type { LabelGeometry } from '../../../shared/domain/label-collection.ts'

type Position = [number, number]

/** The same geometry with every position moved by a function, as between two projections. */
export function mapPositions(geometry: LabelGeometry, move: (x: number, y: number) => Position): LabelGeometry {
  const position = ([x, y]: Position): Position => move(x, y)
  const ring = (positions: readonly Position[]): Position[] => positions.map(position)
  switch (geometry.type) {
    case 'Point':
      return { type: 'Point', coordinates: position(geometry.coordinates) }
    case 'Polygon':
      return { type: 'Polygon', coordinates: geometry.coordinates.map(ring) }
    case 'MultiPolygon':
      return { type: 'MultiPolygon', coordinates: geometry.coordinates.map((polygon) => polygon.map(ring)) }
  }
}

/** One position of a geometry: a point's own, a polygon's first. */
export function firstPosition(geometry: LabelGeometry): Position {
  switch (geometry.type) {
    case 'Point':
      return geometry.coordinates
    case 'Polygon':
      return geometry.coordinates[0]?.[0] ?? [NaN, NaN]
    case 'MultiPolygon':
      return geometry.coordinates[0]?.[0]?.[0] ?? [NaN, NaN]
  }
}
