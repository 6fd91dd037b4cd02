import type { Measurement, MeasurementKind } from './measurement.ts'
import type { FramePlane, FramePoint } from './patient-space.ts'

type Spacing = FramePlane['spacing']
type Points = Measurement['points']

/** Places a person sets one by one for a kind; `freehand` is drawn in one stroke. */
export function pointsToSet(kind: MeasurementKind): number {
  if (kind === 'angle') return 3
  return kind === 'freehand' ? Infinity : 2
}

/** Points of a kind from the places that were set so far; the last one may still move. */
export function shapePoints(kind: MeasurementKind, set: readonly FramePoint[], spacing: Spacing): Points {
  const points = set.map(([column, row]): [number, number] => [column, row])
  const [first, second] = points
  if (kind !== 'bidirectional' || !first || !second || points.length !== 2) return points
  // A first short axis, half as long, across the middle of the long one; its ends are then moved to where they belong.
  const [x, y] = [(second[0] - first[0]) * spacing[1], (second[1] - first[1]) * spacing[0]]
  const middle = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2] as const
  const [across, along] = [-y / 4 / spacing[1], x / 4 / spacing[0]]
  return [first, second, [middle[0] + across, middle[1] + along], [middle[0] - across, middle[1] - along]]
}

/** A shape moved as a whole. */
export function movePoints(points: Points, columns: number, rows: number): Points {
  return points.map(([column, row]) => [column + columns, row + rows])
}

/**
 * A shape with one of its points moved. The short axis of `bidirectional` stays at right angles to the long one: it turns and
 * grows with it, and its own ends move only across it, taking the crossing along.
 */
export function movePoint(
  { kind, points }: Pick<Measurement, 'kind' | 'points'>,
  index: number,
  to: FramePoint,
  spacing: Spacing,
): Points {
  const moved = points.map((point, i): [number, number] => (i === index ? [to[0], to[1]] : [point[0], point[1]]))
  if (kind !== 'bidirectional' || points.length !== 4) return moved
  const mm = (point: FramePoint | undefined): [number, number] => [
    (point?.[0] ?? 0) * spacing[1],
    (point?.[1] ?? 0) * spacing[0],
  ]
  const [oldA, oldB, c, d] = [mm(points[0]), mm(points[1]), mm(points[2]), mm(points[3])]
  const [a, b] = [mm(moved[0]), mm(moved[1])]
  const before = axes(oldA, oldB)
  const after = axes(a, b)
  if (!before || !after) return points
  const along = (point: Vector2): number => part(point, oldA, before.unit) / before.length
  const across = (point: Vector2): number => part(point, oldA, before.normal)
  let crossing = along(c)
  const ends: [number, number] = [across(c), across(d)]
  if (index >= 2) {
    crossing = Math.min(1, Math.max(0, part(mm(to), oldA, before.unit) / before.length))
    ends[index - 2] = part(mm(to), oldA, before.normal)
  }
  const place = (offset: number): [number, number] => [
    (a[0] + after.unit[0] * crossing * after.length + after.normal[0] * offset) / spacing[1],
    (a[1] + after.unit[1] * crossing * after.length + after.normal[1] * offset) / spacing[0],
  ]
  return [moved[0] ?? [0, 0], moved[1] ?? [0, 0], place(ends[0]), place(ends[1])]
}

type Vector2 = readonly [number, number]

function axes(a: Vector2, b: Vector2): { unit: Vector2; normal: Vector2; length: number } | null {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  if (length === 0) return null
  const unit: Vector2 = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
  return { unit, normal: [-unit[1], unit[0]], length }
}

function part(point: Vector2, from: Vector2, direction: Vector2): number {
  return (point[0] - from[0]) * direction[0] + (point[1] - from[1]) * direction[1]
}

/** Most points kept of a stroke. */
const longestStroke = 300

/** A stroke without points that lie closer than a quarter pixel, and with at most 300 points; rounded to a thousandth of a pixel. */
export function tidyStroke(points: readonly FramePoint[]): Points {
  const apart: Points = []
  for (const [column, row] of points) {
    const last = apart.at(-1)
    if (!last || Math.hypot(column - last[0], row - last[1]) >= 0.25) apart.push([round(column), round(row)])
  }
  if (apart.length <= longestStroke) return apart
  return Array.from(
    { length: longestStroke },
    (_, i) => apart[Math.floor((i * apart.length) / longestStroke)] ?? [0, 0],
  )
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
