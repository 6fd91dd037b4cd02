import { type GeoTransform, mapToPixel, pixelToMap } from '../../../shared/domain/geo-grid.ts'
import type { LabelFeature, LabelGeometry } from '../../../shared/domain/label-collection.ts'
import type { PixelPolygon } from '../../../shared/domain/label-frame.ts'
import { outlinePixels, pixelsInside } from '../../../shared/domain/label-outline.ts'
import { countPixels, type PixelSet, subtractPixels, unitePixels } from '../../../shared/domain/label-pixels.ts'
import type { ViewGrid } from './view-window.ts'

/** The pixels of a sequence's grid whose centre lies in an area; none for a point. */
export function pixelsOfGeometry(geometry: LabelGeometry, grid: ViewGrid): PixelSet {
  const polygons =
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'Point' ? [] : geometry.coordinates
  const place = ([x, y]: readonly [number, number]): [number, number] => mapToPixel(grid.geoTransform, x, y)
  return pixelsInside(
    grid,
    polygons.map((rings): PixelPolygon => rings.map((ring) => ring.map(place))),
  )
}

/** The area along the edges of pixels; null for none. `pixelsOfGeometry` gives the same pixels back. */
export function geometryOfPixels(set: PixelSet, transform: GeoTransform): LabelGeometry | null {
  const polygons = outlinePixels(set).map((rings) =>
    rings.map((ring) => {
      const placed = ring.map(([column, row]): [number, number] => pixelToMap(transform, column, row))
      const [first] = placed
      return first ? [...placed, first] : placed
    }),
  )
  const [only, ...others] = polygons
  if (!only) return null
  return others.length === 0 ? { type: 'Polygon', coordinates: only } : { type: 'MultiPolygon', coordinates: polygons }
}

/** An area with pixels added; it then runs along pixel edges. Null when nothing is there. */
export function withPixels(geometry: LabelGeometry, set: PixelSet, grid: ViewGrid): LabelGeometry | null {
  return geometryOfPixels(unitePixels(pixelsOfGeometry(geometry, grid), set), grid.geoTransform)
}

/** Areas that pixels are taken from: those that change, and the ids of those of which nothing is left. Others are not touched. */
export function erasePixels(
  features: readonly LabelFeature[],
  set: PixelSet,
  grid: ViewGrid,
): { readonly changed: LabelFeature[]; readonly removed: string[] } {
  const changed: LabelFeature[] = []
  const removed: string[] = []
  for (const feature of features) {
    if (feature.geometry.type === 'Point') continue
    const before = pixelsOfGeometry(feature.geometry, grid)
    const after = subtractPixels(before, set)
    if (countPixels(after) === countPixels(before)) continue
    const geometry = geometryOfPixels(after, grid.geoTransform)
    if (geometry) changed.push({ ...feature, geometry })
    else removed.push(feature.id)
  }
  return { changed, removed }
}
