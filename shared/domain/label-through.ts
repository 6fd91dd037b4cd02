import type { FrameGeometry } from './medical-image.ts'
import { noPixels, type PixelSet, unitePixels } from './label-pixels.ts'
import { growVolume, interpolateMasks, strokeOnSlice } from './label-volume.ts'

/** Pixels of one slice of a series. */
export interface SlicePixels {
  readonly frame: number
  readonly pixels: PixelSet
}

/** Where the slices of a series lie, as far as painting through them needs it. */
export interface SliceStack {
  /** Of each frame along the normal, in mm; in any order. */
  readonly depthsMm: readonly number[]
  /** Distance of rows and of columns in mm. */
  readonly spacingMm: readonly [number, number]
}

/** The stack of a series; null where its slices do not lie in the patient, or there is one alone. */
export function sliceStack(geometry: FrameGeometry | null | undefined): SliceStack | null {
  const [first] = geometry?.positions ?? []
  if (!geometry || !first || geometry.positions.length < 2) return null
  const [[ax, ay, az], [bx, by, bz]] = geometry.orientation
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx] as const
  const depthsMm = geometry.positions.map((place) =>
    place.reduce((sum, value, axis) => sum + (value - (first[axis] ?? 0)) * (normal[axis] ?? 0), 0),
  )
  return { depthsMm, spacingMm: geometry.pixelSpacing }
}

/** Radius in mm of a brush that is so many pixels wide. */
export function brushRadiusMm({ spacingMm: [row, column] }: SliceStack, size: number): number {
  return (size / 2) * Math.sqrt(row * column)
}

/**
 * What a ball covers on every slice that it reaches, when its middle goes along a stroke.
 * @param stroke  pixels that the brush covered on the slice `frame`
 * @param size    diameter of the brush in pixels
 */
export function ballStroke(stroke: PixelSet, size: number, frame: number, stack: SliceStack): SlicePixels[] {
  const radius = brushRadiusMm(stack, size)
  const own = stack.depthsMm[frame] ?? 0
  return stack.depthsMm.flatMap((depth, other) => {
    if (other === frame) return [{ frame, pixels: stroke }]
    const pixels = strokeOnSlice(stroke, radius, Math.abs(depth - own), stack.spacingMm)
    return pixels ? [{ frame: other, pixels }] : []
  })
}

/** A box of voxels in which a region may grow. */
export interface VoxelBlock {
  /** Frames of the box, in the order of their places. */
  readonly frames: readonly number[]
  readonly column: number
  readonly row: number
  readonly width: number
  readonly height: number
}

/** Slices around one within a distance, in the order of their places. */
export function framesWithin({ depthsMm }: SliceStack, frame: number, reachMm: number): number[] {
  const own = depthsMm[frame] ?? 0
  return depthsMm
    .flatMap((depth, other) => (Math.abs(depth - own) <= reachMm ? [other] : []))
    .sort((a, b) => (depthsMm[a] ?? 0) - (depthsMm[b] ?? 0))
}

/** The part of the slices around a pixel within a distance. */
export function blockAround(
  stack: SliceStack,
  at: { readonly frame: number; readonly column: number; readonly row: number },
  reachMm: number,
  size: { readonly width: number; readonly height: number },
): VoxelBlock {
  const [down, right] = stack.spacingMm.map((mm) => Math.max(1, Math.ceil(reachMm / mm))) as [number, number]
  const [column, row] = [Math.max(0, at.column - right), Math.max(0, at.row - down)]
  return {
    frames: framesWithin(stack, at.frame, reachMm),
    column,
    row,
    width: Math.min(size.width, at.column + right + 1) - column,
    height: Math.min(size.height, at.row + down + 1) - row,
  }
}

/** Which voxels of a block lie within a distance of one, [slice, row, column], 1 or 0. */
export function ballOf(
  stack: SliceStack,
  block: VoxelBlock,
  at: { readonly frame: number; readonly column: number; readonly row: number },
  reachMm: number,
): Uint8Array {
  const { frames, width, height } = block
  const inside = new Uint8Array(frames.length * width * height)
  const own = stack.depthsMm[at.frame] ?? 0
  let i = 0
  for (const frame of frames) {
    const depth = (stack.depthsMm[frame] ?? 0) - own
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const down = (block.row + y - at.row) * stack.spacingMm[0]
        const right = (block.column + x - at.column) * stack.spacingMm[1]
        if (depth * depth + down * down + right * right <= reachMm * reachMm) inside[i] = 1
      }
  }
  return inside
}

