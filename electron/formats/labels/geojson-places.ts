import { AppError } from '../../../shared/base/app-error.ts'
import { createProjector } from '../../../shared/domain/geo-grid.ts'
import type { LabelGeometry } from '../../../shared/domain/label-collection.ts'
import { parseDate } from '../dates/parse-date.ts'
import { type GeoJsonGeometry, parseGeoJsonFeatures } from './geojson-features.ts'
import { mapPositions } from './map-positions.ts'
import { type LabelledPlace, subsetNamed } from './place.ts'

const names = {
  label: ['label', 'class', 'class_name', 'landuse', 'land_use', 'category'],
  from: ['from', 'start_date', 'start'],
  to: ['to', 'end_date', 'end'],
  subset: ['subset', 'split', 'set'],
} as const

/**
 * Reads labelled points and polygons from GeoJSON text, with the property names that the land-use task understands.
 * @param source file name, for messages
 * @throws `labels/not-geojson`, `labels/missing-property`, `labels/bad-date`, `labels/bad-subset`, `labels/bad-coordinate`,
 *   `geo/unknown-crs`; the first bad feature is named
 */
export function readGeoJsonPlaces(text: string, source: string): LabelledPlace[] {
  const { features, crs } = parseGeoJsonFeatures(text, source)
  const projector = crs === null ? null : createProjector(crs)
  return features.flatMap(({ properties, geometry }, index) => {
    const common = readProperties(properties ?? {}, index, source)
    return singleGeometries(geometry).map((single) => {
      const placed = projector ? mapPositions(single, (x, y) => projector.toLonLat(x, y)) : single
      let isOnEarth = true
      mapPositions(placed, (x, y) => {
        isOnEarth &&= Math.abs(x) <= 360 && Math.abs(y) <= 90
        return [x, y]
      })
      if (isOnEarth) return { geometry: placed, properties: common }
      throw refusal('labels/bad-coordinate', source, index, 'has coordinates that are no longitude and latitude')
    })
  })
}

function readProperties(
  properties: Readonly<Record<string, unknown>>,
  index: number,
  source: string,
): LabelledPlace['properties'] {
  const textOf = (candidates: readonly string[]): string | null => {
    const value = candidates.map((name) => properties[name]).find((found) => found !== undefined && found !== null)
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null
  }
  const label = textOf(names.label)
  if (!label) throw refusal('labels/missing-property', source, index, 'has no "label" or "class"')
  const [fromText, toText, subsetText] = [textOf(names.from), textOf(names.to), textOf(names.subset)]
  const from = fromText === null ? null : (parseDate(fromText)?.slice(0, 10) ?? undefined)
  const to = toText === null ? null : (parseDate(toText)?.slice(0, 10) ?? undefined)
  if (from === undefined || to === undefined || (from === null) !== (to === null) || (from && to && from >= to))
    throw refusal('labels/bad-date', source, index, `has the interval "${fromText}" to "${toText}"`)
  const subset = subsetText === null ? undefined : subsetNamed(subsetText)
  if (subsetText !== null && !subset)
    throw refusal('labels/bad-subset', source, index, `names the subset "${subsetText}"`)
  return { label, from, to, ...(subset ? { subset } : {}) }
}

function singleGeometries(geometry: GeoJsonGeometry): LabelGeometry[] {
  if (geometry.type !== 'MultiPoint') return [geometry]
  return geometry.coordinates.map((coordinates) => ({ type: 'Point', coordinates }))
}

function refusal(code: string, source: string, feature: number, what: string): AppError {
  return new AppError(code, `Feature ${feature} of "${source}" ${what}.`, { source, feature })
}
