/**
 * Where the pixels of the shown frame lie on the stage. Both directions are exact and fractional: (0, 0) of a frame is the outer
 * corner of its first pixel, so `Math.floor` of both gives the pixel and `column + 0.5, row + 0.5` is its middle. Stage
 * positions are CSS pixels from the top left corner of the stage.
 */
export interface FrameView {
  /** `[column, row]` under a position of the stage; null outside the frame, or where no frame is shown. */
  toFrame(x: number, y: number): [number, number] | null
  /** `[x, y]` of a position of the frame, also when it lies outside what is visible. */
  toStage(column: number, row: number): [number, number]
  /** Moves the picture by CSS pixels, so that another part of the frame is seen. */
  panBy(x: number, y: number): void
  /** The part of the stage in which the frame is seen, where other panes lie beside it; all of it where this is not there. */
  readonly pane?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
}

/** Room that is kept around what is brought into sight, in CSS pixels; less in a small pane. */
const room = 48

/**
 * How far the picture must move so that a position of the frame is seen with some room around it: CSS pixels to the right and
 * down, 0 where it is in sight already.
 * @param stage  size of the stage in CSS pixels
 */
export function intoSight(
  view: FrameView,
  [column, row]: readonly [number, number],
  stage: { readonly width: number; readonly height: number },
): [number, number] {
  const [x, y] = view.toStage(column, row)
  const { left, top, width, height } = view.pane ?? { left: 0, top: 0, ...stage }
  const shift = (at: number, from: number, length: number): number => {
    const margin = Math.min(room, length / 4)
    return Math.max(0, from + margin - at) - Math.max(0, at - (from + length - margin))
  }
  return [shift(x, left, width), shift(y, top, height)]
}
