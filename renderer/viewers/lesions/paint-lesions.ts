import type { FrameLabelOf } from '../../../shared/domain/label-frame.ts'
import type { LesionMeasures } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { FramePlane, Vector3 } from '../dicom/patient-space.ts'
import { frameTransform, toPane, type ViewPlane } from '../dicom/view-plane.ts'
import { outlinesOf } from '../labels/mask-picture.ts'

/** One lesion on a slice. */
export interface ShownLesion {
  /** What is written beside it. */
  readonly name: string
  readonly colour: string
  readonly mask: FrameLabelOf<'mask'>
  readonly isChosen: boolean
  /** Its measured lines, where this is the slice they were measured on. */
  readonly measures: LesionMeasures | null
}

/** Draws lesions with their numbers, and the crosshair, over a slice; the canvas covers the pane, in device pixels. */
export function paintLesions(
  canvas: HTMLCanvasElement,
  ratio: number,
  view: ViewPlane,
  plane: FramePlane,
  lesions: readonly ShownLesion[],
  crosshair: Vector3 | null,
): void {
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  const matrix = frameTransform(view, plane)
  if (crosshair) paintCrosshair(context, toPane(view, crosshair), view)
  // The chosen one last, above the others.
  for (const lesion of [...lesions].sort((a, b) => Number(a.isChosen) - Number(b.isChosen)))
    paintLesion(context, lesion, matrix, view)
}

function paintLesion(
  context: CanvasRenderingContext2D,
  { mask, colour, name, isChosen, measures }: ShownLesion,
  [a, b, c, d, e, f]: ReturnType<typeof frameTransform>,
  view: ViewPlane,
): void {
  const path = new Path2D()
  let [right, top] = [-Infinity, 0]
  for (const polygons of outlinesOf(mask).values())
    for (const ring of polygons.flat()) {
      ring.forEach(([x, y], i) => {
        const [px, py] = [a * x + c * y + e, b * x + d * y + f]
        if (px > right) [right, top] = [px, py]
        if (i === 0) path.moveTo(px, py)
        else path.lineTo(px, py)
      })
      path.closePath()
    }
  if (right === -Infinity) return
  context.lineJoin = 'round'
  context.strokeStyle = 'rgba(0, 0, 0, 0.65)'
  context.lineWidth = isChosen ? 4.5 : 3
  context.stroke(path)
  context.strokeStyle = colour
  context.lineWidth = isChosen ? 2.5 : 1.5
  context.stroke(path)
  if (measures && isChosen) {
    paintLine(context, view, measures.longAxis, colour, [])
    paintLine(context, view, measures.shortAxis, colour, [4, 3])
  }
  context.font = `${isChosen ? 700 : 600} 13px system-ui, sans-serif`
  context.textBaseline = 'middle'
  context.lineWidth = 3.5
  context.strokeStyle = 'rgba(0, 0, 0, 0.8)'
  context.strokeText(name, right + 6, top)
  context.fillStyle = colour
  context.fillText(name, right + 6, top)
}

function paintLine(
  context: CanvasRenderingContext2D,
  view: ViewPlane,
  [from, to]: LesionMeasures['longAxis'],
  colour: string,
  dash: number[],
): void {
  const path = new Path2D()
  path.moveTo(...toPane(view, from))
  path.lineTo(...toPane(view, to))
  context.strokeStyle = 'rgba(0, 0, 0, 0.6)'
  context.lineWidth = 2.5
  context.stroke(path)
  context.setLineDash(dash)
  context.strokeStyle = colour
  context.lineWidth = 1.2
  context.stroke(path)
  context.setLineDash([])
}

/** Half the gap that is left around the place itself. */
const gap = 10

function paintCrosshair(context: CanvasRenderingContext2D, [x, y]: readonly [number, number], view: ViewPlane): void {
  const path = new Path2D()
  for (const [x0, y0, x1, y1] of [
    [0, y, x - gap, y],
    [x + gap, y, view.width, y],
    [x, 0, x, y - gap],
    [x, y + gap, x, view.height],
  ] as const) {
    path.moveTo(x0, y0)
    path.lineTo(x1, y1)
  }
  context.strokeStyle = 'rgba(0, 0, 0, 0.5)'
  context.lineWidth = 2
  context.stroke(path)
  context.strokeStyle = 'rgba(142, 200, 255, 0.75)'
  context.lineWidth = 1
  context.stroke(path)
}
