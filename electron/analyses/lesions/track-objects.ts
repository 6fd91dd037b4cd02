import type { Code } from '../../../shared/domain/medical/code.ts'
import type { LesionMeasurement, MeasuredLesion } from '../../../shared/domain/medical/lesion-report.ts'
import type { LesionMeasures } from '../../../shared/domain/medical/lesion-tracking.ts'
import type { Segment, SegmentMask } from '../../../shared/domain/medical/segmentation.ts'
import type { TrackReport } from '../../../shared/domain/medical/track-report.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { Rgb } from '../../../shared/imaging/class-colours.ts'
import { toHex } from '../../../shared/imaging/colour-maps.ts'
import { dicomFramesOf } from '../../formats/dicom/dicom-reader.ts'
import { uidOf } from '../../formats/dicom/objects/make-elements.ts'
import { readSeriesSource, type SeriesSource } from '../../formats/dicom/objects/series-source.ts'
import { writeReport } from '../../formats/dicom/objects/write-report.ts'
import { writeSegmentation } from '../../formats/dicom/objects/write-segmentation.ts'
import type { FollowedStudy } from './follow-study.ts'

/** A DICOM object of one study, as a file to write. */
export interface TrackObject {
  readonly role: 'segmentation' | 'measurements'
  readonly name: string
  readonly bytes: Uint8Array
}

/** What objects of a study are made of. */
export interface ObjectStudy extends Pick<FollowedStudy, 'volume' | 'lesions'> {
  readonly series: Pick<FollowedStudy['series'], 'found'>
  /** Null where its lesions come from masks. */
  readonly levels: object | null
  /** What the network is called that marked the lesions. */
  readonly network?: string | null
}

const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning })
const ucum = (value: string, meaning: string): Code => ({ value, scheme: 'UCUM', meaning })
const millimetre = ucum('mm', 'millimeter')
const lesionCode = sct('52988006', 'Lesion')
const abnormal = sct('49755003', 'Morphologically Abnormal Structure')

/** Tells one tracking from all others, by what was measured; corrections of it leave that as it is. */
export function trackingIdentity({ measurements }: Pick<TrackReport, 'measurements'>): string {
  return JSON.stringify(
    measurements.map(({ id, study, measures }) => [id, study, measures.volumeMm3, measures.longAxis]),
  )
}

/**
 * What was found in each DICOM study as a segmentation (SEG) and a report (SR, TID 1500). A lesion has one tracking UID in all of
 * them, and the same one whenever they are written. The objects name the patient as the images do, since they belong to the same study.
 * @returns nothing for studies without lesions and for those that are not DICOM, with what is to be said about the latter
 * @throws the codes of the reader
 */
export async function trackObjects(
  studies: readonly ObjectStudy[],
  report: Pick<TrackReport, 'lesions' | 'measurements'>,
  {
    version,
    colourOf,
    identity,
  }: { readonly version: string; readonly colourOf: (track: number) => Rgb; readonly identity: string },
): Promise<{ objects: TrackObject[]; warnings: string[] }> {
  const uidOfLesion = (number: number): string => uidOf(`lesion ${number} of ${identity}`)
  const objects: TrackObject[] = []
  const warnings: string[] = []
  for (const [study, followed] of studies.entries()) {
    const found = report.measurements.filter((lesion) => lesion.study === study)
    if (found.length === 0) continue
    const source = await sourceOf(followed)
    if (source === null) {
      warnings.push(`Study ${study + 1}: ${readerNote('lesions/no-objects')}`)
      continue
    }
    const masks = found.map(({ id, track }, index): SegmentMask => {
      const voxels = new Uint8Array(followed.volume.values.length)
      for (const voxel of followed.lesions.find((lesion) => lesion.found.id === id)?.voxels ?? []) voxels[voxel] = 1
      const label = `Lesion ${track}`
      return {
        voxels,
        segment: {
          number: index + 1,
          label,
          ...algorithmOf(followed),
          category: abnormal,
          type: lesionCode,
          site: null,
          colour: toHex(colourOf(track)),
          trackingId: label,
          trackingUid: uidOfLesion(track),
        },
      }
    })
    const segmentation = writeSegmentation(source, masks, {
      version,
      description: 'Lesions followed over studies',
      seriesDescription: 'Lesions',
    })
    const lesions = found.map(({ track, measures }, index): MeasuredLesion => ({
      trackingId: `Lesion ${track}`,
      trackingUid: uidOfLesion(track),
      finding: lesionCode,
      site: null,
      segment: { sopInstanceUid: segmentation.sopUid, number: index + 1 },
      sourceSeriesUid: source.seriesUid,
      measurements: measurementsOf(measures, source.modality),
    }))
    const measured = writeReport(source, lesions, { version, segmentations: [segmentation], seriesNumber: 1001 })
    objects.push(
      { role: 'segmentation', name: `study-${study + 1}-segmentation.dcm`, bytes: segmentation.bytes },
      { role: 'measurements', name: `study-${study + 1}-measurements.dcm`, bytes: measured.bytes },
    )
  }
  return { objects, warnings }
}

function algorithmOf({ levels, network = null }: ObjectStudy): Pick<Segment, 'algorithm' | 'algorithmName'> {
  if (network !== null) return { algorithm: 'automatic', algorithmName: `Chronolens ${network}` }
  return levels === null
    ? { algorithm: 'semiautomatic', algorithmName: 'Connected parts of given masks' }
    : { algorithm: 'automatic', algorithmName: 'Bright spots by threshold' }
}

/** What objects of a study refer to; null when its images are not DICOM. */
async function sourceOf({ series, volume }: ObjectStudy): Promise<SeriesSource | null> {
  const reader = await series.found.open()
  try {
    const frames = dicomFramesOf(reader)
    if (frames === null || frames.length !== volume.geometry.size.slices) return null
    return await readSeriesSource(frames, reader.medical?.geometry ?? null, reader.info.name)
  } finally {
    await reader.close()
  }
}

/** Diameters with their lines, volume, and for CT mean and spread of the attenuation. */
function measurementsOf(measures: LesionMeasures, modality: string): LesionMeasurement[] {
  const { longAxisMm, shortAxisMm, longAxis, shortAxis, volumeMm3, intensity } = measures
  const plain = { derivation: null, line: null }
  const result: LesionMeasurement[] = [
    { quantity: sct('103339001', 'Long Axis'), value: longAxisMm, unit: millimetre, derivation: null, line: longAxis },
    {
      quantity: sct('103340004', 'Short Axis'),
      value: shortAxisMm,
      unit: millimetre,
      derivation: null,
      line: shortAxis,
    },
    { quantity: sct('118565006', 'Volume'), value: volumeMm3, unit: ucum('mm3', 'cubic millimeter'), ...plain },
  ]
  if (modality !== 'CT' || intensity === null) return result
  const attenuation = {
    quantity: { value: '112031', scheme: 'DCM', meaning: 'Attenuation Coefficient' },
    unit: ucum("[hnsf'U]", 'Hounsfield unit'),
    line: null,
  }
  return [
    ...result,
    { ...attenuation, value: intensity.mean, derivation: sct('373098007', 'Mean') },
    { ...attenuation, value: intensity.standardDeviation, derivation: sct('386136009', 'Standard Deviation') },
  ]
}
