import { z } from 'zod'
import type { VolumeSize } from '../../../shared/base/volume.ts'
import type { LesionModel } from '../../../shared/domain/medical/track-report.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import { openExecutor } from '../../engine/executors/executor-for.ts'
import { readModelFolder } from '../../store/model-folder.ts'
import type { PatientVolume } from '../lesions/patient-volume.ts'
import type { JobContext } from '../task.ts'
import { fromModelTensors } from '../training/model-tensors.ts'
import { stepOf } from '../training/provenance-step.ts'
import { greyRangeOf, intensitySchema } from './intensity.ts'
import { type EarlierStudy, inGreyRange, slicesOf } from './model-slices.ts'
import type { SliceForm } from './segmentation-dataset.ts'
import { findSegmenter, type SegmentationData, segmentationDataSchema } from './segmentation-options.ts'
import { segmentSlices, WindowPrograms } from './segment-slices.ts'
import type { SegmenterUnderTest } from './test-segmenter.ts'

const sliceFormSchema: z.ZodType<SliceForm> = z.object({
  spacingMm: z.number().positive(),
  sliceSpacingMm: z.number().nonnegative(),
  intensity: intensitySchema,
  usesEarlier: z.boolean(),
  usesEarlierMask: z.boolean(),
  modality: z.string(),
})

/** The form of slices that a model needs. @throws `model/damaged` */
export function sliceFormOf(manifest: ModelManifest): SliceForm {
  return stepOf(manifest, 'slices', sliceFormSchema)
}

/** A segmenter read from its folder. Close it when done. */
export interface TrainedSegmenter extends Omit<SegmenterUnderTest, 'rule'> {
  readonly manifest: ModelManifest
  readonly form: SliceForm
  readonly data: SegmentationData
  /** Probability of a lesion at every voxel of a volume, [slice, row, column], 0 to 255. @throws `AbortError` */
  segment(volume: PatientVolume, earlier: EarlierStudy | null, context: JobContext): Promise<Uint8Array>
  readonly close: () => Promise<void>
}

/**
 * Loads a segmenter on a device. It is built anew from the zoo and the stored weights, for `model.onnx` has one size of window only.
 * @throws codes of `readModelFolder` and `openExecutor`
 */
export async function loadSegmenter(folder: string, device: string): Promise<TrainedSegmenter> {
  const stored = await readModelFolder(folder)
  const { manifest } = stored
  const form = sliceFormOf(manifest)
  const data = stepOf(manifest, 'dataset', segmentationDataSchema)
  const numbers = fromModelTensors(await stored.tensors())
  const definition = findSegmenter(manifest.model.name)
  const { options } = manifest.model
  const { executor, close } = await openExecutor(device)
  const programs = new WindowPrograms(definition.build(options, null), definition.edgeMultiple(options), executor)
  return {
    manifest,
    form,
    data,
    programs,
    numbers,
    window: data.slices,
    segment: (volume, earlier, context) => {
      const before =
        earlier && form.usesEarlier ? { ...earlier, mask: form.usesEarlierMask ? earlier.mask : null } : null
      const own = greyRangeOf(form.intensity, volume.values)
      const source = slicesOf(volume, form.spacingMm, before)
      const slices = inGreyRange(source, own, before && greyRangeOf(form.intensity, before.volume.values))
      const size: VolumeSize = volume.geometry.size
      return segmentSlices(slices, { programs, numbers, window: data.slices, size, context })
    },
    close: async () => {
      await programs.close()
      await close()
    },
  }
}

/** Which model it was, and how well it did when it was tested. */
export function modelIdentity({ model, files, report }: ModelManifest): LesionModel {
  const figure = (name: string): number | null => {
    const value = report.metrics[name]
    return typeof value === 'number' ? value : null
  }
  return {
    name: model.name,
    sha256: files.weights.sha256,
    split: report.split,
    testStudies: report.samples.test,
    dice: figure('dice'),
    lesionSensitivity: figure('lesionSensitivity'),
    falsePositivesPerScan: figure('falsePositivesPerScan'),
  }
}
