import { z } from 'zod'

/** Satellites whose band names are known. */
export const sensorSchema = z.enum(['landsat8', 'landsat7', 'sentinel2', 'modis'])
/** A satellite whose band names are known; `landsat8` also stands for 9, `landsat7` for 4 and 5. */
export type Sensor = z.infer<typeof sensorSchema>

/** What a band measures, whatever its sensor calls it. */
export const bandRoles = ['coastal', 'blue', 'green', 'red', 'nir', 'swir1', 'swir2'] as const
/** What a band measures, whatever its sensor calls it. */
export type BandRole = (typeof bandRoles)[number]

/**
 * The names under which each sensor's products store a role, in order of preference, in lower case.
 * Sources: USGS LSDS-1574 (Landsat 8 OLI bands; Collection 2 names with `SR_`), LSDS-272 (Landsat 7 ETM+ and 4-5 TM),
 * Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD), MOD09 and MOD13 user guides (band 7 is "MIR").
 */
const sensorBands: Readonly<Record<Sensor, Partial<Record<BandRole, readonly string[]>>>> = {
  landsat8: {
    coastal: ['b1', 'sr_b1', 'b01'],
    blue: ['b2', 'sr_b2', 'b02'],
    green: ['b3', 'sr_b3', 'b03'],
    red: ['b4', 'sr_b4', 'b04'],
    nir: ['b5', 'sr_b5', 'b05'],
    swir1: ['b6', 'sr_b6', 'b06'],
    swir2: ['b7', 'sr_b7', 'b07'],
  },
  landsat7: {
    blue: ['b1', 'sr_b1', 'b01'],
    green: ['b2', 'sr_b2', 'b02'],
    red: ['b3', 'sr_b3', 'b03'],
    nir: ['b4', 'sr_b4', 'b04'],
    swir1: ['b5', 'sr_b5', 'b05'],
    swir2: ['b7', 'sr_b7', 'b07'],
  },
  sentinel2: {
    coastal: ['b01', 'b1'],
    blue: ['b02', 'b2'],
    green: ['b03', 'b3'],
    red: ['b04', 'b4'],
    nir: ['b08', 'b8', 'b8a'],
    swir1: ['b11'],
    swir2: ['b12'],
  },
  modis: {
    blue: ['sur_refl_b03', 'blue_reflectance'],
    green: ['sur_refl_b04'],
    red: ['sur_refl_b01', 'red_reflectance'],
    nir: ['sur_refl_b02', 'nir_reflectance'],
    swir1: ['sur_refl_b06'],
    swir2: ['sur_refl_b07', 'mir_reflectance'],
  },
}

/** Plain names that mean the same on every sensor; MOD13's "mir" is MODIS band 7 (2.1 µm), which Landsat calls SWIR 2. */
const plainNames: Readonly<Record<BandRole, readonly string[]>> = {
  coastal: ['coastal', 'coastal_aerosol'],
  blue: ['blue'],
  green: ['green'],
  red: ['red'],
  nir: ['nir', 'nir08'],
  swir1: ['swir1', 'swir16'],
  swir2: ['swir2', 'swir22', 'mir'],
}

/**
 * Finds which sensor the band names belong to, by the product's own names (`LC08...`, `S2A...`) or by names
 * that only one sensor uses; null when that cannot be told (`B4` is red on Landsat 8 and near infrared on Landsat 7).
 * @param hints names of the sequence, its files or scenes
 */
export function detectSensor(bands: readonly string[], hints: readonly string[]): Sensor | null {
  const text = hints.join(' ')
  if (/\bL[COT]0[89]_/i.test(text)) return 'landsat8'
  if (/\b(LE07|LT0[45])_/i.test(text)) return 'landsat7'
  if (/\bS2[ABC](_|\b)|MSIL[12]/i.test(text)) return 'sentinel2'
  const names = new Set(bands.map((band) => band.toLowerCase()))
  if ([...names].some((name) => name.startsWith('sur_refl_'))) return 'modis'
  if (names.has('b8a') || (names.has('b04') && names.has('b08'))) return 'sentinel2'
  // Sentinel-2 also has B10 and B11, but then B12 comes with them
  if (names.has('b9') && names.has('b10') && names.has('b11') && !names.has('b12')) return 'landsat8'
  return null
}

/** The index of the band with that role, or null when there is none or the sensor is not known. */
export function findBandRole(bands: readonly string[], role: BandRole, sensor: Sensor | null): number | null {
  const lower = bands.map((band) => band.toLowerCase())
  const candidates = [...plainNames[role], ...((sensor && sensorBands[sensor][role]) ?? [])]
  for (const name of candidates) {
    const index = lower.indexOf(name)
    if (index >= 0) return index
  }
  return null
}

/** Whether a name in a formula is a role rather than a band. */
export function isBandRole(name: string): name is BandRole {
  return (bandRoles as readonly string[]).includes(name)
}

/**
 * Whether a band holds classes, flags or dates, which may be picked but never averaged or interpolated.
 * Judged by its name: QA layers, scene classification, masks, land cover, day of year.
 */
export function isCategoricalBand(name: string): boolean {
  return /^(bqa|qa|scl|clm.*|lulc|doy|fmask|is_data|is_valid|is_cloudless)$|qa_|_qa$|quality|reliab|mask|class|land_?cover|day_of_(the_)?year/i.test(
    name,
  )
}
