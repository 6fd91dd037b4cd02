import { connectedComponents } from '../../../shared/base/volume.ts'
import type { VolumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import { sliceHeights } from './patient-volume.ts'

/** One connected lesion as voxels of its volume. */
export interface VoxelLesion {
  /** Indices [slice, row, column], ascending. */
  readonly voxels: Int32Array
  /** What the mask called it, where it did (the label of a segment); else null. */
  readonly name: string | null
}

/** What counts as a lesion. */
export interface FindLesionsOptions {
  /** Smaller ones are left out. */
  readonly minimumMm3?: number
  readonly name?: string | null
}

/** Voxels of a mask that touch (26 neighbours) are one lesion; largest first. */
export function findLesions(
  mask: ArrayLike<number>,
  geometry: VolumeGeometry,
  { minimumMm3 = 0, name = null }: FindLesionsOptions = {},
): VoxelLesion[] {
  const { size } = geometry
  const { labels, count } = connectedComponents(mask, size)
  const sizes = new Int32Array(count + 1)
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1
  const lists = Array.from({ length: count + 1 }, (_, label) => new Int32Array(label === 0 ? 0 : (sizes[label] ?? 0)))
  const filled = new Int32Array(count + 1)
  labels.forEach((label, index) => {
    if (label === 0) return
    const at = filled[label] ?? 0
    const list = lists[label]
    if (list) list[at] = index
    filled[label] = at + 1
  })
  const area = size.rows * size.columns
  const pixelMm2 = Math.hypot(...geometry.columnStep) * Math.hypot(...geometry.rowStep)
  const heights = sliceHeights(geometry)
  const volumeOf = (voxels: Int32Array): number =>
    voxels.reduce((sum, index) => sum + (heights[Math.floor(index / area)] ?? 0) * pixelMm2, 0)
  return lists
    .slice(1)
    .filter((voxels) => volumeOf(voxels) >= minimumMm3)
    .sort((a, b) => volumeOf(b) - volumeOf(a) || (a[0] ?? 0) - (b[0] ?? 0))
    .map((voxels) => ({ voxels, name }))
}
