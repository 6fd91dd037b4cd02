import type { PixelPolygon } from '../../../shared/domain/label-frame.ts'
import { outlinePixels } from '../../../shared/domain/label-outline.ts'
import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import { pixelPicture } from '../labels/mask-picture.ts'
import { cross, dot, minus, type FramePlane } from './patient-space.ts'
import type { ReportLine } from './prepared-overlay.ts'
import { frameTransform, toPane, type ViewPlane } from './view-plane.ts'

/** A mask to be drawn over a slice or plane. */
export interface ShownMask {
  readonly pixels: PixelSet
  /** `#rrggbb` */
  readonly colour: string
  /** Of the filling, 0-1; 0 draws outlines only. */
  readonly opacity: number
  /** Lines and letters rather than areas: drawn as they are, without outlines around them. */
  readonly isDrawing?: boolean
}

/** What lies over a slice. */
export interface ShownObjects {
  readonly masks: readonly ShownMask[]
  readonly lines: readonly (ReportLine & { readonly text: string })[]
}

// Outlines are followed once for each set of pixels; pictures change while a slider is moved.
const outlines = new WeakMap<PixelSet, readonly PixelPolygon[]>()

const lineColour = '#ffd84d'

/** Draws masks and measured lines over a slice; the canvas covers the pane, in device pixels. */
export function paintObjects(
  canvas: HTMLCanvasElement,
  ratio: number,
  view: ViewPlane,
  plane: FramePlane,
  { masks, lines }: ShownObjects,
): void {
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
  const matrix = frameTransform(view, plane)
  const [a, b, c, d, e, f] = matrix
  context.imageSmoothingEnabled = false
  for (const { pixels, colour, opacity, isDrawing } of masks) {
    if (opacity > 0) {
      context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio)
      context.globalAlpha = opacity
      context.drawImage(pixelPicture(pixels, colour), pixels.column, pixels.row)
      context.globalAlpha = 1
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    if (!isDrawing) strokeTwice(context, outlinePath(pixels, matrix), colour, 1.5)
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  for (const { line, text } of lines) paintLine(context, toPane(view, line[0]), toPane(view, line[1]), text)
}

/** Lines whose both ends lie within half a slice of the one that is shown. */
export function linesOnPlane(lines: readonly ReportLine[], plane: FramePlane, sliceMm: number | null): ReportLine[] {
  const normal = cross(plane.right, plane.down)
  const reach = (sliceMm ?? 1) / 2 + 1e-3
  return lines.filter(({ line }) => line.every((place) => Math.abs(dot(minus(place, plane.origin), normal)) <= reach))
}

function outlinePath(pixels: PixelSet, [a, b, c, d, e, f]: ReturnType<typeof frameTransform>): Path2D {
  const path = new Path2D()
  const polygons = outlines.get(pixels) ?? outlinePixels(pixels)
  outlines.set(pixels, polygons)
  for (const ring of polygons.flat()) {
    ring.forEach(([x, y], i) => {
      const [px, py] = [a * x + c * y + e, b * x + d * y + f]
      if (i === 0) path.moveTo(px, py)
      else path.lineTo(px, py)
    })
    path.closePath()
  }
  return path
}

/** A line that is seen on any ground. */
function strokeTwice(context: CanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  context.lineJoin = 'round'
  context.strokeStyle = 'rgba(0, 0, 0, 0.7)'
  context.lineWidth = width + 1.5
  context.stroke(path)
  context.strokeStyle = colour
  context.lineWidth = width
  context.stroke(path)
}

function paintLine(
  context: CanvasRenderingContext2D,
  from: readonly [number, number],
  to: readonly [number, number],
  text: string,
): void {
  const path = new Path2D()
  path.moveTo(from[0], from[1])
  path.lineTo(to[0], to[1])
  strokeTwice(context, path, lineColour, 1.5)
  context.font = '12px system-ui, sans-serif'
  const [x, y] = [Math.max(from[0], to[0]) + 6, (from[0] > to[0] ? from[1] : to[1]) + 4]
  context.lineWidth = 3
  context.strokeStyle = 'rgba(0, 0, 0, 0.8)'
  context.strokeText(text, x, y)
  context.fillStyle = lineColour
  context.fillText(text, x, y)
}
