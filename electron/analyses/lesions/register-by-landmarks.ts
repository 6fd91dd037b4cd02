import { AppError } from '../../../shared/base/app-error.ts'
import { alignLandmarks, landmarksNeeded } from '../../../shared/domain/medical/align-landmarks.ts'
import type { StudyLandmarks } from '../../../shared/domain/medical/landmarks.ts'
import type { StudyRegistration } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { VolumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { placeFinder, type StackPlace } from './patient-volume.ts'

/** A mean residual beyond this is more than a hand that points at thick slices explains, in mm. */
const goodResidualMm = 5
/** Below this distance from a line or plane far places follow the hand's errors. */
const goodSpreadMm = 8

/**
 * Lays a study over the baseline by the reader's landmarks.
 * @param geometries  of the baseline and of the study
 * @param date        of the study, ISO; null where not stated
 * @throws `lesions/landmarks-elsewhere` when they are of a study of another date or do not lie in what the studies show,
 *   `lesions/few-landmarks`, `lesions/landmarks-unlikely`
 */
export function registerByLandmarks(
  { study, date: ofDate, model, pairs }: StudyLandmarks,
  geometries: readonly [VolumeGeometry, VolumeGeometry],
  date: string | null,
): StudyRegistration {
  if (ofDate !== null && date !== null && ofDate !== date)
    throw landmarksElsewhere(study, `they were set on a study of ${ofDate}, and this one is of ${date}`)
  const at: StackPlace = { slice: 0, share: 0, row: 0, column: 0 }
  const [inBaseline, inStudy] = geometries.map(placeFinder)
  pairs.forEach(({ baseline, followUp }, index) => {
    if (!inBaseline?.(baseline, at)) throw landmarksElsewhere(study, `pair ${index + 1} lies outside the baseline`)
    if (!inStudy?.(followUp, at)) throw landmarksElsewhere(study, `pair ${index + 1} lies outside this study`)
  })
  const { transform, fit, spreadMm } = alignLandmarks(pairs, model)
  const remark =
    fit.meanMm > goodResidualMm
      ? readerNote('lesions/landmarks-off', { mm: fit.meanMm.toFixed(1) })
      : model === 'affine' && pairs.length === landmarksNeeded('affine')
        ? readerNote('lesions/landmarks-exact')
        : spreadMm < goodSpreadMm
          ? readerNote('lesions/landmarks-narrow', { mm: spreadMm.toFixed(1) })
          : null
  return { kind: 'landmarks', transform, quality: null, landmarks: fit, remark }
}

/** The error for landmarks that do not belong to a study. */
export function landmarksElsewhere(study: number, reason: string): AppError {
  return new AppError(
    'lesions/landmarks-elsewhere',
    `The landmarks for study ${study + 1} do not belong to it: ${reason}. Use landmarks that were set on these studies, the baseline's first.`,
    { study: study + 1 },
  )
}
