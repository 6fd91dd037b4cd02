import { AppError } from '../../../shared/base/app-error.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { maskFromText } from '../../../shared/domain/label-rle.ts'
import type { PaintedMask } from '../../../shared/domain/medical/follow-request.ts'
import type { Segment } from '../../../shared/domain/medical/segmentation.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { placeOf, type PatientVector, type VolumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import type { MaskTarget } from '../../formats/dicom/objects/mask-target.ts'
import { readSegmentation } from '../../formats/dicom/objects/read-segmentation.ts'
import { readStructureSet, type Structure } from '../../formats/dicom/objects/read-structure-set.ts'
import { segmentMasks } from '../../formats/dicom/objects/segment-masks.ts'
import { outlinesToMask, placeStructures } from '../../formats/dicom/objects/structure-masks.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { findSequences } from '../../formats/open-sequences.ts'
import { type PatientVolume, readVolume, voxelFinder } from './patient-volume.ts'

/** A mask of lesions on the grid of a series. */
export interface LesionMask {
  /** What the file calls it; null where it has no name. */
  readonly name: string | null
  /** [slice, row, column], 0 or 1 */
  readonly mask: Uint8Array
}

/** Masks of one study, and where they come from. */
export interface StudyMasks {
  readonly masks: readonly LesionMask[]
  readonly from: string
  readonly warnings: readonly string[]
}

const maskName = /(^|[^a-z])(masks?|seg|segmentations?|lesions?|labels?|rois?|gt)([^a-z]|$)/i

/** Whether a sequence is, by its name, a mask and not an image. */
export function isMaskName(name: string): boolean {
  return maskName.test(name)
}

/** Masks of a study: NIfTI files and DICOM objects beside the images, and what was painted. */
export interface MaskSources {
  readonly volumes: readonly FoundSequence[]
  /** Paths of segmentations (SEG) and structure sets (RTSTRUCT). */
  readonly segmentations: readonly string[]
  readonly structureSets: readonly string[]
  /** What was painted in the program, one mask for each class. */
  readonly painted?: readonly PaintedMask[]
}

/**
 * Looks for masks in a file or folder that holds nothing else.
 * @throws `lesions/no-masks` when there are none
 */
export async function findMasks(path: string, signal?: AbortSignal): Promise<MaskSources> {
  const { sequences, problems, patients } = await findSequences([path], { signal })
  const objects = (patients ?? []).flatMap(({ studies }) => studies.flatMap((study) => study.objects))
  // Segmentations whose images are not beside them are problems there, and are what is looked for here.
  const stray = problems.filter(({ code }) => code === 'formats/not-an-image')
  const pathsOf = (kind: string, word: string): string[] => [
    ...objects.filter((object) => object.kind === kind).map((object) => object.path),
    ...stray.filter(({ message }) => message.includes(word)).map((problem) => problem.path),
  ]
  const volumes = sequences.filter(({ info }) => info.kind === 'nifti')
  const named = volumes.filter(({ info }) => isMaskName(info.name))
  const found: MaskSources = {
    volumes: named.length > 0 ? named : volumes,
    segmentations: pathsOf('segmentation', '(SEG)'),
    structureSets: pathsOf('structure-set', '(RTSTRUCT)'),
  }
  if (hasMasks(found)) return found
  const reason = problems[0] ? ` (${problems[0].message.replace(/\.$/, '')})` : ''
  throw new AppError(
    'lesions/no-masks',
    `There is no mask in "${path}"${reason}; give a DICOM segmentation or structure set, or a NIfTI file, for each study.`,
    { path },
  )
}

/** Whether anything was found. */
export function hasMasks({ volumes, segmentations, structureSets, painted = [] }: MaskSources): boolean {
  return volumes.length + segmentations.length + structureSets.length + painted.length > 0
}

/**
 * Reads masks and lays them on the grid of a series, nearest voxel by place. In NIfTI every value but 0 is a mask of its own.
 * @throws `lesions/mask-elsewhere` when a NIfTI mask lies outside the series, `dicom/other-frame-of-reference`,
 *   `dicom/masks-elsewhere`, `labels/bad-mask`, and the codes of the readers
 */
export async function loadMasks(
  sources: MaskSources,
  geometry: VolumeGeometry,
  series: string,
  signal?: AbortSignal,
): Promise<StudyMasks> {
  const parts: StudyMasks[] = []
  if (sources.volumes.length > 0) parts.push(await readMasks(sources.volumes, geometry, series, signal))
  const target: MaskTarget = { name: series, size: geometry.size, geometry, seriesUid: '', slices: [] }
  for (const path of sources.segmentations) {
    const segmentation = await readSegmentation(path)
    const [masks, warnings]: [LesionMask[], string[]] = [[], []]
    const isLesion = lesionSegments(segmentation.segments)
    for await (const { segment, voxels, warnings: noted } of segmentMasks(segmentation, target, signal)) {
      if (!isLesion(segment)) {
        warnings.push(readerNote('lesions/segment-left-out', { segment: segment.label }))
        continue
      }
      masks.push({ name: segmentation.segments.length > 1 ? segment.label : null, mask: voxels })
      warnings.push(...noted)
    }
    parts.push({ masks, from: `segmentation "${segmentation.label}"`, warnings })
  }
  for (const path of sources.structureSets) {
    throwIfAborted(signal)
    const set = await readStructureSet(path)
    const isLesion = lesionStructures(set.structures)
    const placed = placeStructures(set, target).filter(({ structure }) => isLesion(structure))
    parts.push({
      masks: placed.map(({ structure, outlines }) => ({
        name: structure.name,
        mask: outlinesToMask(outlines, target),
      })),
      from: `structure set "${set.label}"`,
      warnings: [...set.warnings, ...placed.flatMap(({ warnings }) => warnings)],
    })
  }
  const { painted = [] } = sources
  if (painted.length > 0)
    parts.push({
      masks: painted.map((one) => ({
        name: painted.length > 1 ? one.label : null,
        mask: paintedVoxels(one, geometry),
      })),
      from: `painted: ${painted.map(({ label }) => label).join(', ')}`,
      warnings: [],
    })
  return {
    masks: parts.flatMap(({ masks }) => masks),
    from: parts.map(({ from }) => from).join(', ') || 'nothing is marked',
    warnings: parts.flatMap(({ warnings }) => warnings),
  }
}

