import type { Vector3 } from '../dicom/patient-space.ts'
import { toPane, type ViewPlane } from '../dicom/view-plane.ts'

/** A landmark on the slice of a pane. */
export interface ShownLandmark {
  readonly index: number
  readonly place: Vector3
  readonly isChosen: boolean
}

const colour = '#ffd84d'
const radius = 7

/** Draws landmarks with their numbers over what is there; `ratio` device pixels for one of the page. */
export function paintLandmarks(
  canvas: HTMLCanvasElement,
  ratio: number,
  view: ViewPlane,
  landmarks: readonly ShownLandmark[],
): void {
  const context = canvas.getContext('2d')
  if (!context) return
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  for (const { index, place, isChosen } of landmarks) {
    const [x, y] = toPane(view, place)
    // A ring with a cross that leaves the place itself free.
    const path = new Path2D()
    path.arc(x, y, radius, 0, 2 * Math.PI)
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      path.moveTo(x + dx * 3, y + dy * 3)
      path.lineTo(x + dx * (radius + 4), y + dy * (radius + 4))
    }
    context.strokeStyle = 'rgba(0, 0, 0, 0.75)'
    context.lineWidth = isChosen ? 5 : 3.5
    context.stroke(path)
    context.strokeStyle = colour
    context.lineWidth = isChosen ? 2.5 : 1.3
    context.stroke(path)
    context.font = `${isChosen ? 700 : 600} 13px system-ui, sans-serif`
    context.textBaseline = 'middle'
    context.lineWidth = 3.5
    context.strokeStyle = 'rgba(0, 0, 0, 0.8)'
    context.strokeText(String(index + 1), x + radius + 6, y - radius)
    context.fillStyle = colour
    context.fillText(String(index + 1), x + radius + 6, y - radius)
  }
}
