import { z } from 'zod'
import type { FramePlane, FramePoint } from './patient-space.ts'
import { planeNames } from './plane-names.ts'

/** What can be measured on a frame. */
export const measurementKinds = [
  'length',
  'bidirectional',
  'angle',
  'rectangle',
  'ellipse',
  'freehand',
  'arrow',
] as const
/** What can be measured on a frame. */
export type MeasurementKind = (typeof measurementKinds)[number]

/**
 * A measurement on one frame. Points are places on the frame ([column, row], corner of the first pixel at 0, 0):
 * `length` and `arrow` two (the arrow's tip first), `bidirectional` the ends of the long and of the short axis, `angle` arm, vertex,
 * arm, `rectangle` and `ellipse` two opposite corners of the box around them, `freehand` the outline. A measurement on a cut plane
 * says which one; its frame and points are then those of the plane's grid (see `planeGrid`).
 */
export const measurementSchema = z.object({
  id: z.string().max(64),
  kind: z.enum(measurementKinds),
  frame: z.number().int().nonnegative(),
  cut: z.enum(planeNames).optional(),
  points: z
    .array(z.tuple([z.number(), z.number()]))
    .min(2)
    .max(400),
  name: z.string().max(200),
})
/** A measurement on one frame. */
export type Measurement = z.infer<typeof measurementSchema>

/** Values inside of a region. */
export interface RegionStatistics {
  /** Pixels whose middle lies inside and that hold a value. */
  readonly pixels: number
  readonly mean: number
  /** Standard deviation of these pixels (divided by their number). */
  readonly deviation: number
  readonly minimum: number
  readonly maximum: number
}

/** The numbers of a measurement; lengths and areas in mm and mm², or pixels where the frame is not calibrated. */
export interface MeasuredNumbers {
  readonly length: number | null
  /** The short axis of `bidirectional`. */
  readonly shortLength: number | null
  readonly degrees: number | null
  readonly area: number | null
  /** Null for kinds without an inside, for colour pictures, and while the frame is not read. */
  readonly region: RegionStatistics | null
}

type Spacing = FramePlane['spacing']

/** Distance of two places on a frame, in units of the spacing. */
export function distance(a: FramePoint, b: FramePoint, spacing: Spacing): number {
  return Math.hypot((b[0] - a[0]) * spacing[1], (b[1] - a[1]) * spacing[0])
}

/** Angle at the second of three places, 0 to 180 degrees; null where two of them are the same. */
export function angle(points: readonly FramePoint[], spacing: Spacing): number | null {
  const [a, vertex, b] = points
  if (!a || !vertex || !b) return null
  const arm = (end: FramePoint): [number, number] => [
    (end[0] - vertex[0]) * spacing[1],
    (end[1] - vertex[1]) * spacing[0],
  ]
  const [first, second] = [arm(a), arm(b)]
  const lengths = Math.hypot(...first) * Math.hypot(...second)
  if (lengths === 0) return null
  const cosine = (first[0] * second[0] + first[1] * second[1]) / lengths
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI
}

/** The box around two corners: left, top, right, bottom. */
export function boxOf(points: readonly FramePoint[]): readonly [number, number, number, number] {
  const [columns, rows] = [points.map(([column]) => column), points.map(([, row]) => row)]
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns), Math.max(...rows)]
}

/** Area inside of a region, in units of the spacing squared; null for kinds without an inside. */
export function areaOf({ kind, points }: Pick<Measurement, 'kind' | 'points'>, spacing: Spacing): number | null {
  const unit = spacing[0] * spacing[1]
  const [left, top, right, bottom] = boxOf(points)
  if (kind === 'rectangle') return (right - left) * (bottom - top) * unit
  if (kind === 'ellipse') return (Math.PI / 4) * (right - left) * (bottom - top) * unit
  if (kind !== 'freehand') return null
  const twice = points.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length] ?? [x, y]
    return sum + x * nextY - nextX * y
  }, 0)
  return (Math.abs(twice) / 2) * unit
}

/** Whether a place lies inside of a region. */
export function isInside({ kind, points }: Pick<Measurement, 'kind' | 'points'>, [x, y]: FramePoint): boolean {
  if (kind === 'freehand') return isInsidePolygon(points, x, y)
  const [left, top, right, bottom] = boxOf(points)
  if (kind === 'rectangle') return x >= left && x < right && y >= top && y < bottom
  if (kind !== 'ellipse' || right === left || bottom === top) return false
  return ((2 * x - left - right) / (right - left)) ** 2 + ((2 * y - top - bottom) / (bottom - top)) ** 2 <= 1
}

function isInsidePolygon(points: readonly FramePoint[], x: number, y: number): boolean {
  let isIn = false
  points.forEach(([x1, y1], i) => {
    const [x2, y2] = points[(i + 1) % points.length] ?? [x1, y1]
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isIn = !isIn
  })
  return isIn
}

/**
 * Values of the pixels whose middle lies inside of a region; null where there is none.
 * @param values  one band, [height, width]; NaN is no value
 */
export function regionStatistics(
  measurement: Pick<Measurement, 'kind' | 'points'>,
  values: Float32Array,
  { height, width }: Pick<FramePlane, 'height' | 'width'>,
): RegionStatistics | null {
  const [left, top, right, bottom] = boxOf(measurement.points)
  let [pixels, sum, squares, minimum, maximum] = [0, 0, 0, Infinity, -Infinity]
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, Math.ceil(bottom)); row++)
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(width, Math.ceil(right)); column++) {
      const value = values[row * width + column] ?? NaN
      if (Number.isNaN(value) || !isInside(measurement, [column + 0.5, row + 0.5])) continue
      pixels++
      sum += value
      squares += value * value
      minimum = Math.min(minimum, value)
      maximum = Math.max(maximum, value)
    }
  if (pixels === 0) return null
  const mean = sum / pixels
  return { pixels, mean, deviation: Math.sqrt(Math.max(0, squares / pixels - mean * mean)), minimum, maximum }
}

/**
 * All numbers of a measurement.
 * @param values  the frame's values, one band [height, width]; null where they are not known, or are colours
 */
export function measuredNumbers(
  measurement: Pick<Measurement, 'kind' | 'points'>,
  plane: FramePlane,
  values: Float32Array | null,
): MeasuredNumbers {
  const { kind, points } = measurement
  const [a, b, c, d] = points
  const isAxes = kind === 'bidirectional'
  const area = areaOf(measurement, plane.spacing)
  return {
    length: (kind === 'length' || isAxes) && a && b ? distance(a, b, plane.spacing) : null,
    shortLength: isAxes && c && d ? distance(c, d, plane.spacing) : null,
    degrees: kind === 'angle' ? angle(points, plane.spacing) : null,
    area,
    region: area !== null && values ? regionStatistics(measurement, values, plane) : null,
  }
}
