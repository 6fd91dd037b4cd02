import { AppError } from '../../../shared/base/app-error.ts'
import { voxelCount } from '../../../shared/base/volume.ts'
import { maskFromText } from '../../../shared/domain/label-rle.ts'
import { dicomFramesOf } from '../../formats/dicom/dicom-reader.ts'
import { readSeriesSource } from '../../formats/dicom/objects/series-source.ts'
import { writeSegmentation } from '../../formats/dicom/objects/write-segmentation.ts'
import type { SequenceReader } from '../../formats/sequence-reader.ts'

/** What was painted in one class, frame by frame as runs; see `rleToText`. */
export interface PaintedClass {
  readonly label: string
  readonly colour: string | null
  readonly frames: readonly { readonly frame: number; readonly counts: string }[]
}

/**
 * Writes painted classes on a series that is open as a DICOM segmentation.
 * @returns the bytes of the file
 * @throws `data/wrong-kind`, `dicom/no-place`, `dicom/empty-masks`, `labels/bad-mask`
 */
export async function writeMasks(
  reader: SequenceReader,
  classes: readonly PaintedClass[],
  version: string,
): Promise<Uint8Array> {
  const frames = dicomFramesOf(reader)
  if (!frames) throw new AppError('data/wrong-kind', 'Masks can be written as DICOM for DICOM series only.')
  const source = await readSeriesSource(frames, reader.medical?.geometry ?? null, reader.info.name)
  const { size } = source.target
  const masks = classes.map(({ label, colour, frames: painted }, index) => {
    const voxels = new Uint8Array(voxelCount(size))
    for (const { frame, counts } of painted)
      if (frame < size.slices)
        voxels.set(maskFromText(counts, size.rows, size.columns), frame * size.rows * size.columns)
    const segment = {
      number: index + 1,
      label,
      algorithm: 'manual' as const,
      algorithmName: null,
      category: null,
      type: null,
      site: null,
      colour,
      trackingId: null,
      trackingUid: null,
    }
    return { segment, voxels }
  })
  return new Uint8Array(writeSegmentation(source, masks, { version }).bytes)
}
