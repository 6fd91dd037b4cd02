import type { SliceImage } from './painter.ts'
import { toFramePoint, toPatient } from './patient-space.ts'

/** Part of a pixel that places may lie apart and still count as the same. */
const nearlySame = 0.5
/** Part by which pixel sizes may differ: half a pixel over a row of 500. */
const sameSize = 0.001

/**
 * Why two slices have no difference; null where they do. Their pixels must be as many and as large. Where both are placed in one
 * coordinate system, they must also lie behind each other: rows and columns the same way, and not shifted against each other.
 * @param isOneSpace  whether places of both are in one coordinate system (Frame of Reference)
 */
export function whyNoDifference(
  { bands, plane: a }: SliceImage,
  { bands: otherBands, plane: b }: SliceImage,
  isOneSpace: boolean,
): 'otherGrid' | 'otherPlace' | 'colour' | null {
  if (bands !== 1 || otherBands !== 1) return 'colour'
  const isAsLarge = a.spacing.every((size, axis) => Math.abs(size - (b.spacing[axis] ?? 0)) <= sameSize * size)
  if (a.width !== b.width || a.height !== b.height || (a.isCalibrated && b.isCalibrated && !isAsLarge))
    return 'otherGrid'
  if (!isOneSpace || !a.isInPatient || !b.isInPatient) return null
  const corners = [
    [0, 0],
    [b.width, 0],
    [0, b.height],
  ] as const
  const isBehind = corners.every((corner) => {
    const [column, row] = toFramePoint(a, toPatient(b, corner))
    return Math.abs(column - corner[0]) <= nearlySame && Math.abs(row - corner[1]) <= nearlySame
  })
  return isBehind ? null : 'otherPlace'
}

/** The second slice minus the first, pixel by pixel, where the first one lies. */
export function differenceOf(first: SliceImage, second: SliceImage): SliceImage {
  return {
    key: `${second.key}-${first.key}`,
    values: Float32Array.from(first.values, (value, i) => (second.values[i] ?? NaN) - value),
    bands: 1,
    plane: first.plane,
  }
}
