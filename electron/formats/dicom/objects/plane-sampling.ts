import {
  crossOf,
  dot,
  minus,
  placeOf,
  type PatientVector,
  type VolumeGeometry,
} from '../../../../shared/domain/medical/volume-geometry.ts'
import type { PixelFormat } from '../image.ts'
import type { SegmentationFrame } from './read-segmentation.ts'

/** A plane of a mask. */
export interface MaskPlane {
  readonly frame: SegmentationFrame
  /** [row, column], 0 or 1 */
  readonly bits: Uint8Array
}

interface PlacedPlane {
  readonly origin: PatientVector
  readonly depth: number
  readonly bits: Uint8Array
}

/** Parallel planes of one segment by their places along the normal. */
export interface PlaneStack {
  readonly planes: readonly PlacedPlane[]
  readonly normal: PatientVector
  /** Step from a row to the next, and from a column to the next, in mm. */
  readonly rowStep: PatientVector
  readonly columnStep: PatientVector
  readonly rows: number
  readonly columns: number
  /** Planes count up to half of this away. */
  readonly spacing: number
}

/** Sorts planes along their normal; null when there are none. */
export function stackPlanes(
  planes: readonly MaskPlane[],
  { rows, columns }: PixelFormat,
  spacing: number,
): PlaneStack | null {
  const first = planes[0]?.frame.plane
  if (!first?.orientation || !first.pixelSpacing) return null
  const [alongRow, alongColumn] = first.orientation
  const [betweenRows, betweenColumns] = first.pixelSpacing
  const normal = crossOf(alongRow, alongColumn)
  const placed = planes.map(({ frame, bits }) => {
    const origin = frame.plane.position ?? ([0, 0, 0] as const)
    return { origin, depth: dot(origin, normal), bits }
  })
  return {
    planes: placed.sort((a, b) => a.depth - b.depth),
    normal,
    rowStep: scaled(alongColumn, betweenRows),
    columnStep: scaled(alongRow, betweenColumns),
    rows,
    columns,
    spacing,
  }
}

const parallelTolerance = 1e-3
/** Part of a pixel by which grids may differ and still count as one. */
const gridTolerance = 0.02

/**
 * Marks the pixels of a slice whose nearest voxel in the stack is marked.
 * @param out [row, column] of the slice; only set where marked
 * @returns whether the pixels were copied one to one
 */
export function paintSlice(stack: PlaneStack, geometry: VolumeGeometry, slice: number, out: Uint8Array): boolean {
  const { rows, columns } = geometry.size
  const origin = placeOf(geometry, slice, 0, 0)
  const depth = dot(origin, stack.normal)
  const [depthPerRow, depthPerColumn] = [dot(geometry.rowStep, stack.normal), dot(geometry.columnStep, stack.normal)]
  const isParallel =
    Math.abs(depthPerRow) * rows < parallelTolerance * 50 && Math.abs(depthPerColumn) * columns < parallelTolerance * 50
  if (isParallel) {
    const plane = nearest(stack, depth)
    if (!plane) return true
    const map = mapTo(stack, plane, geometry, origin)
    const isSameGrid = isShift(map) && map.rowStart % 1 === 0 && map.columnStart % 1 === 0
    copyNearest(plane.bits, stack, map, geometry, out)
    return isSameGrid && Math.abs(plane.depth - depth) < Math.max(0.01, gridTolerance * stack.spacing)
  }
  const maps = new Map<PlacedPlane, PlaneMap>()
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const plane = nearest(stack, depth + row * depthPerRow + column * depthPerColumn)
      if (!plane) continue
      const map = maps.get(plane) ?? mapTo(stack, plane, geometry, origin)
      maps.set(plane, map)
      if (isMarked(plane.bits, stack, map, row, column)) out[row * columns + column] = 1
    }
  return false
}

/** Row and column in a plane as `start + row·perRow + column·perColumn` of the slice. */
interface PlaneMap {
  readonly rowStart: number
  readonly rowPerRow: number
  readonly rowPerColumn: number
  readonly columnStart: number
  readonly columnPerRow: number
  readonly columnPerColumn: number
}

function mapTo(stack: PlaneStack, plane: PlacedPlane, geometry: VolumeGeometry, origin: PatientVector): PlaneMap {
  const { rowStep, columnStep } = stack
  const offset = minus(origin, plane.origin)
  const [rowSquare, columnSquare] = [dot(rowStep, rowStep), dot(columnStep, columnStep)]
  const map = {
    rowStart: dot(offset, rowStep) / rowSquare,
    rowPerRow: dot(geometry.rowStep, rowStep) / rowSquare,
    rowPerColumn: dot(geometry.columnStep, rowStep) / rowSquare,
    columnStart: dot(offset, columnStep) / columnSquare,
    columnPerRow: dot(geometry.rowStep, columnStep) / columnSquare,
    columnPerColumn: dot(geometry.columnStep, columnStep) / columnSquare,
  }
  if (!isShift(map)) return map
  // Rounding errors of places written as text must not tip a pixel over.
  const [rowStart, columnStart] = [Math.round(map.rowStart), Math.round(map.columnStart)]
  const isOnGrid =
    Math.abs(map.rowStart - rowStart) < gridTolerance && Math.abs(map.columnStart - columnStart) < gridTolerance
  return isOnGrid ? { rowStart, rowPerRow: 1, rowPerColumn: 0, columnStart, columnPerRow: 0, columnPerColumn: 1 } : map
}

function isShift(map: PlaneMap): boolean {
  const tolerance = 1e-4
  return (
    Math.abs(map.rowPerRow - 1) < tolerance &&
    Math.abs(map.columnPerColumn - 1) < tolerance &&
    Math.abs(map.rowPerColumn) < tolerance &&
    Math.abs(map.columnPerRow) < tolerance
  )
}

function copyNearest(
  bits: Uint8Array,
  stack: PlaneStack,
  map: PlaneMap,
  { size: { rows, columns } }: VolumeGeometry,
  out: Uint8Array,
): void {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (isMarked(bits, stack, map, row, column)) out[row * columns + column] = 1
}

function isMarked(
  bits: Uint8Array,
  { rows, columns }: PlaneStack,
  map: PlaneMap,
  row: number,
  column: number,
): boolean {
  const y = Math.round(map.rowStart + row * map.rowPerRow + column * map.rowPerColumn)
  const x = Math.round(map.columnStart + row * map.columnPerRow + column * map.columnPerColumn)
  return y >= 0 && x >= 0 && y < rows && x < columns && bits[y * columns + x] === 1
}

/** The plane nearest to a depth, when it is not further than half the distance of planes. */
function nearest({ planes, spacing }: PlaneStack, depth: number): PlacedPlane | null {
  let [low, high] = [0, planes.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((planes[middle]?.depth ?? 0) < depth) low = middle + 1
    else high = middle
  }
  const [above, below] = [planes[low], planes[low - 1]]
  const far = (plane: PlacedPlane | undefined): number => (plane ? Math.abs(plane.depth - depth) : Infinity)
  const best = far(below) < far(above) ? below : above
  return best && far(best) <= Math.max(0.01, spacing / 2 + 1e-3) ? best : null
}

function scaled(vector: PatientVector, factor: number): PatientVector {
  return [vector[0] * factor, vector[1] * factor, vector[2] * factor]
}
