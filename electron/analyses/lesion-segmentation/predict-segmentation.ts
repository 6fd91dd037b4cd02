import { z } from 'zod'
import type { FitReport, FitRequest, PredictionReport, PredictRequest } from '../../../shared/domain/run.ts'
import { remarkTexts, type Remark } from '../../../shared/domain/remark.ts'
import { volumeGeometry } from '../../../shared/domain/medical/volume-geometry.ts'
import { registrationChoiceSchema } from '../../../shared/domain/medical/track-report.ts'
import { chooseDevice } from '../../engine/devices.ts'
import { readManifest } from '../../store/model-folder.ts'
import { findLesions } from '../lesions/find-lesions.ts'
import { masksOf } from '../lesions/follow-study.ts'
import { findMasks, loadMasks } from '../lesions/load-masks.ts'
import { measureLesion } from '../lesions/measure-lesion.ts'
import { type PatientVolume, readVolume } from '../lesions/patient-volume.ts'
import { chooseSeries, openStudyFolder, type SeriesCandidate, type StudyFolder } from '../lesions/study-source.ts'
import { parseSettings, refuseUnknown } from '../settings/parse-settings.ts'
import type { JobContext } from '../task.ts'
import { segmentationFiles } from './segmentation-files.ts'
import { earlierFor, fitRemarks } from './segment-study.ts'
import { loadSegmenter, modelIdentity, sliceFormOf, type TrainedSegmenter } from './trained-segmenter.ts'

const settingsSchema = z.object({
  /** Part of the id or description of the series, where the input holds several. */
  series: z.string().min(1).optional(),
  /** Folder of the study before of the same patient. */
  earlier: z.string().min(1).optional(),
  /** Mask of the study before; else the one beside its images, else what the model marks there. */
  earlierMask: z.string().min(1).optional(),
  /** How the study before is laid over. */
  registration: registrationChoiceSchema.default('rigid'),
  /** Probability from which a voxel is a lesion. */
  threshold: z.number().min(0.01).max(0.99).default(0.5),
  /** Smaller lesions are left out, in mm3. */
  minimumMm3: z.number().nonnegative().default(0),
})

interface OpenSeries {
  readonly folder: StudyFolder
  readonly series: SeriesCandidate
  readonly volume: PatientVolume
  readonly warnings: readonly string[]
}

/**
 * Marks the lesions of a series. Writes `segmentation.dcm` (SEG, for DICOM) or `segmentation.nii.gz` (for NIfTI, on its own grid),
 * `probabilities.nii.gz`, and the lesions measured as `lesions.csv` and `lesions.json`.
 * @throws `lesions/*`, codes of the readers and of the store, `AbortError`
 */
export async function predictSegmentation(request: PredictRequest, context: JobContext): Promise<PredictionReport> {
  const started = performance.now()
  refuseUnknown(request.set, Object.keys(settingsSchema.shape))
  const settings = parseSettings(request.set, settingsSchema)
  const device = await chooseDevice(request.device)
  const trained = await loadSegmenter(request.model, device)
  try {
    const own = await openSeries([request.input], settings.series ?? null, context)
    const { volume, series } = own
    const earlier = settings.earlier === undefined ? null : await openEarlier(trained, own, settings, context)
    const notes = [
      ...(own.folder.unread ? [own.folder.unread] : []),
      ...own.warnings,
      ...series.info.warnings,
      ...(earlier?.warnings ?? []),
    ]
    const remarks: Remark[] = [
      ...fitRemarks(trained, volume, series.medical.modality),
      ...notes.map((text) => ({ code: 'predict/series-note', message: text, details: { note: text } })),
    ]
    const probabilities = await trained.segment(volume, earlier?.study ?? null, context)
    const least = Math.max(1, Math.round(255 * settings.threshold))
    const mask = probabilities.map((value) => (value >= least ? 1 : 0))
    const lesions = findLesions(mask, volume.geometry, { minimumMm3: settings.minimumMm3 }).map((lesion) => ({
      ...lesion,
      measures: measureLesion(lesion, volume, { sliceThicknessMm: series.info.spacingMm?.[2] ?? null }),
    }))
    const { files, remarks: unwritten } = await segmentationFiles(
      {
        folder: request.out,
        series,
        volume,
        probabilities,
        lesions,
        manifest: trained.manifest,
        threshold: settings.threshold,
      },
      context,
    )
    const all = [...remarks, ...unwritten]
    return {
      task: 'lesion-segmentation',
      model: trained.manifest.model.name,
      device,
      seconds: (performance.now() - started) / 1000,
      files,
      warnings: remarkTexts(all),
      remarks: all,
      tables: {
        model: modelIdentity(trained.manifest),
        lesions: lesions.map(({ measures }, i) => ({ lesion: i + 1, ...measures })),
        totalMl: lesions.reduce((sum, { measures }) => sum + measures.volumeMl, 0),
        threshold: settings.threshold,
        usedEarlier: earlier?.study != null,
      },
    }
  } finally {
    await trained.close()
  }
}

