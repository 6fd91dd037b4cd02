import { distanceTo, type VolumeSize, type VoxelSpacing } from '../base/volume.ts'
import type { PixelSet } from './label-pixels.ts'

/** Slices of a mask that grew, and whether it would have grown further. */
export interface GrownVolume {
  /** [slice, row, column], 0 or 1 */
  readonly voxels: Uint8Array
  readonly count: number
  readonly isCutOff: boolean
}

/**
 * The voxels around one that are like it, joined face to face through the slices.
 * @param isLike  whether a voxel, by its index [slice, row, column], belongs to the region
 * @param limit   most voxels; the nearest along the growth are kept
 */
export function growVolume(
  { slices, rows, columns }: VolumeSize,
  start: { readonly slice: number; readonly row: number; readonly column: number },
  isLike: (index: number) => boolean,
  limit: number,
): GrownVolume {
  const area = rows * columns
  const voxels = new Uint8Array(slices * area)
  const queue = new Int32Array(Math.min(limit, voxels.length))
  let [read, written, isCutOff] = [0, 0, false]
  const visit = (index: number): void => {
    if (voxels[index] === 1 || !isLike(index)) return
    if (written === queue.length) {
      isCutOff = true
      return
    }
    voxels[index] = 1
    queue[written++] = index
  }
  const { slice, row, column } = start
  const isInside = slice >= 0 && row >= 0 && column >= 0 && slice < slices && row < rows && column < columns
  if (isInside) visit((slice * rows + row) * columns + column)
  while (read < written) {
    const at = queue[read++] ?? 0
    const x = at % columns
    const within = at % area
    if (x > 0) visit(at - 1)
    if (x + 1 < columns) visit(at + 1)
    if (within >= columns) visit(at - columns)
    if (within + columns < area) visit(at + columns)
    if (at >= area) visit(at - area)
    if (at + area < voxels.length) visit(at + area)
  }
  return { voxels, count: written, isCutOff }
}

/**
 * What a round brush of a stroke covers on a slice some way off: the stroke with the radius that a ball has there. It is the stroke
 * less a margin, since a smaller disc moved along the same way covers just that.
 * @param set       pixels of the stroke on its own slice
 * @param radiusMm  of the ball
 * @param offsetMm  distance of the slice
 * @param spacing   distance of rows and of columns in mm
 * @returns         null when the ball does not reach the slice
 */
export function strokeOnSlice(
  set: PixelSet,
  radiusMm: number,
  offsetMm: number,
  spacing: readonly [number, number],
): PixelSet | null {
  const reach = radiusMm * radiusMm - offsetMm * offsetMm
  if (reach <= 0 || set.bits.length === 0) return null
  const margin = radiusMm - Math.sqrt(reach)
  // With a frame of one pixel around, so that the border of the window counts as outside.
  const [rows, columns] = [set.height + 2, set.width + 2]
  const outside = new Uint8Array(rows * columns).fill(1)
  for (let row = 0; row < set.height; row++)
    for (let column = 0; column < set.width; column++)
      if (set.bits[row * set.width + column] === 1) outside[(row + 1) * columns + column + 1] = 0
  const distances = distanceTo(outside, { slices: 1, rows, columns }, [1, ...spacing])
  const half = Math.min(...spacing) / 2
  const bits = set.bits.map((bit, i) => {
    const [row, column] = [Math.floor(i / set.width), i % set.width]
    const distance = distances[(row + 1) * columns + column + 1] ?? 0
    return bit === 1 && distance - half >= margin ? 1 : 0
  })
  return bits.includes(1) ? { ...set, bits } : null
}

/**
 * Masks of the slices between two that are marked, by their shapes: signed distances to the outlines, mixed linearly.
 * Source: Raya and Udupa, IEEE Transactions on Medical Imaging 9 (1990) 32-42.
 * @param first, last  [row, column], 0 or 1; of slices `count + 1` apart
 * @param parts        how far each slice in between lies from the first, in (0, 1)
 */
export function interpolateMasks(
  first: Uint8Array,
  last: Uint8Array,
  size: { readonly rows: number; readonly columns: number },
  spacing: readonly [number, number],
  parts: readonly number[],
): Uint8Array[] {
  const [from, to] = [signedDistance(first, size, spacing), signedDistance(last, size, spacing)]
  return parts.map((part) => {
    const mask = new Uint8Array(first.length)
    for (let i = 0; i < mask.length; i++)
      if ((1 - part) * (from[i] ?? -Infinity) + part * (to[i] ?? -Infinity) > 0) mask[i] = 1
    return mask
  })
}

/** Distance to the outline in mm, positive inside; the outline runs half way between neighbouring pixels. */
function signedDistance(
  mask: Uint8Array,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  spacing: readonly [number, number],
): Float64Array {
  const size: VolumeSize = { slices: 1, rows, columns }
  const step: VoxelSpacing = [1, ...spacing]
  const half = Math.min(...spacing) / 2
  const outside = mask.map((bit) => (bit === 1 ? 0 : 1))
  const [inward, outward] = [distanceTo(outside, size, step), distanceTo(mask, size, step)]
  const farthest = Math.hypot(rows * spacing[0], columns * spacing[1])
  return inward.map((depth, i) =>
    mask[i] === 1 ? Math.min(depth, farthest) - half : half - Math.min(outward[i] ?? farthest, farthest),
  )
}
