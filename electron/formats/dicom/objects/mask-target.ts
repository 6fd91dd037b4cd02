import type { VolumeSize } from '../../../../shared/base/volume.ts'
import { AppError } from '../../../../shared/base/app-error.ts'
import type { VolumeGeometry } from '../../../../shared/domain/medical/volume-geometry.ts'
import { opaque } from '../series-geometry.ts'
import type { ObjectSummary } from './object-summary.ts'
import type { SourceImage } from './read-segmentation.ts'

/** The series that masks are to be laid on. */
export interface MaskTarget {
  /** For messages. */
  readonly name: string
  readonly size: VolumeSize
  /** Null when its slices have no place in the patient; masks are found by the images they name then. */
  readonly geometry: VolumeGeometry | null
  readonly seriesUid: string
  /** The image of each slice. */
  readonly slices: readonly SourceImage[]
}

/** Whether an object says itself that it was drawn on a series or on images of it. */
export function namesSeries({ series, instances }: ObjectSummary, target: MaskTarget): boolean {
  return series.has(target.seriesUid) || target.slices.some(({ sopUid }) => instances.has(sopUid))
}

/** Whether an object's places are in the coordinate system of a series. */
export function sharesFrameOfReference({ framesOfReference }: ObjectSummary, target: MaskTarget): boolean {
  const own = target.geometry?.frameOfReference ?? null
  return own !== null && [...framesOfReference].some((uid) => opaque(uid) === own)
}

/**
 * Makes sure that places of an object mean the same in a series. An object that names images of the series is believed, as
 * some writers invent a frame of reference.
 * @returns a warning, or null
 * @throws `dicom/other-frame-of-reference`
 */
export function checkFrameOfReference(object: ObjectSummary, target: MaskTarget): string | null {
  if (sharesFrameOfReference(object, target)) return null
  const isStated = object.framesOfReference.size > 0 && target.geometry?.frameOfReference != null
  if (namesSeries(object, target))
    return isStated
      ? 'It states another frame of reference than the images it names; its places are taken to be theirs.'
      : null
  throw new AppError(
    'dicom/other-frame-of-reference',
    `"${object.path}" cannot be laid over "${target.name}": it names none of its images and lies in another coordinate system (frame of reference). Open it with the series it was drawn on, or register the two first.`,
    { path: object.path, name: target.name },
  )
}
