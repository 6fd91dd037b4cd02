import { z } from 'zod'
import { AppError } from '../base/app-error.ts'
import { unreachable } from '../base/assert.ts'
import { confidenceSchema, type QualityFlag, qualityFlagSchema } from '../domain/quality-mask.ts'
import {
  hasFlag,
  landsatCollection1Bits,
  landsatCollection2Bits,
  modisReliabilityClasses,
  sentinel2SceneClasses,
} from './quality-flags.ts'

const common = {
  /** Also rejects pixels within this distance of a rejected one, in pixels of the quality layer. */
  grow: z.number().int().min(0).max(50).default(0),
  /** Whether the quality band itself stays among the bands (unmasked). */
  keepQuality: z.boolean().default(false),
}
const flags = (...defaults: QualityFlag[]) => z.array(qualityFlagSchema).min(1).default(defaults)

/** Which pixels are not to be trusted; these become NaN in all bands. A pixel whose quality is unknown (NaN) is rejected. */
export const maskOptionsSchema = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('landsat-bqa'),
      band: z.string().default('BQA'),
      reject: flags('fill', 'cloud', 'cirrus', 'cloud-shadow'),
      confidence: confidenceSchema.default('high'),
      ...common,
    })
    .strict(),
  z
    .object({
      kind: z.literal('landsat-qa-pixel'),
      band: z.string().default('QA_PIXEL'),
      reject: flags('fill', 'cloud', 'dilated-cloud', 'cirrus', 'cloud-shadow'),
      confidence: confidenceSchema.default('high'),
      ...common,
    })
    .strict(),
  z
    .object({
      kind: z.literal('sentinel2-scl'),
      band: z.string().default('SCL'),
      reject: flags('fill', 'saturation', 'cloud', 'cirrus', 'cloud-shadow'),
      ...common,
    })
    .strict(),
  z
    .object({
      kind: z.literal('modis-reliability'),
      band: z.string().default('pixel_reliability'),
      keep: z
        .array(z.enum(['good', 'marginal', 'snow', 'cloud', 'estimated']))
        .min(1)
        .default(['good', 'marginal']),
      ...common,
    })
    .strict(),
  z
    .object({
      /** The two lowest bits of MOD13's quality word, as SummaryQA or the 16-bit VI quality layer. */
      kind: z.literal('modis-vi-quality'),
      band: z.string().default('VI_Quality'),
      /** VI usefulness (bits 2 to 5) from 0, the best, that is still accepted; from 13 on the guide says not useful. */
      worstUsefulness: z.number().int().min(0).max(15).default(12),
      /** Whether clouds beside, mixed clouds, snow and shadow (bits 8, 10, 14, 15) are rejected. */
      rejectFlags: z.boolean().default(true),
      ...common,
    })
    .strict(),
  z
    .object({
      kind: z.literal('probability'),
      band: z.string(),
      /** Probabilities above this are rejected, in the units of the band. */
      threshold: z.number(),
      ...common,
    })
    .strict(),
  z
    .object({
      /** An own rule over band names: pixels where it is neither 0 nor NaN are rejected, and so is NaN. */
      kind: z.literal('formula'),
      reject: z.string().min(1),
      grow: common.grow,
    })
    .strict(),
])
/** Which pixels are not to be trusted; see `maskOptionsSchema`. */
export type MaskOptions = z.infer<typeof maskOptionsSchema>

/** A mask that looks at one quality band. */
export type BandMaskOptions = Exclude<MaskOptions, { readonly kind: 'formula' }>

/**
 * Turns a mask on a quality band into a test of one value.
 * @returns whether a value of the quality band rejects its pixel; NaN always does
 * @throws `satellite/flag-unknown` when the sensor's layer cannot say what is asked
 */
export function maskRule(options: BandMaskOptions): (value: number) => boolean {
  switch (options.kind) {
    case 'landsat-bqa':
      requireFlags(options.reject, landsatCollection1Bits, 'The Collection 1 BQA band')
      return orMissing((value) => hasFlag(value, landsatCollection1Bits, options.reject, options.confidence))
    case 'landsat-qa-pixel':
      requireFlags(options.reject, landsatCollection2Bits, 'The QA_PIXEL band')
      return orMissing((value) => hasFlag(value, landsatCollection2Bits, options.reject, options.confidence))
    case 'sentinel2-scl': {
      requireFlags(options.reject, sentinel2SceneClasses, 'The scene classification')
      const classes = new Set(options.reject.flatMap((flag) => sentinel2SceneClasses[flag] ?? []))
      return orMissing((value) => classes.has(value) || value < 0 || value > 11)
    }
    case 'modis-reliability': {
      const kept = new Set<number>(options.keep.map((name) => modisReliabilityClasses[name]))
      return orMissing((value) => !kept.has(value))
    }
    case 'modis-vi-quality':
      return orMissing((value) => isPoorVegetationIndex(value, options.worstUsefulness, options.rejectFlags))
    case 'probability': {
      // values are float32, in which 0.4 is a little more than the number 0.4
      const threshold = Math.fround(options.threshold)
      return orMissing((value) => value > threshold)
    }
    default:
      return unreachable(options)
  }
}

/**
 * MOD13 VI quality word. Bits: 0-1 MODLAND (0 good, 1 check the other bits, 2 probably cloudy, 3 not produced) ·
 * 2-5 usefulness (0 best, 15 not useful) · 6-7 aerosol · 8 cloud beside · 9 BRDF · 10 mixed clouds · 11-13 land/water ·
 * 14 possible snow · 15 possible shadow. Source: Didan, "MODIS Vegetation Index User's Guide", VI quality table.
 */
function isPoorVegetationIndex(value: number, worstUsefulness: number, rejectsFlags: boolean): boolean {
  if ((value & 3) > 1) return true
  if (((value >> 2) & 15) > worstUsefulness) return true
  return rejectsFlags && ((value >> 8) & 0b11000101) !== 0
}

function orMissing(rule: (value: number) => boolean): (value: number) => boolean {
  return (value) => Number.isNaN(value) || rule(value)
}

function requireFlags(
  wanted: readonly QualityFlag[],
  table: Partial<Record<QualityFlag, unknown>>,
  layer: string,
): void {
  const missing = wanted.find((flag) => !(flag in table))
  if (missing === undefined) return
  throw new AppError(
    'satellite/flag-unknown',
    `${layer} does not tell "${missing}"; it tells ${Object.keys(table).join(', ')}.`,
    { flag: missing, known: Object.keys(table) },
  )
}
