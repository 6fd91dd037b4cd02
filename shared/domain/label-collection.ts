import { z } from 'zod'
import { subsetSchema } from './labels.ts'

const positionSchema = z.tuple([z.number(), z.number()])
const ringSchema = z.array(positionSchema).min(4).max(100_000)

/** Where a label is: a place or an area, as GeoJSON writes it; rings are closed. */
export const labelGeometrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Point'), coordinates: positionSchema }),
  z.object({ type: z.literal('Polygon'), coordinates: z.array(ringSchema).min(1) }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(ringSchema).min(1)).min(1) }),
])
/** Where a label is. */
export type LabelGeometry = z.infer<typeof labelGeometrySchema>

const dateSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)

/** What is at a place, and when: from the day `from` up to, not including, the day `to`; null is "at all times". */
export const labelFeatureSchema = z.object({
  type: z.literal('Feature'),
  id: z.string().min(1).max(200),
  geometry: labelGeometrySchema,
  properties: z.object({
    label: z.string().min(1).max(200),
    from: dateSchema.nullable(),
    to: dateSchema.nullable(),
    /** Part of the split that the label's source asks for. */
    subset: subsetSchema.optional(),
    /** Id of the sequence it was drawn on, where the data hold several. */
    sequence: z.string().max(500).optional(),
  }),
})
/** What is at a place, and when. */
export type LabelFeature = z.infer<typeof labelFeatureSchema>

/** Labels of one data set, as GeoJSON. */
export const labelCollectionSchema = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(labelFeatureSchema).max(200_000),
})
/** Labels of one data set. */
export type LabelCollection = z.infer<typeof labelCollectionSchema>

/** A class that labels may have, with its colour (`#rrggbb`). */
export const labelClassSchema = z.object({
  name: z.string().min(1).max(200),
  colour: z.string().regex(/^#[0-9a-f]{6}$/),
})
/** A class that labels may have. */
export type LabelClass = z.infer<typeof labelClassSchema>
