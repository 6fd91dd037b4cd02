import { throwIfAborted } from '../../../../shared/base/abort.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import { voxelCount } from '../../../../shared/base/volume.ts'
import type { Segment } from '../../../../shared/domain/medical/segmentation.ts'
import {
  dot,
  normalOf,
  type PatientVector,
  type VolumeGeometry,
} from '../../../../shared/domain/medical/volume-geometry.ts'
import { FrameLoader } from '../frame-loader.ts'
import { checkFrameOfReference, type MaskTarget } from './mask-target.ts'
import type { DicomSegmentation, SegmentationFrame } from './read-segmentation.ts'
import { type MaskPlane, paintSlice, stackPlanes } from './plane-sampling.ts'

/** The mask of one segment on a series. */
export interface PlacedMask {
  readonly segment: Segment
  /** [slice, row, column] of the series, 0 or 1; the caller owns it. */
  readonly voxels: Uint8Array
  /** Marked pixels of the file that lie on no slice of the series; null where masks and series have different grids. */
  readonly outside: number | null
  readonly warnings: readonly string[]
}

/**
 * Lays the segments of a segmentation over a series, one after the other, so that memory holds one mask at a time. Grids that
 * differ are met by the nearest voxel; fractions count from one half on.
 * @throws `dicom/other-frame-of-reference`, `dicom/masks-elsewhere`, `dicom/damaged`, `AbortError`
 */
export async function* segmentMasks(
  segmentation: DicomSegmentation,
  target: MaskTarget,
  signal?: AbortSignal,
): AsyncGenerator<PlacedMask> {
  const { summary } = segmentation
  const hasPlaces = segmentation.frames.every(({ plane }) => plane.position && plane.orientation && plane.pixelSpacing)
  const byPlace = hasPlaces && target.geometry !== null
  const warning = byPlace ? checkFrameOfReference(summary, target) : null
  if (!byPlace) checkSources(segmentation, target)
  const loader = new FrameLoader()
  try {
    for (const segment of segmentation.segments) {
      const frames = segmentation.frames.filter(({ segment: own }) => own === null || own === segment.number)
      const planes: MaskPlane[] = []
      for (const frame of frames) {
        throwIfAborted(signal)
        const bits = await readBits(loader, segmentation, frame, segment.number)
        if (bits.includes(1)) planes.push({ frame, bits })
      }
      const placed = byPlace
        ? placeByGeometry(segmentation, planes, target)
        : placeBySource(planes, target, segmentation)
      yield { segment, ...placed, warnings: warning === null ? [] : [warning] }
    }
  } finally {
    await loader.close()
  }
}

/** The pixels of a frame that belong to a segment. */
async function readBits(
  loader: FrameLoader,
  { image, type, maximum }: DicomSegmentation,
  { plane }: SegmentationFrame,
  number: number,
): Promise<Uint8Array> {
  const { rows, columns } = image.format
  const { stored } = await loader.load({ image, frame: plane }, { row: 0, column: 0, height: rows, width: columns })
  const { samples } = stored
  const bits = new Uint8Array(rows * columns)
  for (let i = 0; i < bits.length; i++) {
    const value = samples[i] ?? 0
    if (type === 'labelmap' ? value === number : type === 'binary' ? value !== 0 : 2 * value >= maximum) bits[i] = 1
  }
  return bits
}

type Placed = Pick<PlacedMask, 'voxels' | 'outside'>

function placeByGeometry(segmentation: DicomSegmentation, planes: readonly MaskPlane[], target: MaskTarget): Placed {
  const geometry = target.geometry as VolumeGeometry
  const voxels = new Uint8Array(voxelCount(target.size))
  const area = target.size.rows * target.size.columns
  const stack = stackPlanes(planes, segmentation.image.format, sliceSpacing(segmentation, geometry))
  const named = segmentation.summary.instances
  // A series of several time points: only the images that are named, when some are.
  const isNamed = target.slices.some(({ sopUid }) => named.has(sopUid))
  const repeats = hasRepeats(geometry)
  let isCopied = true
  if (stack)
    for (let slice = 0; slice < target.size.slices; slice++) {
      if (repeats && isNamed && !named.has(target.slices[slice]?.sopUid ?? '')) continue
      const out = voxels.subarray(slice * area, (slice + 1) * area)
      if (!paintSlice(stack, geometry, slice, out)) isCopied = false
    }
  return { voxels, outside: isCopied && !repeats ? count(planes) - sum(voxels) : null }
}

/** Frames go where the images lie that they name; both have one size. */
function placeBySource(planes: readonly MaskPlane[], target: MaskTarget, { image }: DicomSegmentation): Placed {
  const voxels = new Uint8Array(voxelCount(target.size))
  const area = target.size.rows * target.size.columns
  let outside = 0
  for (const { frame, bits } of planes) {
    const places = target.slices.flatMap(({ sopUid, frame: own }, slice) =>
      frame.sources.some((source) => source.sopUid === sopUid && (source.frame ?? own ?? 1) === (own ?? 1))
        ? [slice]
        : [],
    )
    // A file of one plane that names its images only as a whole.
    const single = image.frames.length === 1 && target.size.slices === 1 ? [0] : []
    const slices = places.length > 0 ? places : single
    if (slices.length === 0) outside += sum(bits)
    for (const slice of slices) for (let i = 0; i < area; i++) if (bits[i] === 1) voxels[slice * area + i] = 1
  }
  return { voxels, outside }
}

function checkSources({ summary, image, frames }: DicomSegmentation, target: MaskTarget): void {
  const { rows, columns } = image.format
  const named = new Set([...summary.instances, ...frames.flatMap(({ sources }) => sources.map(({ sopUid }) => sopUid))])
  const isNamed = target.slices.some(({ sopUid }) => named.has(sopUid))
  if (isNamed && rows === target.size.rows && columns === target.size.columns) return
  const reason = isNamed
    ? `its masks have ${rows} x ${columns} pixels and the images ${target.size.rows} x ${target.size.columns}`
    : 'its masks have no place in the patient, and it names none of these images'
  throw new AppError('dicom/masks-elsewhere', `"${summary.path}" cannot be laid over "${target.name}": ${reason}.`, {
    path: summary.path,
    name: target.name,
  })
}

/** Distance of the mask's slices: as stated, but not less than that of the series, so that thin masks leave no gaps. */
function sliceSpacing({ sliceSpacing: stated, frames }: DicomSegmentation, geometry: VolumeGeometry): number {
  if (stated !== null && stated > 0) return stated
  const normal = normalOf(geometry)
  const depths = [...new Set(frames.map(({ plane }) => round(dot(plane.position ?? [0, 0, 0], normal))))].sort(
    (a, b) => a - b,
  )
  const steps = depths.slice(1).map((depth, i) => depth - (depths[i] ?? 0))
  return steps.length > 0 ? Math.min(...steps) : 1
}

function hasRepeats({ origins }: VolumeGeometry): boolean {
  const places = new Set(origins.map((origin: PatientVector) => origin.map(round).join(' ')))
  return places.size < origins.length
}

const round = (value: number): number => Math.round(value * 1000) / 1000
const count = (planes: readonly MaskPlane[]): number => planes.reduce((total, { bits }) => total + sum(bits), 0)

function sum(bits: Uint8Array): number {
  let total = 0
  for (let i = 0; i < bits.length; i++) total += bits[i] ?? 0
  return total
}
