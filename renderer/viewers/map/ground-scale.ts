import { getDistance } from 'ol/sphere.js'
import type { Projector } from '../../../shared/domain/geo-grid.ts'

/**
 * Metres on the ground in one map unit, around a place; measured across `span` map units on the sphere, so that it holds in
 * any projection, degrees included.
 * @returns null where the place is none on Earth
 */
export function metresPerUnit(projector: Projector | null, x: number, y: number, span: number): number | null {
  if (!projector) return null
  const [west, east] = [projector.toLonLat(x - span / 2, y), projector.toLonLat(x + span / 2, y)]
  const metres = getDistance(west, east) / span
  return Number.isFinite(metres) && metres > 0 ? metres : null
}

/** A scale bar: a round length on the ground, and how long it is on the screen. */
export interface ScaleBar {
  readonly metres: number
  readonly pixels: number
  /** `500 m`, `20 km`. */
  readonly label: string
}

/** The longest bar of a round length (1, 2 or 5 times a power of ten) that is not longer than `longest` pixels. */
export function scaleBar(metresPerPixel: number, longest: number): ScaleBar {
  const most = metresPerPixel * longest
  const power = 10 ** Math.floor(Math.log10(most))
  const metres = power * ([5, 2].find((factor) => factor * power <= most) ?? 1)
  const label = metres >= 1000 ? `${metres / 1000} km` : metres >= 1 ? `${metres} m` : `${metres * 100} cm`
  return { metres, pixels: metres / metresPerPixel, label }
}
