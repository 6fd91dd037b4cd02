import type { PixelSeries } from '../../../shared/contracts/sequences.ts'
import { type BandFormula, quantityPlane } from '../../../shared/imaging/quantity.ts'

/** What a curve shows, one value per frame: a band, or what a formula makes of several; null without data. */
export function curveValues(series: PixelSeries, of: number | BandFormula): (number | null)[] {
  if (typeof of === 'number') return series.values[of] ?? []
  const frames = series.values[0]?.length ?? 0
  const planes = new Float32Array(of.bands.length * frames)
  of.bands.forEach((band, i) =>
    planes.set(
      (series.values[band] ?? []).map((value) => value ?? NaN),
      i * frames,
    ),
  )
  return [...quantityPlane(planes, frames, of.quantity)].map((value) => (Number.isNaN(value) ? null : value))
}
