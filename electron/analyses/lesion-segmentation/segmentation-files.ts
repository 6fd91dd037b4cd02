import { join, resolve } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { LesionMeasures } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { ModelManifest } from '../../../shared/domain/model-folder.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { PredictionReport } from '../../../shared/domain/run.ts'
import { dicomFramesOf } from '../../formats/dicom/dicom-reader.ts'
import { readSeriesSource } from '../../formats/dicom/objects/series-source.ts'
import { writeSegmentation } from '../../formats/dicom/objects/write-segmentation.ts'
import { niftiGridOf } from '../../formats/nifti/nifti-reader.ts'
import { encodeNifti, niftiGrid, type NiftiGrid } from '../../formats/nifti/write-nifti.ts'
import { writeFileAtomic } from '../../store/atomic-write.ts'
import { makeFolder } from '../../store/make-folder.ts'
import { programVersion } from '../../store/program-version.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { PatientVolume } from '../lesions/patient-volume.ts'
import type { SeriesCandidate } from '../lesions/study-source.ts'
import type { JobContext } from '../task.ts'

/** What was found, and where it goes. */
export interface SegmentationResult {
  readonly folder: string
  readonly series: SeriesCandidate
  readonly volume: PatientVolume
  /** [slice, row, column], 0 to 255 */
  readonly probabilities: Uint8Array
  /** Largest first. */
  readonly lesions: readonly { readonly voxels: Int32Array; readonly measures: LesionMeasures }[]
  readonly manifest: ModelManifest
  readonly threshold: number
}

/**
 * Writes what was found: one segment in the DICOM segmentation, a number for each lesion in the NIfTI one. Files appear whole or not
 * at all.
 * @throws codes of the store, `dicom/*`, `AbortError`
 */
export async function segmentationFiles(
  result: SegmentationResult,
  { signal, report }: JobContext,
): Promise<{ files: PredictionReport['files']; remarks: Remark[] }> {
  const folder = resolve(result.folder)
  try {
    await makeFolder(folder)
  } catch (error) {
    throw toWriteError(error, folder)
  }
  const remarks: Remark[] = []
  const files: PredictionReport['files'] = []
  const write = async (name: string, role: string, content: string | Uint8Array): Promise<void> => {
    throwIfAborted(signal)
    report({ stage: 'Writing', done: files.length, total: 4 })
    await writeFileAtomic(join(folder, name), content)
    files.push({ path: join(folder, name), role })
  }
  const { series, volume, lesions, probabilities } = result
  const reader = await series.found.open()
  try {
    const frames = dicomFramesOf(reader)
    if (frames === null) {
      const grid = defined(niftiGridOf(reader), 'what is measured is DICOM or NIfTI')
      await write('segmentation.nii.gz', 'segmentation', await encodeNifti(numbered(result), grid))
      await write('probabilities.nii.gz', 'probabilities', await encodeNifti(probabilities, grid, 1 / 255))
    } else {
      if (lesions.length === 0)
        remarks.push({
          code: 'predict/no-lesions',
          message: 'No lesion was found, and DICOM has no empty segmentation, so none was written.',
          details: {},
        })
      else {
        const source = await readSeriesSource(frames, reader.medical?.geometry ?? null, reader.info.name)
        await write('segmentation.dcm', 'segmentation', segmentationObject(source, result))
      }
      const grid = gridOrRemark(volume, remarks)
      if (grid) await write('probabilities.nii.gz', 'probabilities', await encodeNifti(probabilities, grid, 1 / 255))
    }
  } finally {
    await reader.close()
  }
  await write('lesions.csv', 'table', lesionsCsv(lesions))
  const { model, report: trained, files: seals } = result.manifest
  const summary = {
    series: series.info.id,
    model: { name: model.name, sha256: seals.weights.sha256, metrics: trained.metrics, baseline: trained.baseline },
    threshold: result.threshold,
    lesions: lesions.map(({ measures }, i) => ({ lesion: i + 1, ...measures })),
  }
  await write('lesions.json', 'table', `${JSON.stringify(summary, null, 1)}\n`)
  return { files, remarks }
}

function gridOrRemark({ geometry }: PatientVolume, remarks: Remark[]): NiftiGrid | null {
  try {
    return niftiGrid(geometry)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    remarks.push({ code: error.code, message: error.message, details: { ...error.details } })
    return null
  }
}

/** 0 outside, else the number of the lesion; from the 255th on all share the last number. */
function numbered({ lesions, probabilities }: SegmentationResult): Uint8Array {
  const values = new Uint8Array(probabilities.length)
  lesions.forEach(({ voxels }, i) => {
    for (const voxel of voxels) values[voxel] = Math.min(255, i + 1)
  })
  return values
}

function segmentationObject(
  source: Awaited<ReturnType<typeof readSeriesSource>>,
  { lesions, manifest, probabilities }: SegmentationResult,
): Uint8Array {
  const voxels = new Uint8Array(probabilities.length)
  for (const lesion of lesions) for (const voxel of lesion.voxels) voxels[voxel] = 1
  const segment = {
    number: 1,
    label: 'Lesions',
    algorithm: 'automatic' as const,
    algorithmName: `Chronolens ${manifest.model.name} ${manifest.files.weights.sha256.slice(0, 12)}`,
    category: { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' },
    type: { value: '52988006', scheme: 'SCT', meaning: 'Lesion' },
    site: null,
    colour: '#d55e00',
    trackingId: null,
    trackingUid: null,
  }
  return writeSegmentation(source, [{ segment, voxels }], {
    version: programVersion(),
    description: 'Lesions marked by a trained network',
    seriesDescription: 'Lesions (network)',
  }).bytes
}

function lesionsCsv(lesions: SegmentationResult['lesions']): string {
  const short = (value: number | undefined): string => (value === undefined ? '' : String(Number(value.toFixed(4))))
  const head =
    'lesion,long_axis_mm,short_axis_mm,volume_ml,mean,standard_deviation,centre_x_mm,centre_y_mm,centre_z_mm,slice,voxels'
  const rows = lesions.map(({ measures }, i) =>
    [
      i + 1,
      ...[measures.longAxisMm, measures.shortAxisMm, measures.volumeMl].map(short),
      ...[measures.intensity?.mean, measures.intensity?.standardDeviation, ...measures.centre].map(short),
      measures.slice + 1,
      measures.voxels,
    ].join(','),
  )
  return `${[head, ...rows].join('\n')}\n`
}
