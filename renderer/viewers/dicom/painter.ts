import type { FramePlane } from './patient-space.ts'
import type { SliceLook } from './paint-slice.ts'
import type { ViewPlane } from './view-plane.ts'

/** Numbers of one frame, and where they lie. */
export interface SliceImage {
  /** Two images with the same key hold the same numbers. */
  readonly key: string
  /** One band [height, width], or red, green and blue [3, height, width]. */
  readonly values: Float32Array
  readonly bands: 1 | 3
  readonly plane: FramePlane
}

/** Draws frames into a pane; one for each pane, made for either the graphics card or the processor. */
export interface SlicePainter {
  /** Draws at once. */
  paint(image: SliceImage, look: SliceLook, view: ViewPlane): void
  clear(): void
  dispose(): void
}
