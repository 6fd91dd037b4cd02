import { z } from 'zod'
import type { Projector } from '../../../shared/domain/geo-grid.ts'
import { groundArea, groundLength } from './geodesic.ts'

/** What can be measured on a map. */
export const mapMeasureKinds = ['distance', 'area'] as const

/** Something measured on a map; not a label. */
export const mapMeasureSchema = z.object({
  id: z.string().max(64),
  kind: z.enum(mapMeasureKinds),
  /** Corners in map units; an area's ring is not closed. */
  points: z
    .array(z.tuple([z.number(), z.number()]))
    .min(2)
    .max(1000),
})
/** Something measured on a map. */
export type MapMeasure = z.infer<typeof mapMeasureSchema>

/** Numbers of a measure: metres and square metres on the ground, or pixels where the images lie nowhere on Earth. */
export interface MeasuredGround {
  /** Of the way, or around the area. */
  readonly length: number
  /** Null for a way. */
  readonly area: number | null
  readonly isOnGround: boolean
}

/**
 * Measures on the ground where the images lie on Earth, else in pixels.
 * @param pixel  edge of a pixel in map units, for images without a place
 */
export function measureOnMap(
  { kind, points }: Pick<MapMeasure, 'kind' | 'points'>,
  projector: Projector | null,
  pixel: number,
): MeasuredGround {
  const [first] = points
  const ring = kind === 'area' && first ? [...points, first] : points
  if (projector) {
    const places = points.map(([x, y]) => projector.toLonLat(x, y))
    const around = kind === 'area' && places[0] ? [...places, places[0]] : places
    const length = groundLength(around)
    if (Number.isFinite(length)) return { length, area: kind === 'area' ? groundArea(places) : null, isOnGround: true }
  }
  const length = ring.slice(1).reduce((sum, [x, y], i) => {
    const [beforeX, beforeY] = ring[i] ?? [x, y]
    return sum + Math.hypot(x - beforeX, y - beforeY)
  }, 0)
  const twice = points.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length] ?? [x, y]
    return sum + x * nextY - nextX * y
  }, 0)
  return { length: length / pixel, area: kind === 'area' ? Math.abs(twice) / 2 / pixel ** 2 : null, isOnGround: false }
}

/** How numbers are written: digits after the mark, in the person's language. */
export type WriteNumber = (value: number, digits: number) => string

/** A length in words: `12.3 m`, `4.56 km`, `31.0 px`. */
export function lengthText(length: number, isOnGround: boolean, number: WriteNumber): string {
  if (!isOnGround) return `${number(length, 1)} px`
  if (length < 1000) return `${number(length, length < 100 ? 1 : 0)} m`
  return `${number(length / 1000, length < 100_000 ? 2 : 0)} km`
}

/** An area in words: `120 m²`, `3.45 ha`, `12.3 km²`, `40.0 px²`. */
export function areaText(area: number, isOnGround: boolean, number: WriteNumber): string {
  if (!isOnGround) return `${number(area, 1)} px²`
  if (area < 1000) return `${number(area, area < 10 ? 2 : 0)} m²`
  if (area < 1_000_000) return `${number(area / 10_000, 2)} ha`
  return `${number(area / 1_000_000, area < 100_000_000 ? 2 : 0)} km²`
}

/** What stands beside a measure: the area first where there is one. */
export function measureText({ length, area, isOnGround }: MeasuredGround, number: WriteNumber): string {
  const way = lengthText(length, isOnGround, number)
  return area === null ? way : `${areaText(area, isOnGround, number)}\n${way}`
}
