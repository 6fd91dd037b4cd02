import { z } from 'zod'

/** What a quality layer can say against a pixel, in one vocabulary for all sensors. */
export const qualityFlagSchema = z.enum([
  'fill',
  'cloud',
  'dilated-cloud',
  'cirrus',
  'cloud-shadow',
  'snow',
  'water',
  'saturation',
  'terrain',
])
/** What a quality layer can say against a pixel. */
export type QualityFlag = z.infer<typeof qualityFlagSchema>

/** The least confidence at which a class that comes with one counts. */
export const confidenceSchema = z.enum(['low', 'medium', 'high'])
/** The least confidence at which a class that comes with one counts. */
export type Confidence = z.infer<typeof confidenceSchema>

/** When a value of a quality band speaks against its pixel, for looking at images. */
export const maskChoiceRuleSchema = z.discriminatedUnion('kind', [
  /** Bits of Landsat's quality bands, by what they mean. */
  z.object({
    kind: z.enum(['landsat-bqa', 'landsat-qa-pixel']),
    reject: z.array(qualityFlagSchema).min(1),
    confidence: confidenceSchema,
  }),
  /** Classes of Sentinel-2's scene classification, by what they mean. */
  z.object({ kind: z.literal('sentinel2-scl'), reject: z.array(qualityFlagSchema).min(1) }),
  /** Whole numbers that are masked. */
  z.object({ kind: z.literal('values'), values: z.array(z.number()).max(256) }),
  z.object({ kind: z.literal('above'), threshold: z.number() }),
  z.object({ kind: z.literal('below'), threshold: z.number() }),
])
/** When a value of a quality band speaks against its pixel. */
export type MaskChoiceRule = z.infer<typeof maskChoiceRuleSchema>

/** A mask over the imagery. */
export const maskChoiceSchema = z.object({
  isOn: z.boolean(),
  band: z.number().int().nonnegative(),
  rule: maskChoiceRuleSchema,
  /** How much of a masked pixel is still seen, in [0, 1]. */
  opacity: z.number().min(0).max(1),
})
/** A mask over the imagery. */
export type MaskChoice = z.infer<typeof maskChoiceSchema>
