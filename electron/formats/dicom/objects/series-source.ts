import { AppError } from '../../../../shared/base/app-error.ts'
import { defined } from '../../../../shared/base/assert.ts'
import type { FrameGeometry } from '../../../../shared/domain/medical-image.ts'
import type { VolumeGeometry } from '../../../../shared/domain/medical/volume-geometry.ts'
import { openFileSource } from '../../file-source.ts'
import type { Elements } from '../elements.ts'
import type { SeriesFrame } from '../group-series.ts'
import { readHeader } from '../read-header.ts'
import type { DicomElement } from '../write-part10.ts'
import type { MaskTarget } from './mask-target.ts'
import { seriesTarget } from './series-target.ts'

/** An image that new objects refer to. */
export interface ReferencedImage {
  readonly sopClass: string
  readonly sopUid: string
  /** Frame number from 1; null for images of one frame. */
  readonly frame: number | null
}

/** A series that objects are made for: whom it is of, where it lies, and its images. */
export interface SeriesSource {
  readonly target: MaskTarget & { readonly geometry: VolumeGeometry }
  /** Patient, study, as the images have them; text is decoded. */
  readonly identity: readonly DicomElement[]
  readonly studyUid: string
  readonly seriesUid: string
  readonly seriesDescription: string
  readonly modality: string
  readonly frameOfReferenceUid: string
  readonly positionReference: string
  /** Lossy compression of the images, which stays with what is made of them. */
  readonly compression: readonly DicomElement[]
  /** The image of each slice. */
  readonly images: readonly ReferencedImage[]
}

/** Patient, study and clinical trial subject, in every object of a study alike; PS3.3 C.7.1.1, C.7.2.1, C.7.2.2. */
const identityTags: readonly (readonly [tag: string, vr: string, isRequired: boolean])[] = [
  ['00080020', 'DA', true],
  ['00080030', 'TM', true],
  ['00080050', 'SH', true],
  ['00080090', 'PN', true],
  ['00081030', 'LO', false],
  ['00100010', 'PN', true],
  ['00100020', 'LO', true],
  ['00100021', 'LO', false],
  ['00100030', 'DA', true],
  ['00100040', 'CS', true],
  ['00101010', 'AS', false],
  ['00101020', 'DS', false],
  ['00101030', 'DS', false],
  ['00120062', 'CS', false],
  ['00120063', 'LO', false],
  ['0020000d', 'UI', true],
  ['00200010', 'SH', true],
]

/**
 * Reads from the first image of a series what objects made for it repeat.
 * @throws `dicom/no-place` when its images have no place in the patient, `dicom/*`, `formats/*`
 */
export async function readSeriesSource(
  frames: readonly SeriesFrame[],
  geometry: FrameGeometry | null,
  name: string,
): Promise<SeriesSource> {
  const { image } = defined(frames[0], 'a series has frames')
  const target = seriesTarget(frames, geometry, name)
  const { subject } = image
  if (!target.geometry || subject.frameOfReference === null)
    throw new AppError(
      'dicom/no-place',
      `Nothing can be written for "${name}": its images do not say where they lie in the patient (position, direction, spacing and frame of reference).`,
      { name },
    )
  const source = await openFileSource(image.path)
  try {
    const { elements } = await readHeader(source)
    return {
      target: { ...target, geometry: target.geometry },
      identity: copyElements(elements, identityTags),
      studyUid: subject.studyUid,
      seriesUid: subject.seriesUid,
      seriesDescription: subject.seriesDescription,
      modality: subject.modality,
      frameOfReferenceUid: subject.frameOfReference,
      positionReference: elements.text('x00201040'),
      compression: compressionOf(elements),
      images: frames.map(({ image: { sopClass, sopUid, isMultiFrame }, frame: { index } }) => ({
        sopClass,
        sopUid,
        frame: isMultiFrame ? index + 1 : null,
      })),
    }
  } finally {
    await source.close()
  }
}

function copyElements(elements: Elements, tags: typeof identityTags): DicomElement[] {
  return tags.flatMap(([tag, vr, isRequired]): DicomElement[] => {
    const own = `x${tag}`
    const text = elements.texts(own).join('\\')
    return isRequired || text !== '' ? [[tag, vr, text]] : []
  })
}

function compressionOf(elements: Elements): DicomElement[] {
  if (elements.code('x00282110') !== '01') return [['00282110', 'CS', '00']]
  const kept = copyElements(elements, [
    ['00282112', 'DS', false],
    ['00282114', 'CS', false],
  ])
  return [['00282110', 'CS', '01'], ...kept]
}

/** The images of a series, each once, as references (SOP class and instance). */
export function instanceItems(images: readonly ReferencedImage[]): DicomElement[][] {
  const unique = new Map(images.map(({ sopUid, sopClass }) => [sopUid, sopClass]))
  return [...unique].map(([sopUid, sopClass]) => referenceElements(sopClass, sopUid))
}

/** SOP class and instance of an object that is referred to. */
export function referenceElements(sopClass: string, sopUid: string): DicomElement[] {
  return [
    ['00081150', 'UI', sopClass],
    ['00081155', 'UI', sopUid],
  ]
}
