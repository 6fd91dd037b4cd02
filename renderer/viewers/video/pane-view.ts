import type { FrameView } from '../frame-view.ts'

/** Size in CSS pixels, or of a frame in its own pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** A frame in its own pixels. */
export interface FrameSize extends Size {
  /** Width of a pixel beside its height: 1 where they are square. */
  readonly pixelAspect: number
}

/** What of a frame is seen: the place of the frame in the middle of the pane, and stage pixels per row of the frame. */
export interface PaneView {
  readonly scale: number
  readonly column: number
  readonly row: number
}

const mostScale = 64
const leastPart = 0.5

/** The whole frame, as large as the pane allows. */
export function fitView(frame: FrameSize, pane: Size): PaneView {
  const scale = Math.min(pane.width / (frame.width * frame.pixelAspect), pane.height / frame.height)
  return { scale: Number.isFinite(scale) && scale > 0 ? scale : 1, column: frame.width / 2, row: frame.height / 2 }
}

/** Zooms so that what lies under a position of the pane stays there. */
export function zoomAt(
  view: PaneView,
  factor: number,
  at: readonly [number, number],
  frame: FrameSize,
  pane: Size,
): PaneView {
  const least = fitView(frame, pane).scale * leastPart
  const scale = Math.min(mostScale, Math.max(Math.min(least, 1), view.scale * factor))
  const [dx, dy] = [at[0] - pane.width / 2, at[1] - pane.height / 2]
  const column = view.column + (dx / view.scale - dx / scale) / frame.pixelAspect
  const row = view.row + dy / view.scale - dy / scale
  return clamped({ scale, column, row }, frame)
}

/** Moves the frame by stage pixels. */
export function panBy(view: PaneView, dx: number, dy: number, frame: FrameSize): PaneView {
  const columns = dx / (view.scale * frame.pixelAspect)
  return clamped({ ...view, column: view.column - columns, row: view.row - dy / view.scale }, frame)
}

/** Some of the frame always stays in sight. */
function clamped(view: PaneView, frame: Size): PaneView {
  return {
    ...view,
    column: Math.min(frame.width, Math.max(0, view.column)),
    row: Math.min(frame.height, Math.max(0, view.row)),
  }
}

/** Where the frame lies in a pane: left and top edge, and its size, in CSS pixels. */
export function frameBox(
  view: PaneView,
  frame: FrameSize,
  pane: Size,
): { x: number; y: number; width: number; height: number } {
  const perColumn = view.scale * frame.pixelAspect
  return {
    x: pane.width / 2 - view.column * perColumn,
    y: pane.height / 2 - view.row * view.scale,
    width: frame.width * perColumn,
    height: frame.height * view.scale,
  }
}

/**
 * Both directions between a pane and its frame; the pane begins at the left edge of the stage.
 * @param onView  takes the view that somebody who draws over the frame asks for
 */
export function paneFrameView(
  view: PaneView,
  frame: FrameSize,
  pane: Size,
  onView: (view: PaneView) => void,
): FrameView {
  const box = frameBox(view, frame, pane)
  const perColumn = view.scale * frame.pixelAspect
  return {
    toFrame: (x, y) => {
      if (x > pane.width) return null
      const [column, row] = [(x - box.x) / perColumn, (y - box.y) / view.scale]
      return column >= 0 && row >= 0 && column < frame.width && row < frame.height ? [column, row] : null
    },
    toStage: (column, row) => [box.x + column * perColumn, box.y + row * view.scale],
    panBy: (x, y) => onView(panBy(view, x, y, frame)),
    pane: { left: 0, top: 0, width: pane.width, height: pane.height },
  }
}
