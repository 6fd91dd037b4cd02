import { z } from 'zod'
import { combine, cross, dot, minus, toPatient, type FramePlane, type Vector3 } from './patient-space.ts'

/** How a flat part of space is seen in a pane: without perspective, at the same scale in all directions. */
export interface ViewPlane {
  /** What is seen in the middle of the pane. */
  readonly centre: Vector3
  /** Directions that go to the right and up on the screen; unit vectors. */
  readonly right: Vector3
  readonly up: Vector3
  /** CSS pixels for each mm (or pixel of the frame, where nothing is calibrated). */
  readonly scale: number
  /** Size of the pane in CSS pixels. */
  readonly width: number
  readonly height: number
}

const vectorSchema = z.tuple([z.number(), z.number(), z.number()])

/** A view as a project keeps it. */
export const viewPlaneSchema = z.object({
  centre: vectorSchema,
  right: vectorSchema,
  up: vectorSchema,
  scale: z.number().positive(),
  width: z.number().positive(),
  height: z.number().positive(),
})

/** A size in CSS pixels. */
export interface PaneSize {
  readonly width: number
  readonly height: number
}

const negative = (vector: Vector3): Vector3 => combine([-1, vector])

/** Where a place in space is seen, in CSS pixels from the pane's top left corner; places beside the plane are seen along its normal. */
export function toPane(view: ViewPlane, point: Vector3): [number, number] {
  const from = minus(point, view.centre)
  return [view.width / 2 + dot(from, view.right) * view.scale, view.height / 2 - dot(from, view.up) * view.scale]
}

/** The place in space that is seen at a position of the pane. */
export function fromPane(view: ViewPlane, x: number, y: number): Vector3 {
  return combine(
    [1, view.centre],
    [(x - view.width / 2) / view.scale, view.right],
    [(view.height / 2 - y) / view.scale, view.up],
  )
}

/** Direction towards the viewer. */
export function towardsViewer({ right, up }: ViewPlane): Vector3 {
  return cross(right, up)
}

const margin = 0.97

/** A whole frame as it is stored: its first row on top. */
export function fitView(plane: FramePlane, { width, height }: PaneSize): ViewPlane {
  const [widthMm, heightMm] = [plane.width * plane.spacing[1], plane.height * plane.spacing[0]]
  return {
    centre: toPatient(plane, [plane.width / 2, plane.height / 2]),
    right: plane.right,
    up: negative(plane.down),
    scale: Math.max(1e-6, margin * Math.min(width / widthMm, height / heightMm)),
    width,
    height,
  }
}

/** As much as a sphere around a place needs, seen from a fixed side. */
export function boxView(
  centre: Vector3,
  extent: readonly [number, number],
  right: Vector3,
  up: Vector3,
  { width, height }: PaneSize,
): ViewPlane {
  return { centre, right, up, scale: margin * Math.min(width / extent[0], height / extent[1]), width, height }
}

/** The same view with its middle moved straight onto the plane of another frame, so that scrolling keeps zoom and place. */
export function onFrame(view: ViewPlane, plane: FramePlane): ViewPlane {
  const normal = cross(plane.right, plane.down)
  const fit = fitView(plane, view)
  const distance = dot(minus(plane.origin, view.centre), normal)
  const moved = combine([1, view.centre], [distance, normal])
  // Without the last bits of rounding, a view of the whole frame stays known as one.
  if (Math.hypot(...minus(moved, fit.centre)) < 1e-6) return { ...view, centre: fit.centre }
  return { ...view, centre: moved }
}

/** Moves what is seen by screen pixels. */
export function panBy(view: ViewPlane, x: number, y: number): ViewPlane {
  return { ...view, centre: combine([1, view.centre], [-x / view.scale, view.right], [y / view.scale, view.up]) }
}

const scales = { smallest: 0.01, largest: 400 }

/** Enlarges by a factor; what is seen at a position of the pane stays there. */
export function zoomBy(view: ViewPlane, factor: number, x = view.width / 2, y = view.height / 2): ViewPlane {
  const scale = Math.min(scales.largest, Math.max(scales.smallest, view.scale * factor))
  const fixed = fromPane(view, x, y)
  const zoomed = { ...view, scale }
  const shift = minus(fixed, fromPane(zoomed, x, y))
  return { ...zoomed, centre: combine([1, view.centre], [1, shift]) }
}

/**
 * The same view in a pane of another size. One that shows a whole frame still does so; any other keeps its middle and grows with the
 * shorter side, so that going back to the first size gives back the first view.
 */
export function resized(view: ViewPlane, { width, height }: PaneSize, plane: FramePlane | null = null): ViewPlane {
  const fit = plane && fitView(plane, view)
  if (fit && plane && fit.scale === view.scale && fit.centre.every((part, axis) => part === view.centre[axis]))
    return { ...fitView(plane, { width, height }), right: view.right, up: view.up }
  const factor = Math.min(width, height) / Math.max(1, Math.min(view.width, view.height))
  return { ...view, width, height, scale: view.scale * factor }
}

/** Turns the picture clockwise around the middle of the pane. */
export function rotateBy(view: ViewPlane, degrees: number): ViewPlane {
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  return {
    ...view,
    right: combine([cosine, view.right], [sine, view.up]),
    up: combine([-sine, view.right], [cosine, view.up]),
  }
}

/** Mirrors the picture: left and right, or top and bottom, change places. */
export function flip(view: ViewPlane, way: 'horizontal' | 'vertical'): ViewPlane {
  return way === 'horizontal' ? { ...view, right: negative(view.right) } : { ...view, up: negative(view.up) }
}

/** A canvas transform [a, b, c, d, e, f] from places on a frame (corner of the first pixel at 0, 0) to CSS pixels of the pane. */
export function frameTransform(view: ViewPlane, plane: FramePlane): [number, number, number, number, number, number] {
  const [x0, y0] = toPane(view, toPatient(plane, [0, 0]))
  const [x1, y1] = toPane(view, toPatient(plane, [1, 0]))
  const [x2, y2] = toPane(view, toPatient(plane, [0, 1]))
  return [x1 - x0, y1 - y0, x2 - x0, y2 - y0, x0, y0]
}

/** A length of 1, 2 or 5 times a power of ten that takes at most `most` CSS pixels, and how many it takes. */
export function scaleBar(view: ViewPlane, most: number): { readonly length: number; readonly pixels: number } {
  const longest = most / view.scale
  const power = 10 ** Math.floor(Math.log10(longest))
  const length = ([5, 2, 1].find((step) => step * power <= longest) ?? 1) * power
  return { length, pixels: length * view.scale }
}
