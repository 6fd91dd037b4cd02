import type { FrameView } from '../frame-view.ts'

/** How frame positions become stage positions: x = e + a·column + c·row, y = f + b·column + d·row; CSS pixels. */
export interface FramePlace {
  readonly matrix: readonly [number, number, number, number, number, number]
  readonly width: number
  readonly height: number
}

/** Where a frame lies, from the stage's own view of it; null while none is shown. */
export function framePlace(view: FrameView | null, width: number, height: number): FramePlace | null {
  if (!view || width < 1 || height < 1) return null
  const [x0, y0] = view.toStage(0, 0)
  const [xRight, yRight] = view.toStage(width, 0)
  const [xDown, yDown] = view.toStage(0, height)
  const matrix = [
    (xRight - x0) / width,
    (yRight - y0) / width,
    (xDown - x0) / height,
    (yDown - y0) / height,
    x0,
    y0,
  ] as const
  const [a, b, c, d] = matrix
  return matrix.every(Number.isFinite) && a * d - b * c !== 0 ? { matrix, width, height } : null
}

/** `[x, y]` on the stage of a position of the frame. */
export function toStage(
  { matrix: [a, b, c, d, e, f] }: FramePlace,
  [column, row]: readonly [number, number],
): [number, number] {
  return [a * column + c * row + e, b * column + d * row + f]
}

/** `[column, row]` of a position of the stage, also beyond the frame. */
export function toFrame(
  { matrix: [a, b, c, d, e, f] }: FramePlace,
  [x, y]: readonly [number, number],
): [number, number] {
  const determinant = a * d - b * c
  const [dx, dy] = [x - e, y - f]
  return [(dx * d - dy * c) / determinant, (dy * a - dx * b) / determinant]
}

/** The nearest position within the frame. */
export function insideFrame({ width, height }: FramePlace, [column, row]: readonly [number, number]): [number, number] {
  return [Math.min(width, Math.max(0, column)), Math.min(height, Math.max(0, row))]
}

/** Whether two places are the same to the eye. */
export function isSamePlace(a: FramePlace | null, b: FramePlace | null): boolean {
  if (!a || !b) return a === b
  return a.width === b.width && a.height === b.height && a.matrix.every((value, i) => value === b.matrix[i])
}
