import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { maskToText } from '../../../shared/domain/label-rle.ts'
import type { OverlaySegment, SeriesOverlay } from '../../../shared/domain/medical/overlay.ts'
import { isEven, placeOf, voxelSpacing } from '../../../shared/domain/medical/volume-geometry.ts'
import { dicomFramesOf } from '../../formats/dicom/dicom-reader.ts'
import type { MaskTarget } from '../../formats/dicom/objects/mask-target.ts'
import { readObjectKind } from '../../formats/dicom/objects/read-object-kind.ts'
import { type LocatePixel, readReport } from '../../formats/dicom/objects/read-report.ts'
import { readSegmentation } from '../../formats/dicom/objects/read-segmentation.ts'
import { readStructureSet } from '../../formats/dicom/objects/read-structure-set.ts'
import { segmentMasks } from '../../formats/dicom/objects/segment-masks.ts'
import { seriesTarget } from '../../formats/dicom/objects/series-target.ts'
import { outlinesToMask, placeStructures } from '../../formats/dicom/objects/structure-masks.ts'
import type { SeriesFrame } from '../../formats/dicom/group-series.ts'
import { readFrameOverlays } from '../../formats/dicom/overlay-planes.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'

type SegmentHead = Pick<OverlaySegment, 'number' | 'label' | 'kind' | 'colour'>

/**
 * Opens a segmentation, structure set or report over a series that is open.
 * @param path  null for the overlay planes (groups 60xx) in the series' own files
 * @throws `dicom/other-frame-of-reference`, `dicom/masks-elsewhere`, `dicom/*`, `data/wrong-kind`, `AbortError`
 */
export async function seriesOverlay(
  reader: SequenceReader,
  path: string | null,
  signal?: AbortSignal,
): Promise<SeriesOverlay> {
  const frames = dicomFramesOf(reader)
  if (!frames) throw new AppError('data/wrong-kind', 'Masks and reports can be laid over DICOM series only.')
  const target = seriesTarget(frames, reader.medical?.geometry ?? null, reader.info.name)
  if (path === null) return planesOverlay(frames, target, signal)
  const kind = await readObjectKind(path)
  switch (kind) {
    case 'segmentation':
      return segmentationOverlay(path, target, signal)
    case 'structure-set':
      return structureOverlay(path, target, signal)
    case 'report': {
      const { report, warnings } = await readReport(path, path, locator(target))
      return { ...new OverlayBuilder(target).done('report', warnings), report }
    }
    default:
      return kind satisfies never
  }
}

async function segmentationOverlay(path: string, target: MaskTarget, signal?: AbortSignal): Promise<SeriesOverlay> {
  const builder = new OverlayBuilder(target)
  const warnings = new Set<string>()
  for await (const { segment, voxels, outside, warnings: noted } of segmentMasks(
    await readSegmentation(path),
    target,
    signal,
  )) {
    const { number, label, colour, type } = segment
    builder.add({ number, label, colour, kind: type?.meaning ?? '' }, voxels)
    for (const warning of noted) warnings.add(warning)
    if (outside !== null && outside > 0)
      warnings.add(`${outside} voxels of "${label}" lie beside the slices of this series and are not shown.`)
    if (outside === null)
      warnings.add('The masks have another grid than the series; each voxel shows the nearest one of the mask.')
  }
  return builder.done('segmentation', [...warnings])
}

async function structureOverlay(path: string, target: MaskTarget, signal?: AbortSignal): Promise<SeriesOverlay> {
  const builder = new OverlayBuilder(target)
  const set = await readStructureSet(path)
  const warnings = new Set(set.warnings)
  for (const { structure, outlines, warnings: noted } of placeStructures(set, target)) {
    throwIfAborted(signal)
    const { number, name, colour, kind } = structure
    builder.add({ number, label: name, colour, kind }, outlinesToMask(outlines, target))
    for (const warning of noted) warnings.add(warning)
  }
  return builder.done('structure-set', [...warnings])
}

