import type { FrameGeometry } from '../../../shared/domain/medical-image.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { NiftiHeader } from './nifti-header.ts'

type Vector = [number, number, number]

/** How slices are turned so that they look as radiologists expect, and where they then lie. */
export interface NiftiGeometry {
  readonly geometry: FrameGeometry | null
  /** Columns, rows and slices are read backwards. */
  readonly flips: readonly [boolean, boolean, boolean]
  readonly spacing: readonly [number, number, number]
  readonly warnings: readonly string[]
}

const angleTolerance = 1e-3

/**
 * Turns NIfTI's directions (RAS) into DICOM's (LPS). Rows and columns are read backwards where needed, so that the left of
 * the patient, the back or the feet are to the right or below; slices so that they ascend along their normal.
 */
export function niftiGeometry({ affine, shape, placedBy }: NiftiHeader): NiftiGeometry {
  const column = (index: number): Vector => {
    const [x = 0, y = 0, z = 0] = affine.map((row) => row[index] ?? 0)
    return [-x, -y, z]
  }
  const steps = [column(0), column(1), column(2)] as const
  const [columnStep, rowStep, sliceStep] = steps.map((step) => Math.hypot(...step))
  const origin = column(3)
  const isUsable = [columnStep, rowStep].every((step) => step !== undefined && Number.isFinite(step) && step > 0)
  if (!isUsable || !columnStep || !rowStep || ![...origin, ...steps.flat()].every(Number.isFinite))
    return plain([readerNote('nifti/no-place')])
  const flipColumns = isBackwards(steps[0])
  const flipRows = isBackwards(steps[1])
  const right = scaled(steps[0], (flipColumns ? -1 : 1) / columnStep)
  const down = scaled(steps[1], (flipRows ? -1 : 1) / rowStep)
  const cosine = Math.abs(dot(right, down))
  const between = sliceStep && sliceStep > 0 ? sliceStep : null
  const spacing = [rowStep, columnStep, between ?? 1] as const
  if (cosine > angleTolerance) {
    const warning = readerNote('nifti/oblique-axes')
    return { ...plain([warning]), spacing }
  }
  const normal: Vector = [
    right[1] * down[2] - right[2] * down[1],
    right[2] * down[0] - right[0] * down[2],
    right[0] * down[1] - right[1] * down[0],
  ]
  const depth = dot(steps[2], normal)
  const flipSlices = depth < 0
  const flips = [flipColumns, flipRows, flipSlices] as const
  const start = flips.reduce<Vector>((place, isFlipped, axis) => {
    const step = steps[axis]
    const last = (shape[axis] ?? 1) - 1
    return isFlipped && step ? added(place, scaled(step, last)) : place
  }, origin)
  const step = scaled(steps[2], flipSlices ? -1 : 1)
  const volume = Array.from({ length: shape[2] }, (_, slice) => added(start, scaled(step, slice)))
  const isSheared = between !== null && shape[2] > 1 && Math.abs(depth) / between < 1 - angleTolerance
  const warnings = [
    ...(placedBy === 'none' ? [readerNote('nifti/no-orientation')] : []),
    ...(isSheared ? [readerNote('nifti/sheared')] : []),
  ]
  return {
    geometry: {
      orientation: [right, down],
      positions: Array.from({ length: shape[3] }, () => volume).flat(),
      pixelSpacing: [rowStep, columnStep],
      isVolume: shape[2] > 1 && shape[3] === 1 && between !== null && !isSheared,
      frameSpacing: shape[2] > 1 ? between : null,
      frameOfReference: null,
    },
    flips,
    spacing,
    warnings,
  }
}

function plain(warnings: readonly string[]): NiftiGeometry {
  return { geometry: null, flips: [false, false, false], spacing: [1, 1, 1], warnings }
}

/** Whether an axis runs to the right, to the front or to the head (as LPS: -x, -y, +z). */
function isBackwards(step: Vector): boolean {
  const [x, y, z] = step.map(Math.abs)
  if ((x ?? 0) >= (y ?? 0) && (x ?? 0) >= (z ?? 0)) return step[0] < 0
  if ((y ?? 0) >= (z ?? 0)) return step[1] < 0
  return step[2] > 0
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const added = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const scaled = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor]
