import { assert } from '../base/assert.ts'
import { connectedComponents, distanceTo, type VolumeSize, voxelCount, type VoxelSpacing } from '../base/volume.ts'

/** How well a mask was found in one scan. */
export interface SegmentationScores {
  /** 2·both / (found + true), in [0, 1]; 1 when both are empty. */
  readonly dice: number
  /** both / either, in [0, 1]; 1 when both are empty. */
  readonly iou: number
  /** 95th percentile of the distances between the two surfaces, in mm; 0 when both are empty, null when one is. */
  readonly hd95Mm: number | null
  /** (found - true) / true volume; 0 when both are empty, null when there is nothing true. */
  readonly volumeError: number | null
  /** True lesions that the found mask touches, in [0, 1]; null when there are none. */
  readonly lesionSensitivity: number | null
  /** Found lesions that touch no true one. */
  readonly falsePositives: number
}

/**
 * Compares a found mask with the true one, voxel by voxel and lesion by lesion (connected by 26 neighbours).
 * @param found, truth  not zero inside the mask; row-major [slices, rows, columns]
 */
export function segmentationScores(
  found: ArrayLike<number>,
  truth: ArrayLike<number>,
  size: VolumeSize,
  spacing: VoxelSpacing,
): SegmentationScores {
  const count = voxelCount(size)
  assert(found.length === count && truth.length === count, 'masks have slices x rows x columns voxels')
  let [both, foundCount, trueCount] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    if (found[i]) foundCount++
    if (truth[i]) trueCount++
    if (found[i] && truth[i]) both++
  }
  const sum = foundCount + trueCount
  return {
    dice: sum === 0 ? 1 : (2 * both) / sum,
    iou: sum === 0 ? 1 : both / (sum - both),
    hd95Mm: sum === 0 ? 0 : foundCount === 0 || trueCount === 0 ? null : surfaceDistance(found, truth, size, spacing),
    volumeError: sum === 0 ? 0 : trueCount === 0 ? null : (foundCount - trueCount) / trueCount,
    ...lesionScores(found, truth, size),
  }
}

/**
 * 95th percentile of the distances of each surface voxel of one mask to the surface of the other, both ways together (linear
 * between neighbouring ranks). Surface voxels have a neighbour by a face outside the mask; the edge of the volume counts as
 * outside.
 */
function surfaceDistance(
  found: ArrayLike<number>,
  truth: ArrayLike<number>,
  size: VolumeSize,
  spacing: VoxelSpacing,
): number {
  // Nothing outside of the box around both masks decides, and a volume is mostly that.
  const box = boxAround(found, truth, size)
  const [a, b] = [surfaceOf(cut(found, size, box), box.size), surfaceOf(cut(truth, size, box), box.size)]
  const [toA, toB] = [distanceTo(a, box.size, spacing), distanceTo(b, box.size, spacing)]
  const distances: number[] = []
  for (let i = 0; i < a.length; i++) {
    if (a[i]) distances.push(toB[i] ?? 0)
    if (b[i]) distances.push(toA[i] ?? 0)
  }
  distances.sort((one, other) => one - other)
  const rank = 0.95 * (distances.length - 1)
  const [low, part] = [Math.floor(rank), rank % 1]
  const first = distances[low] ?? 0
  return first + part * ((distances[low + 1] ?? first) - first)
}

/** A part of a volume: its first voxel and its size. */
interface Box {
  readonly first: readonly [slice: number, row: number, column: number]
  readonly size: VolumeSize
}

/** The smallest box that holds all voxels of two masks, of which one at least is not empty. */
function boxAround(one: ArrayLike<number>, other: ArrayLike<number>, { slices, rows, columns }: VolumeSize): Box {
  const [first, last] = [[slices, rows, columns] as [number, number, number], [-1, -1, -1] as [number, number, number]]
  for (let z = 0, i = 0; z < slices; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        if (!one[i] && !other[i]) continue
        if (z < first[0]) first[0] = z
        if (y < first[1]) first[1] = y
        if (x < first[2]) first[2] = x
        if (z > last[0]) last[0] = z
        if (y > last[1]) last[1] = y
        if (x > last[2]) last[2] = x
      }
  const size = { slices: last[0] - first[0] + 1, rows: last[1] - first[1] + 1, columns: last[2] - first[2] + 1 }
  return { first, size }
}

function cut(mask: ArrayLike<number>, { rows, columns }: VolumeSize, { first, size }: Box): Uint8Array {
  const part = new Uint8Array(size.slices * size.rows * size.columns)
  for (let z = 0, i = 0; z < size.slices; z++)
    for (let y = 0; y < size.rows; y++) {
      const start = ((z + first[0]) * rows + y + first[1]) * columns + first[2]
      for (let x = 0; x < size.columns; x++, i++) part[i] = mask[start + x] ? 1 : 0
    }
  return part
}

function surfaceOf(mask: ArrayLike<number>, { slices, rows, columns }: VolumeSize): Uint8Array {
  const surface = new Uint8Array(slices * rows * columns)
  const isInside = (z: number, y: number, x: number): boolean =>
    z >= 0 && y >= 0 && x >= 0 && z < slices && y < rows && x < columns && Boolean(mask[(z * rows + y) * columns + x])
  for (let z = 0; z < slices; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        if (!isInside(z, y, x)) continue
        const isWithin =
          isInside(z - 1, y, x) &&
          isInside(z + 1, y, x) &&
          isInside(z, y - 1, x) &&
          isInside(z, y + 1, x) &&
          isInside(z, y, x - 1) &&
          isInside(z, y, x + 1)
        if (!isWithin) surface[(z * rows + y) * columns + x] = 1
      }
  return surface
}

function lesionScores(
  found: ArrayLike<number>,
  truth: ArrayLike<number>,
  size: VolumeSize,
): Pick<SegmentationScores, 'lesionSensitivity' | 'falsePositives'> {
  const [trueLesions, foundLesions] = [connectedComponents(truth, size), connectedComponents(found, size)]
  const [hit, right] = [new Set<number>(), new Set<number>()]
  trueLesions.labels.forEach((label, i) => {
    const other = foundLesions.labels[i] ?? 0
    if (label === 0 || other === 0) return
    hit.add(label)
    right.add(other)
  })
  return {
    lesionSensitivity: trueLesions.count === 0 ? null : hit.size / trueLesions.count,
    falsePositives: foundLesions.count - right.size,
  }
}