/** The overlays that lie in the files of the images; one group of all files is one segment. */
async function planesOverlay(
  frames: readonly SeriesFrame[],
  target: MaskTarget,
  signal?: AbortSignal,
): Promise<SeriesOverlay> {
  const builder = new OverlayBuilder(target)
  const warnings = new Set<string>()
  const numbers = new Map<string, number>()
  for (const image of new Set(frames.map((one) => one.image))) {
    if (!image.hasOverlayPlanes) continue
    throwIfAborted(signal)
    const slices = frames.flatMap((one, slice) => (one.image === image ? [{ slice, index: one.frame.index }] : []))
    const { overlays, warnings: noted } = await readFrameOverlays(image, slices.map(({ index }) => index)) // prettier-ignore
    for (const warning of noted) warnings.add(warning)
    overlays.forEach((here, i) => {
      for (const { plane, bits } of here) {
        const { group, type } = plane
        const label = plane.label || `60${(group & 0xff).toString(16).padStart(2, '0')}`
        const key = `${group} ${type} ${label}`
        const known = numbers.get(key) ?? builder.begin({ number: numbers.size + 1, label, kind: type, colour: null })
        numbers.set(key, known)
        builder.mark(known, slices[i]?.slice ?? 0, bits)
      }
    })
  }
  return builder.done('planes', [...warnings])
}

/** Collects masks as runs, frame by frame. */
class OverlayBuilder {
  private readonly target: MaskTarget
  private readonly segments: (OverlaySegment & { most: number })[] = []
  private readonly frames = new Map<number, { segment: number; counts: string }[]>()
  private readonly voxelMl: number | null

  constructor(target: MaskTarget) {
    this.target = target
    const { geometry } = target
    const [slice, row, column] = geometry ? voxelSpacing(geometry) : [0, 0, 0]
    this.voxelMl = geometry && isEven(geometry) && slice > 0 ? (slice * row * column) / 1000 : null
  }

  /** A segment with all its voxels. */
  add(what: SegmentHead, voxels: Uint8Array): void {
    const { rows, columns, slices } = this.target.size
    const area = rows * columns
    const segment = this.begin(what)
    for (let slice = 0; slice < slices; slice++)
      this.mark(segment, slice, voxels.subarray(slice * area, (slice + 1) * area))
  }

  /** A segment without voxels yet. @returns its index, for `mark` */
  begin(what: SegmentHead): number {
    const volumeMl = this.voxelMl === null ? null : 0
    return this.segments.push({ ...what, voxels: 0, volumeMl, frame: null, most: 0 }) - 1
  }

  /** Adds the voxels of a slice, [rows × columns], each slice of a segment once. */
  mark(index: number, slice: number, bits: Uint8Array): void {
    const { rows, columns } = this.target.size
    const segment = this.segments[index]
    let marked = 0
    for (let i = 0; i < rows * columns; i++) marked += bits[i] ?? 0
    if (!segment || marked === 0) return
    segment.voxels += marked
    if (this.voxelMl !== null) segment.volumeMl = segment.voxels * this.voxelMl
    if (marked > segment.most) [segment.most, segment.frame] = [marked, slice]
    const layers = this.frames.get(slice) ?? []
    layers.push({ segment: index, counts: maskToText(bits, rows, columns) })
    this.frames.set(slice, layers)
  }

  done(kind: SeriesOverlay['kind'], warnings: readonly string[]): SeriesOverlay {
    const frames = [...this.frames].sort(([a], [b]) => a - b).map(([frame, layers]) => ({ frame, layers }))
    const { rows, columns } = this.target.size
    return {
      kind,
      height: rows,
      width: columns,
      segments: this.segments.map(({ most: _, ...segment }) => segment),
      frames,
      report: null,
      warnings: [...warnings],
    }
  }
}

function locator({ geometry, slices }: MaskTarget): LocatePixel {
  return (sopUid, frame, row, column) => {
    const slice = slices.findIndex((one) => one.sopUid === sopUid && (one.frame ?? 1) === frame)
    return geometry && slice >= 0 ? placeOf(geometry, slice, row, column) : null
  }
}
