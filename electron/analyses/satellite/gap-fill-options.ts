import { z } from 'zod'

/** How missing values along time are made. */
export const gapFillOptionsSchema = z
  .object({
    /**
     * `linear`: on the line between the neighbours in time, by real dates. `seasonal`: from the pixel's own course of the
     * year. `whittaker`: a smooth curve through the valid values (real dates); also replaces the valid values.
     */
    method: z.enum(['linear', 'seasonal', 'whittaker']),
    /** A gap between two valid dates that are further apart than this stays empty; null for no limit. */
    maxGapDays: z.number().positive().nullable().default(null),
    /**
     * Before the first and after the last valid date: `keep` leaves them empty; `extend` fills up to `maxGapDays` away
     * (linear and whittaker hold the nearest value, seasonal uses its model).
     */
    edges: z.enum(['keep', 'extend']).default('extend'),
    /** Of `seasonal`: sine and cosine pairs of the yearly course; 0 takes the mean of the same time of other years. */
    harmonics: z.number().int().min(0).max(4).default(2),
    /** Of `seasonal`: whether the course may rise or fall steadily over the years. */
    trend: z.boolean().default(false),
    /** Of `seasonal`: how many days apart in the year still count as the same time, where a mean is taken. */
    seasonWindowDays: z.number().positive().max(183).default(16),
    /** Of `whittaker`: how much smoothness counts against closeness, for dates one mean step apart. */
    lambda: z.number().positive().default(10),
  })
  .strict()
/** How missing values along time are made; see `gapFillOptionsSchema`. */
export type GapFillOptions = z.infer<typeof gapFillOptionsSchema>

/** How much of what was read had to be made up. */
export interface GapStatistics {
  /** Values handed out, of the bands that are filled. */
  readonly values: number
  /** Of these, missing before filling, and still missing after it. */
  readonly missingBefore: number
  readonly missingAfter: number
  /** (missingBefore - missingAfter) / values; 0 when nothing was read. */
  readonly filledShare: number
}
