import { z } from 'zod'
import type { BandStatistics, OpenSequence } from '../../../shared/contracts/sequences.ts'
import { colourMapNames } from '../../../shared/imaging/colour-maps.ts'
import type { FramePaint, StretchRange } from '../../../shared/imaging/paint-frame.ts'

const rangeSchema = z.object({ low: z.number(), high: z.number() })
const bandSchema = z.number().int().nonnegative()

/** How a person wants a sequence shown; kept with the project. */
export const displaySchema = z.object({
  mode: z.enum(['composite', 'single', 'difference']),
  /** Bands shown as red, green and blue. */
  bands: z.tuple([bandSchema, bandSchema, bandSchema]),
  /** The band of mode `single`. */
  band: bandSchema,
  /** The bands of mode `difference`: (first - second) / (first + second). */
  pair: z.tuple([bandSchema, bandSchema]),
  /** Stretch of a band by index, where it is not the one from the statistics. */
  ranges: z.record(z.string(), rangeSchema),
  indexRange: rangeSchema,
  colourMap: z.enum(colourMapNames as [(typeof colourMapNames)[number], ...typeof colourMapNames]),
  gamma: z.number().min(0.2).max(4),
})
/** How a person wants a sequence shown. */
export type Display = z.infer<typeof displaySchema>

/** What is shown at first: the composite the core suggests, or the one band there is. */
export function firstDisplay(sequence: OpenSequence): Display {
  const { bands } = sequence.info
  const find = (name: string): number => bands.findIndex((band) => band.toLowerCase() === name)
  const [nir, red] = [find('nir'), find('red')]
  return {
    mode: bands.length < 3 ? 'single' : 'composite',
    bands: sequence.composite,
    band: Math.max(0, find('ndvi')),
    pair: nir >= 0 && red >= 0 ? [nir, red] : [0, Math.min(1, bands.length - 1)],
    ranges: {},
    indexRange: { low: 0, high: 0.9 },
    colourMap: 'viridis',
    gamma: 1,
  }
}

/** A kept display, where it fits the sequence; null where it does not. */
export function parseDisplay(kept: unknown, sequence: OpenSequence): Display | null {
  const parsed = displaySchema.safeParse(kept)
  if (!parsed.success) return null
  const { bands, band, pair } = parsed.data
  return [...bands, band, ...pair].every((index) => index < sequence.info.bands.length) ? parsed.data : null
}

/** Bands that must be read for a display, in the order its paint takes them. */
export function shownBands(display: Display): readonly number[] {
  if (display.mode === 'composite') return display.bands
  return display.mode === 'single' ? [display.band] : display.pair
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
export function framePaint(display: Display, statistics: readonly BandStatistics[]): FramePaint {
  const range = (band: number): StretchRange => rangeOf(display, statistics, band)
  const { colourMap, gamma } = display
  if (display.mode === 'single') return { kind: 'single', range: range(display.band), colourMap, gamma }
  if (display.mode === 'difference') return { kind: 'difference', range: display.indexRange, colourMap, gamma }
  const [red, green, blue] = display.bands
  return { kind: 'composite', ranges: [range(red), range(green), range(blue)], gamma }
}