/** Frames of a series are its slices, in one order. */
function paintedVoxels({ frames }: PaintedMask, { size }: VolumeGeometry): Uint8Array {
  const voxels = new Uint8Array(size.slices * size.rows * size.columns)
  for (const { frame, counts } of frames)
    if (frame < size.slices) voxels.set(maskFromText(counts, size.rows, size.columns), frame * size.rows * size.columns)
  return voxels
}

/** Where a segmentation says what is diseased (SNOMED 49755003), the rest of it is anatomy. */
function lesionSegments(segments: readonly Segment[]): (segment: Segment) => boolean {
  const isAltered = ({ category }: Segment): boolean => category?.value === '49755003' || category?.value === 'M-01000'
  return segments.some(isAltered) ? isAltered : () => true
}

const notTumour = new Set([
  'EXTERNAL',
  'ORGAN',
  'SUPPORT',
  'AVOIDANCE',
  'CONTROL',
  'FIXATION',
  'MARKER',
  'ISOCENTER',
  'BOLUS',
])

/** Where a structure set names a gross tumour volume, that is the lesion; else all that is no organ, outline or support. */
function lesionStructures(structures: readonly Structure[]): (structure: Structure) => boolean {
  const isGross = ({ kind }: Structure): boolean => kind === 'GTV'
  return structures.some(isGross) ? isGross : ({ kind }) => !notTumour.has(kind)
}

async function readMasks(
  found: readonly FoundSequence[],
  geometry: VolumeGeometry,
  series: string,
  signal?: AbortSignal,
): Promise<StudyMasks> {
  const masks: LesionMask[] = []
  const warnings: string[] = []
  for (const sequence of found) {
    throwIfAborted(signal)
    const reader = await sequence.open()
    try {
      const laid = layOver(await readVolume(reader, { signal }), geometry)
      const values = new Set(laid.values)
      values.delete(0)
      const { name } = reader.info
      if (laid.lost > 0 && values.size === 0)
        throw new AppError(
          'lesions/mask-elsewhere',
          `The mask "${name}" marks nothing within the series "${series}"; it belongs to other images, or lies in another coordinate system.`,
          { mask: name, series },
        )
      if (values.size > 1000)
        throw new AppError(
          'lesions/no-masks',
          `"${name}" holds ${values.size} different values, so it is an image and no mask.`,
          { mask: name },
        )
      if (!laid.isSameGrid) warnings.push(readerNote('lesions/other-grid', { mask: name }))
      for (const value of [...values].sort((a, b) => a - b))
        masks.push({
          name: values.size > 1 ? `${name} ${value}` : null,
          mask: Uint8Array.from(laid.values, (v) => (v === value ? 1 : 0)),
        })
    } finally {
      await reader.close()
    }
  }
  return { masks, from: found.map(({ info }) => info.name).join(', '), warnings }
}

/** Values of a mask at the voxels of a grid; how many of its marked voxels there are when none arrives. */
function layOver(
  mask: PatientVolume,
  geometry: VolumeGeometry,
): { values: Float32Array; isSameGrid: boolean; lost: number } {
  const lost = mask.values.reduce((count, value) => (value !== 0 ? count + 1 : count), 0)
  if (isSameGrid(mask.geometry, geometry)) return { values: mask.values, isSameGrid: true, lost: 0 }
  const find = voxelFinder(mask.geometry)
  const { slices, rows, columns } = geometry.size
  const values = new Float32Array(slices * rows * columns)
  for (let s = 0, i = 0; s < slices; s++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, i++) {
        const at = find(placeOf(geometry, s, r, c))
        if (at >= 0) values[i] = mask.values[at] ?? 0
      }
  return { values, isSameGrid: false, lost }
}

/** Whether the voxels of two volumes lie at the same places, within a tenth of a pixel. */
function isSameGrid(a: VolumeGeometry, b: VolumeGeometry): boolean {
  const { slices, rows, columns } = a.size
  if (slices !== b.size.slices || rows !== b.size.rows || columns !== b.size.columns) return false
  const tolerance = 0.1 * Math.min(Math.hypot(...a.rowStep), Math.hypot(...a.columnStep))
  const isNear = (p: PatientVector, q: PatientVector): boolean =>
    Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) <= tolerance
  return [0, slices - 1].every((s) =>
    [
      [0, 0],
      [rows - 1, columns - 1],
      [rows - 1, 0],
    ].every(([r = 0, c = 0]) => isNear(placeOf(a, s, r, c), placeOf(b, s, r, c))),
  )
}
