import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dicomFramesOf } from '../../../electron/formats/dicom/dicom-reader.ts'
import { readSeriesSource } from '../../../electron/formats/dicom/objects/series-source.ts'
import { writeSegmentation } from '../../../electron/formats/dicom/objects/write-segmentation.ts'
import { openSequence } from '../../../electron/formats/open-sequences.ts'
import type { Segment } from '../../../shared/domain/medical/segmentation.ts'

/** Radius of the ball that is marked, in voxels of the 80 × 256 × 256 series, around its middle. */
const radius = 20

/**
 * A copy of a series of DICOM files, with a segmentation beside it: a ball in its middle and one half of the ball, which lie over each other.
 * @returns the folder
 */
export async function seriesWithSegmentation(series: string): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'chronolens-segmented-')), 'mr_series_sag_anon')
  cpSync(series, folder, { recursive: true })
  const reader = await openSequence([folder])
  await reader.close()
  const source = await readSeriesSource(dicomFramesOf(reader) ?? [], reader.medical?.geometry ?? null, reader.info.name)
  const { slices, rows, columns } = source.target.size
  const segment = (number: number, label: string, colour: string): Segment => ({
    ...{ number, label, colour, algorithm: 'manual', algorithmName: null, category: null, type: null, site: null },
    ...{ trackingId: null, trackingUid: null },
  })
  const voxels = (isIn: (z: number, y: number, x: number) => boolean): Uint8Array =>
    Uint8Array.from({ length: slices * rows * columns }, (_, i) => {
      const [z, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns]
      const isBall = Math.hypot(z - slices / 2, y - rows / 2, x - columns / 2) <= radius
      return isBall && isIn(z, y, x) ? 1 : 0
    })
  const { bytes } = writeSegmentation(
    source,
    [
      { segment: segment(1, 'ball', '#ff8000'), voxels: voxels(() => true) },
      { segment: segment(2, 'front half', '#00b0ff'), voxels: voxels((_, __, x) => x < columns / 2) },
    ],
    { version: '0.0.0', description: 'Ball and its half' },
  )
  writeFileSync(join(folder, 'segmentation.dcm'), bytes)
  return folder
}
