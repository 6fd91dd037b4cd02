import { z } from 'zod'

/** Grey values that become -1 and 1. */
export const greyRangeSchema = z.object({ low: z.number(), high: z.number() })
/** Grey values that become -1 and 1. */
export type GreyRange = z.infer<typeof greyRangeSchema>

/** How values of a study become comparable with those of others; part of a trained model. */
export const intensitySchema = z.discriminatedUnion('kind', [
  greyRangeSchema.extend({ kind: z.literal('window') }),
  z.object({
    kind: z.literal('percentiles'),
    /** Percentiles of the body that become -1 and 1. */
    low: z.number().min(0).max(100),
    high: z.number().min(0).max(100),
  }),
])
/** How values of a study become comparable with those of others. */
export type Intensity = z.infer<typeof intensitySchema>

/** Percentiles of the body that become -1 and 1. */
export const bodyPercentiles = { kind: 'percentiles', low: 1, high: 99 } as const satisfies Intensity

/** Values further out are cut off; body lies in [-1, 1], and what is much brighter stays apart from it. */
export const [darkest, brightest] = [-4, 8] as const

const mostSampled = 1_000_000

/**
 * The range of a volume's values by a rule. Without a window the body decides: air around it, half-way below the mean, does not
 * count, so that the field of view makes no difference.
 */
export function greyRangeOf(intensity: Intensity, values: Float32Array): GreyRange {
  if (intensity.kind === 'window') return { low: intensity.low, high: intensity.high }
  const step = Math.max(1, Math.floor(values.length / mostSampled))
  const some = values.filter((value, i) => i % step === 0 && Number.isFinite(value))
  let [lowest, sum] = [Infinity, 0]
  for (const value of some) {
    lowest = Math.min(lowest, value)
    sum += value
  }
  const border = lowest + (sum / some.length - lowest) / 2
  const body = some.filter((value) => value >= border).sort()
  if (body.length === 0) return { low: 0, high: 1 }
  const [low, high] = [percentile(body, intensity.low), percentile(body, intensity.high)]
  // A picture of one value alone has no contrast to keep.
  return high > low ? { low, high } : { low: low - 1, high: low + 1 }
}

/** A window around the values of lesions: their own range, and as much again on either side for what is around them. */
export function windowAround(lesionValues: Float32Array): GreyRange {
  const sorted = lesionValues.filter(Number.isFinite).sort()
  if (sorted.length === 0) return { low: -1000, high: 1000 }
  const [low, high] = [percentile(sorted, 0.5), percentile(sorted, 99.5)]
  const width = Math.max(high - low, 1)
  return { low: low - width, high: high + width }
}

/** Brings values into the form a network sees, in place. */
export function applyGreyRange(values: Float32Array, { low, high }: GreyRange): void {
  const [middle, factor] = [(low + high) / 2, 2 / (high - low)]
  for (let i = 0; i < values.length; i++)
    values[i] = Math.min(brightest, Math.max(darkest, ((values[i] ?? low) - middle) * factor))
}

function percentile(sorted: Float32Array, percent: number): number {
  const rank = (percent / 100) * (sorted.length - 1)
  const below = sorted[Math.floor(rank)] ?? 0
  return below + (rank % 1) * ((sorted[Math.floor(rank) + 1] ?? below) - below)
}
