import { z } from 'zod'
import { codeSchema } from './code.ts'
import type { VolumeGeometry } from './volume-geometry.ts'

/** How a segment was made; DICOM (0062,0008). */
export const segmentAlgorithmSchema = z.enum(['manual', 'semiautomatic', 'automatic'])
/** How a segment was made. */
export type SegmentAlgorithm = z.infer<typeof segmentAlgorithmSchema>

/** What one mask of a segmentation marks. */
export const segmentSchema = z.object({
  /** From 1 in a segmentation of its own; as the file says when read. */
  number: z.number().int().nonnegative(),
  label: z.string(),
  algorithm: segmentAlgorithmSchema,
  algorithmName: z.string().nullable(),
  /** Such as (49755003, SCT, "Morphologically Abnormal Structure"); null where not stated. */
  category: codeSchema.nullable(),
  /** Such as (4147007, SCT, "Mass"). */
  type: codeSchema.nullable(),
  /** Where in the body; null where not stated. */
  site: codeSchema.nullable(),
  /** Display colour as `#rrggbb`; null where the file recommends none. */
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .nullable(),
  /** The same thing has the same tracking UID in all studies; PS3.3 C.8.20.2. */
  trackingId: z.string().nullable(),
  trackingUid: z.string().nullable(),
})
/** What one mask of a segmentation marks. */
export type Segment = z.infer<typeof segmentSchema>

/** A mask of one segment on the grid of a volume. */
export interface SegmentMask {
  readonly segment: Segment
  /** [slice, row, column], 0 or 1 (a fractional mask: 1 from one half on). */
  readonly voxels: Uint8Array
}

/** Masks on one volume; they may overlap. */
export interface MaskSet {
  readonly geometry: VolumeGeometry
  readonly masks: readonly SegmentMask[]
}
