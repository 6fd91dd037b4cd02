import { AppError } from '../../../shared/base/app-error.ts'
import type { OpenSequence } from '../../../shared/contracts/sequences.ts'
import type { FrameCache } from '../map/frame-cache.ts'
import { combine, cross, dot, minus, type FramePlane, type Vector3 } from './patient-space.ts'
import type { PlaneName } from './plane-names.ts'
import { readSlice } from './slice-source.ts'

/** Most bytes of a volume that is held for cutting planes: 512 slices of 512 × 512. */
export const mostVolumeBytes = 512 * 1024 * 1024

/** Where the block of all slices of a series lies in the patient. */
export interface VolumeBox {
  /** Numbers of columns, rows and slices. */
  readonly size: readonly [number, number, number]
  /** Middle of the first voxel. */
  readonly origin: Vector3
  /** Unit vectors along columns, rows and slices; a right-handed system. */
  readonly axes: readonly [Vector3, Vector3, Vector3]
  /** Distances of voxels along the axes, in mm. */
  readonly spacing: Vector3
}

/** All slices of a series as one block. */
export interface Volume extends VolumeBox {
  readonly key: string
  /** [slices, height, width]; NaN where there is no value. */
  readonly values: Float32Array
}

/**
 * Where the block of a series lies, without reading it.
 * @returns the box, and whether slices are counted against the normal; in the block they always follow it
 * @throws `medical/no-volume`
 */
export function volumeBox(series: Pick<OpenSequence, 'info' | 'medical'>): {
  readonly box: VolumeBox
  readonly isReversed: boolean
} {
  const { frames, height, width } = series.info
  const geometry = series.medical?.geometry
  const [first, last] = [geometry?.positions[0], geometry?.positions.at(-1)]
  if (!geometry || !first || !last || geometry.frameSpacing === null)
    throw new AppError(
      'medical/no-volume',
      'This series does not lie in the patient in a way that other planes could be cut.',
    )
  const [right, down] = geometry.orientation
  const normal = cross(right, down)
  const isReversed = dot(minus(last, first), normal) < 0
  const box: VolumeBox = {
    size: [width, height, frames],
    origin: isReversed ? last : first,
    axes: [right, down, normal],
    spacing: [geometry.pixelSpacing[1], geometry.pixelSpacing[0], geometry.frameSpacing],
  }
  return { box, isReversed }
}

/** Directions that go to the right and down on the screen; their product is the direction in which slices are counted. */
export const planeDirections: Readonly<Record<PlaneName, { readonly right: Vector3; readonly down: Vector3 }>> = {
  axial: { right: [1, 0, 0], down: [0, 1, 0] },
  coronal: { right: [1, 0, 0], down: [0, 0, -1] },
  sagittal: { right: [0, 1, 0], down: [0, 0, -1] },
}

/**
 * Reads all slices of a series that is a volume.
 * @throws `medical/no-volume`, `medical/volume-too-large`, `AbortError` by way of the signal's reason, the data plane's codes
 */
export async function readVolume(
  cache: FrameCache,
  series: OpenSequence,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Volume> {
  const { frames, height, width } = series.info
  const { box, isReversed } = volumeBox(series)
  const bytes = frames * height * width * 4
  if (bytes > mostVolumeBytes)
    throw new AppError(
      'medical/volume-too-large',
      `The three planes need ${Math.round(bytes / 1024 / 1024)} MiB for this series, and at most ${mostVolumeBytes / 1024 / 1024} MiB are held; look at its slices instead.`,
      { bytes },
    )
  const values = new Float32Array(frames * height * width)
  let done = 0
  const waiting = Array.from({ length: frames }, (_, frame) => frame)
  const work = async (): Promise<void> => {
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
      signal.throwIfAborted()
      const slice = await readSlice(cache, series, frame)
      values.set(slice.values, (isReversed ? frames - 1 - frame : frame) * height * width)
      onProgress(++done / frames)
    }
  }
  await Promise.all([work(), work(), work()])
  signal.throwIfAborted()
  return { key: series.handle, values, ...box }
}

/** A place in the patient as fractional voxel numbers; whole numbers are the middles of voxels. */
export function toVoxel({ origin, axes, spacing }: VolumeBox, point: Vector3): Vector3 {
  const from = minus(point, origin)
  return [dot(from, axes[0]) / spacing[0], dot(from, axes[1]) / spacing[1], dot(from, axes[2]) / spacing[2]]
}

/** The middle of the volume. */
export function volumeCentre({ origin, axes, spacing, size }: VolumeBox): Vector3 {
  return combine([1, origin], ...axes.map((axis, i) => [(((size[i] ?? 1) - 1) / 2) * (spacing[i] ?? 1), axis] as const))
}

/** The place within a volume that is nearest to a place. */
export function withinVolume(volume: VolumeBox, point: Vector3): Vector3 {
  const voxel = toVoxel(volume, point)
  return combine(
    [1, volume.origin],
    ...volume.axes.map((axis, i) => {
      const at = Math.min((volume.size[i] ?? 1) - 1, Math.max(0, voxel[i] ?? 0))
      return [at * (volume.spacing[i] ?? 1), axis] as const
    }),
  )
}

