import type { PixelSeries } from '../../../shared/contracts/sequences.ts'

/** What a curve shows, one value per frame: a band, or the normalised difference of a pair of bands; null without data. */
export function curveValues(
  series: PixelSeries,
  quantity: number | 'difference',
  pair: readonly [number, number],
): (number | null)[] {
  if (quantity !== 'difference') return series.values[quantity] ?? []
  const [first, second] = pair.map((band) => series.values[band] ?? []) as [(number | null)[], (number | null)[]]
  return first.map((a, i) => {
    const b = second[i] ?? null
    return a === null || b === null || a + b === 0 ? null : (a - b) / (a + b)
  })
}