async function openSeries(paths: readonly string[], wanted: string | null, context: JobContext): Promise<OpenSeries> {
  const folders: StudyFolder[] = []
  for (const path of paths) folders.push(await openStudyFolder(path, context.signal))
  const { series, warnings } = chooseSeries(folders, wanted)
  const [folder, chosen] = [folders.at(-1), series.at(-1)]
  if (!folder || !chosen) throw new Error('every folder has a chosen series')
  const reader = await chosen.found.open()
  try {
    const volume = await readVolume(reader, { signal: context.signal, report: context.report })
    return { folder, series: chosen, volume, warnings }
  } finally {
    await reader.close()
  }
}

/** The study before, of the same patient, laid over. */
async function openEarlier(
  trained: TrainedSegmenter,
  own: OpenSeries,
  { earlier = '', earlierMask, registration, series }: z.infer<typeof settingsSchema>,
  context: JobContext,
): Promise<{ study: Awaited<ReturnType<typeof earlierFor>>; warnings: readonly string[] }> {
  const before = await openSeries([own.folder.path, earlier], series ?? null, context)
  const sources =
    earlierMask === undefined
      ? await masksOf(before.folder, before.series, undefined, context.signal)
      : await findMasks(earlierMask, context.signal)
  const { geometry } = before.volume
  const loaded = sources && (await loadMasks(sources, geometry, before.series.info.id, context.signal))
  const mask = loaded && joined(loaded.masks, before.volume.values.length)
  const study = await earlierFor(trained, own.volume, { volume: before.volume, mask }, registration, context)
  const unused = study === null ? ['The model learned from single studies, so the study before is not looked at.'] : []
  return { study, warnings: [...(loaded?.warnings ?? []), ...(study?.remark ? [study.remark] : []), ...unused] }
}

/** All masks as one. */
function joined(masks: readonly { readonly mask: Uint8Array }[], voxels: number): Uint8Array {
  const all = new Uint8Array(voxels)
  for (const { mask } of masks) for (let i = 0; i < voxels; i++) if (mask[i]) all[i] = 1
  return all
}

/** Whether a segmenter can be used on an input, without using it. @throws codes of `readManifest` and of the readers */
export async function fitsSegmentation(request: FitRequest, context: JobContext): Promise<FitReport> {
  const form = sliceFormOf(await readManifest(request.model))
  const settings = parseSettings(request.set, settingsSchema)
  const folder = await openStudyFolder(request.input, context.signal)
  const { series } = chooseSeries([folder], settings.series ?? null)
  const violations = series.flatMap(({ info, medical }) =>
    medical.geometry
      ? fitRemarks({ form }, { geometry: volumeGeometry(medical.geometry, info.height, info.width) }, medical.modality)
      : [],
  )
  return { violations, seasons: [] }
}