/** The grid of slices through a volume in one plane: they cover it, at the distance of its closest voxels. */
export interface PlaneGrid {
  readonly name: PlaneName
  readonly right: Vector3
  readonly down: Vector3
  readonly normal: Vector3
  /** Outer corner of the first pixel of the first slice. */
  readonly corner: Vector3
  readonly step: number
  readonly width: number
  readonly height: number
  readonly slices: number
}

/** Makes the grid of a plane. */
export function planeGrid(volume: VolumeBox, name: PlaneName): PlaneGrid {
  const { right, down } = planeDirections[name]
  const normal = cross(right, down)
  const step = Math.min(...volume.spacing)
  const corners = Array.from({ length: 8 }, (_, corner) =>
    combine(
      [1, volume.origin],
      ...volume.axes.map((axis, i) => {
        const end = (corner >> i) & 1 ? (volume.size[i] ?? 1) - 0.5 : -0.5
        return [end * (volume.spacing[i] ?? 1), axis] as const
      }),
    ),
  )
  const along = (direction: Vector3): readonly [number, number] => {
    const parts = corners.map((corner) => dot(corner, direction))
    return [Math.min(...parts), Math.max(...parts)]
  }
  const [[left, rightEnd], [top, bottom], [near, far]] = [along(right), along(down), along(normal)]
  return {
    name,
    right,
    down,
    normal,
    corner: combine([left, right], [top, down], [near, normal]),
    step,
    width: Math.max(1, Math.ceil((rightEnd - left) / step)),
    height: Math.max(1, Math.ceil((bottom - top) / step)),
    slices: Math.max(1, Math.ceil((far - near) / step)),
  }
}

/** Where one slice of a grid lies. */
export function gridPlane({ corner, right, down, normal, step, width, height }: PlaneGrid, slice: number): FramePlane {
  return {
    origin: combine([1, corner], [step / 2, right], [step / 2, down], [(slice + 0.5) * step, normal]),
    right,
    down,
    spacing: [step, step],
    width,
    height,
    isCalibrated: true,
    isInPatient: true,
  }
}

/** The slice of a grid that a place lies on. */
export function gridSlice({ corner, normal, step, slices }: PlaneGrid, point: Vector3): number {
  const slice = Math.floor(dot(minus(point, corner), normal) / step)
  return Math.min(slices - 1, Math.max(0, slice))
}

/**
 * Values of a volume on a plane, between the eight voxels around each place; NaN outside.
 * @returns [height, width]
 */
export function cutVolume(volume: Volume, plane: FramePlane): Float32Array {
  const { values, size } = volume
  const [columns, rows, slices] = size
  const [start, right, down] = [
    toVoxel(volume, plane.origin),
    minus(toVoxel(volume, combine([1, plane.origin], [plane.spacing[1], plane.right])), toVoxel(volume, plane.origin)),
    minus(toVoxel(volume, combine([1, plane.origin], [plane.spacing[0], plane.down])), toVoxel(volume, plane.origin)),
  ]
  const [dx, dy, dz] = right
  const out = new Float32Array(plane.width * plane.height)
  const sliceSize = columns * rows
  let at = 0
  for (let row = 0; row < plane.height; row++) {
    let [x, y, z] = [start[0] + row * down[0], start[1] + row * down[1], start[2] + row * down[2]]
    for (let column = 0; column < plane.width; column++, x += dx, y += dy, z += dz, at++) {
      // Half a voxel beyond the outermost middles still belongs to the volume.
      if (x < -0.5 || y < -0.5 || z < -0.5 || x > columns - 0.5 || y > rows - 0.5 || z > slices - 0.5) {
        out[at] = NaN
        continue
      }
      const cx = x < 0 ? 0 : x > columns - 1 ? columns - 1 : x
      const cy = y < 0 ? 0 : y > rows - 1 ? rows - 1 : y
      const cz = z < 0 ? 0 : z > slices - 1 ? slices - 1 : z
      const [ix, iy, iz] = [cx | 0, cy | 0, cz | 0]
      const [fx, fy, fz] = [cx - ix, cy - iy, cz - iz]
      const base = iz * sliceSize + iy * columns + ix
      const nextX = fx > 0 ? 1 : 0
      const nextY = fy > 0 ? columns : 0
      const nextZ = fz > 0 ? sliceSize : 0
      const v = (offset: number): number => values[base + offset] as number
      const near = (v(0) * (1 - fx) + v(nextX) * fx) * (1 - fy) + (v(nextY) * (1 - fx) + v(nextY + nextX) * fx) * fy
      const far =
        (v(nextZ) * (1 - fx) + v(nextZ + nextX) * fx) * (1 - fy) +
        (v(nextZ + nextY) * (1 - fx) + v(nextZ + nextY + nextX) * fx) * fy
      out[at] = near * (1 - fz) + far * fz
    }
  }
  return out
}
