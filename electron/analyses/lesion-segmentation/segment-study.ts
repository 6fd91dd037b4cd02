import { identityTransform } from '../../../shared/domain/medical/patient-transform.ts'
import type { RegistrationChoice } from '../../../shared/domain/medical/track-report.ts'
import { voxelSpacing } from '../../../shared/domain/medical/volume-geometry.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { PatientVolume } from '../lesions/patient-volume.ts'
import { registerVolumes } from '../lesions/register-volumes.ts'
import type { JobContext } from '../task.ts'
import type { EarlierStudy } from './model-slices.ts'
import { evenOdds } from './test-segmenter.ts'
import type { TrainedSegmenter } from './trained-segmenter.ts'

/** Slices this many times further apart, or closer, than those learned from look different to the network. */
const unlikeSpacing = 2

/** What speaks against using a segmenter on a series. */
export function fitRemarks(
  { form }: Pick<TrainedSegmenter, 'form'>,
  { geometry }: Pick<PatientVolume, 'geometry'>,
  modality: string,
): Remark[] {
  const remarks: Remark[] = []
  if (form.modality !== '' && modality !== '' && form.modality !== modality)
    remarks.push({
      code: 'contract/modality',
      message: `The model learned from ${form.modality} series and this is ${modality}, so what it marks means little.`,
      details: { term: 'modality', expected: form.modality, found: modality },
    })
  const [sliceMm] = voxelSpacing(geometry)
  const ratio = form.sliceSpacingMm > 0 && sliceMm > 0 ? sliceMm / form.sliceSpacingMm : 1
  if (ratio > unlikeSpacing || ratio < 1 / unlikeSpacing)
    remarks.push({
      code: 'contract/slice-spacing',
      message: `The model learned from slices ${form.sliceSpacingMm} mm apart and these are ${Number(sliceMm.toFixed(2))} mm apart, so it may do worse here.`,
      details: { term: 'spacingMm', expected: form.sliceSpacingMm, found: Number(sliceMm.toFixed(2)) },
    })
  return remarks
}

/**
 * The study before, as a segmenter looks at it. Where it learned with masks of the study before and there is none, it marks that
 * study first.
 * @returns null where the model does not look at it
 */
export async function earlierFor(
  trained: TrainedSegmenter,
  volume: PatientVolume,
  earlier: { readonly volume: PatientVolume; readonly mask: Uint8Array | null },
  registration: RegistrationChoice,
  context: JobContext,
): Promise<(EarlierStudy & { readonly remark: string | null }) | null> {
  if (!trained.form.usesEarlier) return null
  const mask =
    earlier.mask ??
    (trained.form.usesEarlierMask
      ? (await trained.segment(earlier.volume, null, context)).map((value) => (value >= evenOdds ? 1 : 0))
      : null)
  if (registration === 'none') return { volume: earlier.volume, mask, transform: identityTransform, remark: null }
  const { transform, remark } = await registerVolumes(volume, earlier.volume, {
    kind: registration,
    signal: context.signal,
    report: context.report,
  })
  return { volume: earlier.volume, mask, transform, remark }
}
