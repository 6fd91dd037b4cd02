import { z } from 'zod'
import { AppError } from '../../../shared/base/app-error.ts'

const positionSchema = z
  .array(z.number())
  .min(2)
  .transform(([x = NaN, y = NaN]): [number, number] => [x, y])
const ringSchema = z.array(positionSchema).min(4)
/** Geometry that labels can have. */
export const geoJsonGeometrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Point'), coordinates: positionSchema }),
  z.object({ type: z.literal('MultiPoint'), coordinates: z.array(positionSchema) }),
  z.object({ type: z.literal('Polygon'), coordinates: z.array(ringSchema).min(1) }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(ringSchema).min(1)).min(1) }),
])
const featureSchema = z.object({
  type: z.literal('Feature'),
  properties: z.record(z.string(), z.unknown()).nullable(),
  geometry: geoJsonGeometrySchema,
})
/** A geometry that labels can have; further coordinates (height) are dropped. */
export type GeoJsonGeometry = z.infer<typeof geoJsonGeometrySchema>
/** A feature as its file states it. */
export type GeoJsonFeature = z.infer<typeof featureSchema>
const collectionSchema = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()),
  crs: z.object({ properties: z.object({ name: z.string() }) }).nullish(),
})

/**
 * The features of GeoJSON text, a single one too, and the projection its old `crs` member names; null is longitude and latitude.
 * @throws `labels/not-geojson`
 */
export function parseGeoJsonFeatures(
  text: string,
  source: string,
): { readonly features: readonly GeoJsonFeature[]; readonly crs: string | null } {
  try {
    const json: unknown = JSON.parse(text)
    const single = featureSchema.safeParse(json)
    if (single.success) return { features: [single.data], crs: null }
    const { features, crs } = collectionSchema.parse(json)
    return { features: features.map((feature) => featureSchema.parse(feature)), crs: crsNamed(crs?.properties.name) }
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).split('\n')[0] : (cause as Error).message
    throw new AppError(
      'labels/not-geojson',
      `"${source}" is not GeoJSON with points or polygons: ${reason}`,
      { source },
      { cause },
    )
  }
}

/** The projection that the old `crs` member names; null for WGS 84, longitude first. */
function crsNamed(name: string | undefined): string | null {
  if (name === undefined || /CRS84$/i.test(name)) return null
  const code = /EPSG:+(?:[\d.]*:)?(\d+)$/i.exec(name)?.[1]
  return code === undefined ? name : `EPSG:${code}`
}
