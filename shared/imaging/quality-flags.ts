import { type Confidence, confidenceSchema, type QualityFlag } from '../domain/quality-mask.ts'

/** Where a flag lies in an integer of bits: one bit, or a field of two bits with a confidence (0 unknown, 1 low, 2 medium, 3 high). */
type FlagBits = { readonly bit: number } | { readonly confidenceAt: number }

/**
 * Landsat Collection 1, band BQA of OLI/TIRS.
 * Bits: 0 fill · 1 terrain occlusion · 2-3 radiometric saturation (bands affected) · 4 cloud · 5-6 cloud confidence ·
 * 7-8 cloud shadow confidence · 9-10 snow/ice confidence · 11-12 cirrus confidence.
 * Source: USGS LSDS-1873 "Landsat Collection 1 Level 1 Product Definition", quality band table.
 */
export const landsatCollection1Bits: Partial<Record<QualityFlag, readonly FlagBits[]>> = {
  fill: [{ bit: 0 }],
  terrain: [{ bit: 1 }],
  saturation: [{ bit: 2 }, { bit: 3 }],
  cloud: [{ bit: 4 }, { confidenceAt: 5 }],
  'cloud-shadow': [{ confidenceAt: 7 }],
  snow: [{ confidenceAt: 9 }],
  cirrus: [{ confidenceAt: 11 }],
}

/**
 * Landsat Collection 2, band QA_PIXEL of OLI/TIRS and, without cirrus, of ETM+ and TM.
 * Bits: 0 fill · 1 dilated cloud · 2 cirrus · 3 cloud · 4 cloud shadow · 5 snow · 6 clear · 7 water ·
 * 8-9 cloud confidence · 10-11 cloud shadow confidence · 12-13 snow/ice confidence · 14-15 cirrus confidence.
 * Source: USGS LSDS-1619 "Landsat 8-9 Collection 2 Level 2 Science Product Guide", QA_PIXEL bit index.
 */
export const landsatCollection2Bits: Partial<Record<QualityFlag, readonly FlagBits[]>> = {
  fill: [{ bit: 0 }],
  'dilated-cloud': [{ bit: 1 }],
  cirrus: [{ bit: 2 }, { confidenceAt: 14 }],
  cloud: [{ bit: 3 }, { confidenceAt: 8 }],
  'cloud-shadow': [{ bit: 4 }, { confidenceAt: 10 }],
  snow: [{ bit: 5 }, { confidenceAt: 12 }],
  water: [{ bit: 7 }],
}

/**
 * Values of the Sentinel-2 Level-2A scene classification (SCL), 0 to 11, by flag. 2 is dark area or shadow of terrain,
 * 4 vegetation, 5 bare, 7 unclassified: 4, 5 and 7 have nothing against them.
 * Source: ESA "Sentinel-2 Level-2A Algorithm Theoretical Basis Document" (S2-PDGS-MPC-ATBD-L2A), table of SCL classes.
 */
export const sentinel2SceneClasses: Partial<Record<QualityFlag, readonly number[]>> = {
  fill: [0],
  saturation: [1],
  terrain: [2],
  'cloud-shadow': [3],
  water: [6],
  cloud: [8, 9],
  cirrus: [10],
  snow: [11],
}

/**
 * Values of the MOD13 "pixel reliability" layer and of the two lowest bits called SummaryQA: -1 fill, 0 good,
 * 1 marginal, 2 snow or ice, 3 cloudy, 4 estimated (gap filled, later collections).
 * Source: Didan, "MODIS Vegetation Index User's Guide" (MOD13 series, Collection 6 and 6.1), table of pixel reliability.
 */
export const modisReliabilityClasses = { good: 0, marginal: 1, snow: 2, cloud: 3, estimated: 4 } as const

/** Whether any of the flags is raised in an integer of bits, at that confidence or above. */
export function hasFlag(
  value: number,
  table: Partial<Record<QualityFlag, readonly FlagBits[]>>,
  flags: readonly QualityFlag[],
  confidence: Confidence,
): boolean {
  const least = confidenceSchema.options.indexOf(confidence) + 1
  return flags.some((flag) =>
    (table[flag] ?? []).some((bits) =>
      'bit' in bits ? ((value >> bits.bit) & 1) === 1 : ((value >> bits.confidenceAt) & 3) >= least,
    ),
  )
}
