import type { PixelSet } from '../../../shared/domain/label-pixels.ts'
import { noPixels } from '../../../shared/domain/label-pixels.ts'
import { combine, cross, dot, minus, type FramePlane, type Vector3 } from './patient-space.ts'
import { toVoxel, type VolumeBox } from './volume.ts'

/** What one segment or class marks in the block of a series. */
export interface MaskStack {
  /** By slice of the block, counted as in `VolumeBox`; windows of its columns and rows. */
  readonly slices: ReadonlyMap<number, PixelSet>
  /** First and last voxel numbers that are marked, along columns, rows and slices; null when nothing is. */
  readonly bounds: { readonly first: Vector3; readonly last: Vector3 } | null
}

/** The smallest window around the marked pixels of a whole slice. @param bits [height × width], any value but 0 is marked */
export function markedWindow(bits: Uint8Array, width: number, height: number): PixelSet {
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at++)
      if (bits[at] !== 0) {
        if (column < left) left = column
        if (column > right) right = column
        if (row < top) top = row
        bottom = row
      }
  if (right < 0) return noPixels
  const [w, h] = [right - left + 1, bottom - top + 1]
  const window = new Uint8Array(w * h)
  for (let row = 0; row < h; row++)
    for (let column = 0; column < w; column++)
      window[row * w + column] = bits[(top + row) * width + left + column] === 0 ? 0 : 1
  return { column: left, row: top, width: w, height: h, bits: window }
}

/**
 * Puts the marked windows of frames into the order of the block.
 * @param isReversed  whether frames are counted against the block's slices, see `volumeBox`
 */
export function maskStack(
  windows: Iterable<readonly [frame: number, window: PixelSet]>,
  frames: number,
  isReversed: boolean,
): MaskStack {
  const slices = new Map<number, PixelSet>()
  let [left, right, top, bottom, near, far] = [Infinity, -1, Infinity, -1, Infinity, -1]
  for (const [frame, window] of windows) {
    if (window.bits.length === 0) continue
    const slice = isReversed ? frames - 1 - frame : frame
    slices.set(slice, window)
    left = Math.min(left, window.column)
    right = Math.max(right, window.column + window.width - 1)
    top = Math.min(top, window.row)
    bottom = Math.max(bottom, window.row + window.height - 1)
    near = Math.min(near, slice)
    far = Math.max(far, slice)
  }
  const bounds = slices.size > 0 ? { first: [left, top, near], last: [right, bottom, far] } as const : null // prettier-ignore
  return { slices, bounds }
}

/**
 * Where a plane cuts what is marked: each pixel takes the voxel it lies in (the nearest middle), so that nothing is invented between
 * slices. Pixels outside the block are not marked.
 * @returns pixels of the plane
 */
export function cutMask(box: VolumeBox, { slices, bounds }: MaskStack, plane: FramePlane): PixelSet {
  const window = bounds && seenWindow(box, bounds, plane)
  if (!window) return noPixels
  const { column, row, width, height } = window
  const [columns, rows, depth] = box.size
  const corner = combine(
    [1, plane.origin],
    [column * plane.spacing[1], plane.right],
    [row * plane.spacing[0], plane.down],
  )
  const start = toVoxel(box, corner)
  const [dx, dy, dz] = minus(toVoxel(box, combine([1, corner], [plane.spacing[1], plane.right])), start)
  const down = minus(toVoxel(box, combine([1, corner], [plane.spacing[0], plane.down])), start)
  const bits = new Uint8Array(width * height)
  let isAny = false
  for (let y = 0, at = 0; y < height; y++) {
    let [i, j, k] = [start[0] + y * down[0], start[1] + y * down[1], start[2] + y * down[2]]
    for (let x = 0; x < width; x++, at++, i += dx, j += dy, k += dz) {
      // The same border as that of the values, `cutVolume`.
      if (i < -0.5 || j < -0.5 || k < -0.5 || i > columns - 0.5 || j > rows - 0.5 || k > depth - 0.5) continue
      const marked = slices.get(Math.min(depth - 1, Math.floor(k + 0.5)))
      if (!marked) continue
      const u = Math.min(columns - 1, Math.floor(i + 0.5)) - marked.column
      const v = Math.min(rows - 1, Math.floor(j + 0.5)) - marked.row
      if (u < 0 || v < 0 || u >= marked.width || v >= marked.height) continue
      if (marked.bits[v * marked.width + u] !== 1) continue
      bits[at] = 1
      isAny = true
    }
  }
  return isAny ? { column, row, width, height, bits } : noPixels
}

/** The part of a plane on which marked voxels can be seen; null where the plane passes them by. */
function seenWindow(
  { origin, axes, spacing }: VolumeBox,
  { first, last }: NonNullable<MaskStack['bounds']>,
  plane: FramePlane,
): Pick<PixelSet, 'column' | 'row' | 'width' | 'height'> | null {
  const normal = cross(plane.right, plane.down)
  const seen = { right: [] as number[], down: [] as number[], normal: [] as number[] }
  for (let corner = 0; corner < 8; corner++) {
    const place = combine(
      [1, origin],
      ...axes.map((axis, i) => {
        const end = (corner >> i) & 1 ? (last[i] ?? 0) + 0.5 : (first[i] ?? 0) - 0.5
        return [end * (spacing[i] ?? 1), axis] as const
      }),
    )
    const from = minus(place, plane.origin)
    seen.right.push(dot(from, plane.right) / plane.spacing[1])
    seen.down.push(dot(from, plane.down) / plane.spacing[0])
    seen.normal.push(dot(from, normal))
  }
  // A pixel more on each side than the rounding could need.
  if (Math.min(...seen.normal) > 1e-6 || Math.max(...seen.normal) < -1e-6) return null
  const column = Math.max(0, Math.floor(Math.min(...seen.right)))
  const row = Math.max(0, Math.floor(Math.min(...seen.down)))
  const width = Math.min(plane.width, Math.ceil(Math.max(...seen.right)) + 1) - column
  const height = Math.min(plane.height, Math.ceil(Math.max(...seen.down)) + 1) - row
  return width > 0 && height > 0 ? { column, row, width, height } : null
}