/** Most voxels of a region. */
export const mostGrown = 4_000_000

/** The region of a block around a voxel that is like it, slice by slice. */
export function growThrough(
  block: VoxelBlock,
  at: { readonly frame: number; readonly column: number; readonly row: number },
  isLike: (index: number) => boolean,
): { readonly slices: readonly SlicePixels[]; readonly isCutOff: boolean } {
  const { frames, column, row, width, height } = block
  const start = { slice: frames.indexOf(at.frame), row: at.row - row, column: at.column - column }
  const size = { slices: frames.length, rows: height, columns: width }
  const { voxels, isCutOff } = growVolume(size, start, isLike, mostGrown)
  const area = width * height
  const slices = frames.flatMap((frame, i) => {
    const bits = voxels.subarray(i * area, (i + 1) * area)
    return bits.includes(1) ? [{ frame, pixels: { column, row, width, height, bits } }] : []
  })
  return { slices, isCutOff }
}

/**
 * The slices between those that are painted, by the shapes of their neighbours; those already painted stay.
 * @param painted  masks [row × column], 0 or 1, by frame
 * @returns        only slices that were empty and lie between two painted ones
 */
export function fillBetween(
  painted: ReadonlyMap<number, Uint8Array>,
  { depthsMm, spacingMm }: SliceStack,
  size: { readonly width: number; readonly height: number },
): SlicePixels[] {
  const order = depthsMm.map((_, frame) => frame).sort((a, b) => (depthsMm[a] ?? 0) - (depthsMm[b] ?? 0))
  const known = order.flatMap((frame, place) => (painted.get(frame)?.includes(1) ? [place] : []))
  return known.slice(1).flatMap((to, i) => {
    const from = known[i] ?? to
    const between = order.slice(from + 1, to)
    const [first, last] = [painted.get(order[from] ?? -1), painted.get(order[to] ?? -1)]
    if (between.length === 0 || !first || !last) return []
    const depthOf = (place: number): number => depthsMm[order[place] ?? -1] ?? 0
    const parts = between.map((_, k) => (depthOf(from + 1 + k) - depthOf(from)) / (depthOf(to) - depthOf(from)))
    const box = boxOf([first, last], size)
    const [a, b] = [cutOut(first, size, box), cutOut(last, size, box)]
    const masks = interpolateMasks(a, b, { rows: box.height, columns: box.width }, spacingMm, parts)
    return masks.flatMap((bits, k) => (bits.includes(1) ? [{ frame: between[k] ?? 0, pixels: { ...box, bits } }] : []))
  })
}

type Box = Omit<PixelSet, 'bits'>

/** The part of a slice in which anything is marked, with a margin: distances to outlines need what is around them. */
function boxOf(
  masks: readonly Uint8Array[],
  { width, height }: { readonly width: number; readonly height: number },
): Box {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (const mask of masks)
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] !== 1) continue
      const [x, y] = [i % width, Math.floor(i / width)]
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  const [column, row] = [Math.max(0, left - 2), Math.max(0, top - 2)]
  return { column, row, width: Math.min(width, right + 3) - column, height: Math.min(height, bottom + 3) - row }
}

function cutOut(mask: Uint8Array, { width }: { readonly width: number }, box: Box): Uint8Array {
  const part = new Uint8Array(box.width * box.height)
  for (let y = 0; y < box.height; y++) {
    const start = (box.row + y) * width + box.column
    part.set(mask.subarray(start, start + box.width), y * box.width)
  }
  return part
}

/** All pixels of one slice among several sets. */
export function onSlice(slices: readonly SlicePixels[], frame: number): PixelSet {
  return slices.filter((one) => one.frame === frame).reduce((all, { pixels }) => unitePixels(all, pixels), noPixels)
}
