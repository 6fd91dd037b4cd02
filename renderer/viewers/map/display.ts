import { z } from 'zod'
import type { BandStatistics, OpenSequence } from '../../../shared/contracts/sequences.ts'
import { detectSensor, findBandRole, type Sensor } from '../../../shared/imaging/band-roles.ts'
import { type ColourMapName, colourMapNames } from '../../../shared/imaging/colour-maps.ts'
import { maskChoiceSchema } from '../../../shared/domain/quality-mask.ts'
import { maskTest, suggestMasks } from '../../../shared/imaging/mask-choice.ts'
import type { FramePaint, StretchRange } from '../../../shared/imaging/paint-frame.ts'
import { type BandFormula, bandFormula } from '../../../shared/imaging/quantity.ts'
import type { FrameMask } from './frame-picture.ts'

const rangeSchema = z.object({ low: z.number(), high: z.number() })
const bandSchema = z.number().int().nonnegative()

/** How a person wants a sequence shown; kept with the project. */
export const displaySchema = z.object({
  mode: z.enum(['composite', 'single', 'index']),
  /** Bands shown as red, green and blue. */
  bands: z.tuple([bandSchema, bandSchema, bandSchema]),
  /** The band of mode `single`. */
  band: bandSchema,
  /** The formula of mode `index`, over the names of bands or what they measure. */
  formula: z.string().max(2000),
  /** Stretch of a band by index, where it is not the one from the statistics. */
  ranges: z.record(z.string(), rangeSchema),
  indexRange: rangeSchema,
  /** How the ranges are found; null where a person has set them. */
  stretch: z
    .object({ scope: z.enum(['series', 'frame', 'view']), percent: z.number().min(0).max(49) })
    .nullable()
    .default(null),
  colourMap: z.enum(colourMapNames as [ColourMapName, ...ColourMapName[]]),
  gamma: z.number().min(0.2).max(4),
  mask: maskChoiceSchema.nullable().default(null),
})
/** How a person wants a sequence shown. */
export type Display = z.infer<typeof displaySchema>

/** The satellite a sequence comes from, as far as its names tell. */
export function sensorOf({ info }: OpenSequence): Sensor | null {
  return detectSensor(info.bands, [info.name, info.id])
}

/** The index to begin with: of vegetation where near infrared and red are there, else the difference of the first two bands. */
function firstFormula(sequence: OpenSequence): string {
  const { bands } = sequence.info
  const sensor = sensorOf(sequence)
  const has = (role: 'nir' | 'red'): boolean => findBandRole(bands, role, sensor) !== null
  if (has('nir') && has('red')) return '(nir - red) / (nir + red)'
  const [first = '', second = first] = bands.map(quoteBand)
  return `${first} - ${second}`
}

/** A band's name as a formula must write it. */
export function quoteBand(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.]*$/.test(name) ? name : `\`${name}\``
}

/** What is shown at first: the composite the core suggests, or the one band there is. */
export function firstDisplay(sequence: OpenSequence): Display {
  const { bands } = sequence.info
  const [mask] = suggestMasks(sequence.statistics)
  return {
    mode: new Set(sequence.composite).size < 3 ? 'single' : 'composite',
    bands: sequence.composite,
    band: Math.max(
      0,
      bands.findIndex((band) => band.toLowerCase() === 'ndvi'),
    ),
    formula: firstFormula(sequence),
    ranges: {},
    indexRange: { low: 0, high: 0.9 },
    stretch: null,
    colourMap: 'viridis',
    gamma: 1,
    mask: mask ? { isOn: false, opacity: 0, ...mask } : null,
  }
}

/** A kept display, where it fits the sequence; null where it does not. What older programs kept is read as well. */
export function parseDisplay(kept: unknown, sequence: OpenSequence): Display | null {
  const parsed = displaySchema.safeParse(renewed(kept, sequence))
  if (!parsed.success) return null
  const { bands, band, mask } = parsed.data
  const isThere = [...bands, band, mask?.band ?? 0].every((index) => index < sequence.info.bands.length)
  return isThere ? parsed.data : null
}

const pairSchema = z.object({ pair: z.tuple([bandSchema, bandSchema]) })

/** Displays once held a pair of bands where they now hold a formula. */
function renewed(kept: unknown, sequence: OpenSequence): unknown {
  const old = pairSchema.safeParse(kept)
  if (!old.success || typeof kept !== 'object' || kept === null || 'formula' in kept) return kept
  const [first, second] = old.data.pair.map((band) => quoteBand(sequence.info.bands[band] ?? ''))
  const mode = 'mode' in kept && kept.mode === 'difference' ? { mode: 'index' } : {}
  return { ...kept, ...mode, formula: `(${first} - ${second}) / (${first} + ${second})` }
}

/** The display's formula, and null where it cannot be read. */
export function formulaOf(display: Display, sequence: OpenSequence): BandFormula | null {
  try {
    return bandFormula(display.formula, sequence.info.bands, sensorOf(sequence))
  } catch {
    return null
  }
}

/** Bands that must be read for a display, in the order its paint takes them. */
export function shownBands(display: Display, sequence: OpenSequence | null): readonly number[] {
  if (display.mode === 'composite') return display.bands
  if (display.mode === 'single' || !sequence) return [display.band]
  return formulaOf(display, sequence)?.bands ?? [display.band]
}

/** The stretch of a band: the person's own, or what 2 % of the values lie below and above. */
export function rangeOf(display: Display, statistics: readonly BandStatistics[], band: number): StretchRange {
  const own = display.ranges[band]
  if (own) return own
  const known = statistics[band]
  const low = known?.low ?? known?.minimum ?? 0
  const high = known?.high ?? known?.maximum ?? 1
  return low === high ? { low, high: low + 1 } : { low, high }
}

/** How the numbers of the shown bands become colours. */
export function framePaint(display: Display, sequence: OpenSequence | null): FramePaint {
  const range = (band: number): StretchRange => rangeOf(display, sequence?.statistics ?? [], band)
  const { colourMap, gamma } = display
  const formula = display.mode === 'index' && sequence ? formulaOf(display, sequence) : null
  if (formula) return { kind: 'index', quantity: formula.quantity, range: display.indexRange, colourMap, gamma }
  if (display.mode !== 'composite') return { kind: 'single', range: range(display.band), colourMap, gamma }
  const [red, green, blue] = display.bands
  return { kind: 'composite', ranges: [range(red), range(green), range(blue)], gamma }
}

/** The mask a display asks for; null where none is on. */
export function frameMask({ mask }: Display): FrameMask | null {
  return mask?.isOn ? { band: mask.band, rejects: maskTest(mask.rule), opacity: mask.opacity } : null
}
