import type { FrameLabel, FrameLabelOf, PixelPolygon } from '../../../shared/domain/label-frame.ts'
import { type FramePlace, toStage } from './frame-place.ts'

/** A label that is drawn as lines and points on one frame. */
export type FrameShape = FrameLabelOf<'point'> | FrameLabelOf<'box'> | FrameLabelOf<'polygon'>

/** Something of a shape that can be dragged. */
export interface ShapeHandle {
  readonly position: readonly [number, number]
  /** The shape when the handle is dragged to a position. */
  readonly moveTo: (position: [number, number]) => FrameShape
  /** The shape without this corner; null where it has to stay. */
  readonly without: FrameShape | null
  /** Whether it is a corner, and not a place where one may be added. */
  readonly isCorner: boolean
}

/** Whether a label has a shape on its frame. */
export function isShape(label: FrameLabel): label is FrameShape {
  return label.kind === 'point' || label.kind === 'box' || label.kind === 'polygon'
}

/** The corners of a box, clockwise from the top left. */
export function boxCorners([x, y, width, height]: FrameLabelOf<'box'>['box']): [number, number][] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ]
}

/** The box between two positions; at least one pixel in each direction. */
export function boxBetween(a: readonly [number, number], b: readonly [number, number]): FrameLabelOf<'box'>['box'] {
  const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])]
  return [left, top, Math.max(1, Math.abs(a[0] - b[0])), Math.max(1, Math.abs(a[1] - b[1]))]
}

/** The outline of a shape on the stage; a point is a disc of `radius` CSS pixels. */
export function shapePath(shape: FrameShape, place: FramePlace, radius = 5): Path2D {
  const path = new Path2D()
  if (shape.kind === 'point') {
    const [x, y] = toStage(place, shape.position)
    path.arc(x, y, radius, 0, 2 * Math.PI)
    return path
  }
  addRings(path, shape.kind === 'box' ? [boxCorners(shape.box)] : shape.polygons.flat(), place)
  return path
}

/** Adds closed rings to a path, in stage positions. */
export function addRings(path: Path2D, rings: PixelPolygon, place: FramePlace): void {
  for (const ring of rings) {
    ring.forEach((position, i) => {
      const [x, y] = toStage(place, position)
      if (i === 0) path.moveTo(x, y)
      else path.lineTo(x, y)
    })
    path.closePath()
  }
}

/** What can be dragged of a shape: corners, the middles of a polygon's edges (which become corners). */
export function shapeHandles(shape: FrameShape): ShapeHandle[] {
  if (shape.kind === 'point')
    return [{ position: shape.position, moveTo: (position) => ({ ...shape, position }), without: null, isCorner: true }]
  if (shape.kind === 'box')
    return boxCorners(shape.box).map((position, index, corners) => ({
      position,
      moveTo: (to) => ({ ...shape, box: boxBetween(corners[(index + 2) % 4] ?? to, to) }),
      without: null,
      isCorner: true,
    }))
  return shape.polygons.flatMap((rings, area) =>
    rings.flatMap((ring, index) =>
      ring.flatMap((position, corner) => {
        const next = ring[(corner + 1) % ring.length] ?? position
        const withRing = (changed: [number, number][]): FrameShape => ({
          ...shape,
          polygons: shape.polygons.map((other, i) =>
            i === area ? other.map((one, j) => (j === index ? changed : one)) : other,
          ),
        })
        const own: ShapeHandle = {
          position,
          moveTo: (to) => withRing(ring.map((one, i) => (i === corner ? to : one))),
          without: ring.length > 3 ? withRing(ring.filter((_, i) => i !== corner)) : null,
          isCorner: true,
        }
        const middle: ShapeHandle = {
          position: [(position[0] + next[0]) / 2, (position[1] + next[1]) / 2],
          moveTo: (to) => withRing([...ring.slice(0, corner + 1), to, ...ring.slice(corner + 1)]),
          without: null,
          isCorner: false,
        }
        return [own, middle]
      }),
    ),
  )
}

/** The shape moved by some pixels. */
export function movedShape(shape: FrameShape, [columns, rows]: readonly [number, number]): FrameShape {
  const by = ([column, row]: readonly [number, number]): [number, number] => [column + columns, row + rows]
  if (shape.kind === 'point') return { ...shape, position: by(shape.position) }
  if (shape.kind === 'box') {
    const [x, y, width, height] = shape.box
    return { ...shape, box: [x + columns, y + rows, width, height] }
  }
  return { ...shape, polygons: shape.polygons.map((rings) => rings.map((ring) => ring.map(by))) }
}
