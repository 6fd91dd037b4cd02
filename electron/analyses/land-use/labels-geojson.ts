import { AppError } from '../../../shared/base/app-error.ts'
import { type GeoGrid, createProjector, gridProjector, mapToPixel } from '../../../shared/domain/geo-grid.ts'
import {
  type GeoJsonFeature,
  type GeoJsonGeometry,
  parseGeoJsonFeatures,
} from '../../formats/labels/geojson-features.ts'
import { subsetNamed } from '../../formats/labels/place.ts'
import { parseDay } from './calendar.ts'
import type { LabelCandidate } from './label-candidate.ts'
import { type PixelRing, pixelsInside } from './polygon-pixels.ts'

/** How to read a GeoJSON file of labelled places. */
export interface GeoJsonLabelOptions {
  /** File name for messages and ids. */
  readonly source: string
  /** Projection of the coordinates; null means what the file says, else WGS 84 (RFC 7946). */
  readonly crs: string | null
  /** Property that holds the class; null tries `label`, `class`, `class_name`, `landuse`, `category`. */
  readonly labelProperty: string | null
}

const labelProperties = ['label', 'class', 'class_name', 'landuse', 'land_use', 'category']
const fromProperties = ['from', 'start_date', 'start']
const toProperties = ['to', 'end_date', 'end']
const subsetProperties = ['subset', 'split', 'set']

/**
 * Reads labels from GeoJSON text. A polygon labels every pixel whose centre lies inside it (holes left out, edges half
 * open so that neighbours never share a pixel); a point labels the pixel that holds it. All pixels of one feature form
 * one group. Edges are straight on the pixel grid between their end points.
 * @throws `labels/not-geojson`, `labels/missing-property`, `labels/bad-date`, `labels/bad-subset`, `labels/no-samples`
 */
export function readGeoJsonLabels(text: string, grid: GeoGrid, options: GeoJsonLabelOptions): LabelCandidate[] {
  const { features, crs } = parseGeoJsonFeatures(text, options.source)
  const toPixel = pixelFinder(grid, options.crs ?? crs)
  const labelName = options.labelProperty ?? findLabelProperty(features, options.source)
  const candidates = features.flatMap((feature, index) => {
    const id = `${options.source}#${index}`
    const common = {
      ...readProperties(feature, index, labelName, options.source),
      place: `feature ${index}`,
      group: id,
    }
    return pixelsOf(feature.geometry, toPixel, grid).map(([column, row], i) => ({
      ...common,
      id: `${id}.${i}`,
      column,
      row,
    }))
  })
  if (candidates.length === 0)
    throw new AppError(
      'labels/no-samples',
      features.length === 0
        ? `"${options.source}" holds no feature.`
        : `No pixel centre of the raster lies inside any of the ${features.length} features of "${options.source}"; check their projection and place.`,
      { source: options.source, features: features.length },
    )
  return candidates
}

function findLabelProperty(features: readonly GeoJsonFeature[], source: string): string {
  const found = labelProperties.find((name) => features.some((feature) => feature.properties?.[name] !== undefined))
  if (found !== undefined || features.length === 0) return found ?? 'label'
  const present = [...new Set(features.flatMap((feature) => Object.keys(feature.properties ?? {})))]
  throw new AppError(
    'labels/missing-property',
    `The features of "${source}" have no property "label" or "class"; name the one that holds the class (there are: ${present.join(', ') || 'none'}).`,
    { source, properties: present },
  )
}

function readProperties(
  feature: GeoJsonFeature,
  index: number,
  labelName: string,
  source: string,
): Pick<LabelCandidate, 'label' | 'from' | 'to' | 'subset'> {
  const properties = feature.properties ?? {}
  const textOf = (names: readonly string[]): string | null => {
    const value = names.map((name) => properties[name]).find((found) => found !== undefined && found !== null)
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null
  }
  const details = { source, feature: index }
  const label = textOf([labelName])
  if (label === null || label === '')
    throw new AppError('labels/missing-property', `Feature ${index} of "${source}" has no "${labelName}".`, details)
  const [fromText, toText] = [textOf(fromProperties), textOf(toProperties)]
  const from = fromText === null ? null : parseDay(fromText)
  const to = toText === null ? null : parseDay(toText)
  const isRead = (fromText === null) === (from === null) && (toText === null) === (to === null)
  const isOrdered = from === null || to === null ? from === to : from < to
  if (!isRead || !isOrdered)
    throw new AppError(
      'labels/bad-date',
      `Feature ${index} of "${source}" has the interval "${fromText}" to "${toText}"; two dates as YYYY-MM-DD, the second later, are expected.`,
      details,
    )
  const subsetText = textOf(subsetProperties)
  const subset = subsetText === null ? null : subsetNamed(subsetText)
  if (subset === undefined)
    throw new AppError(
      'labels/bad-subset',
      `Feature ${index} of "${source}" names the subset "${subsetText}"; train, validation or test is expected.`,
      details,
    )
  return { label, from, to, subset }
}

type ToPixel = (position: readonly number[]) => [number, number]

function pixelFinder(grid: GeoGrid, crs: string | null): ToPixel {
  const target = gridProjector(grid)
  const own = crs === null ? null : createProjector(crs)
  return ([x = NaN, y = NaN]) =>
    mapToPixel(grid.geoTransform, ...target.toMap(...(own === null ? ([x, y] as const) : own.toLonLat(x, y))))
}

function pixelsOf(geometry: GeoJsonGeometry, toPixel: ToPixel, grid: GeoGrid): [number, number][] {
  const pointPixel = (position: readonly number[]): [number, number] => {
    const [column, row] = toPixel(position)
    return Number.isFinite(column) && Number.isFinite(row) ? [Math.floor(column), Math.floor(row)] : [-1, -1]
  }
  const rings = (polygon: readonly (readonly number[][])[]): PixelRing[] => polygon.map((ring) => ring.map(toPixel))
  switch (geometry.type) {
    case 'Point':
      return [pointPixel(geometry.coordinates)]
    case 'MultiPoint':
      return geometry.coordinates.map(pointPixel)
    case 'Polygon':
      return pixelsInside(rings(geometry.coordinates), grid)
    case 'MultiPolygon':
      return geometry.coordinates.flatMap((polygon) => pixelsInside(rings(polygon), grid))
  }
}
