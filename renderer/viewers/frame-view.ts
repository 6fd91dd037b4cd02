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
  /** The part of the stage in which the frame is seen, where other panes lie beside it; all of it where this is not there. */
  readonly pane?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
}
