import geographic from 'geographiclib-geodesic'

const { WGS84 } = geographic.Geodesic

/** A place as [longitude, latitude] in degrees. */
type LonLat = readonly [number, number]

/**
 * Length of a way on the ground, in metres: the sum of the shortest ways on the WGS 84 ellipsoid between one place and the next.
 * Source: Karney (2013), Algorithms for geodesics, J. Geodesy 87; errors are below a micrometre.
 */
export function groundLength(places: readonly LonLat[]): number {
  const way = WGS84.Polygon(true)
  for (const [longitude, latitude] of places) way.AddPoint(latitude, longitude)
  return way.Compute(false, true).perimeter
}

/** Area in square metres inside of a ring whose edges are shortest ways on the WGS 84 ellipsoid; the ring need not be closed. */
export function groundArea(ring: readonly LonLat[]): number {
  const area = WGS84.Polygon(false)
  for (const [longitude, latitude] of ring) area.AddPoint(latitude, longitude)
  // The way round does not matter, and no field covers half of the Earth.
  return Math.abs(area.Compute(false, true).area ?? 0)
}
