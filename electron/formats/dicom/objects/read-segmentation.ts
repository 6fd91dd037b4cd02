import { AppError } from '../../../../shared/base/app-error.ts'
import type { Segment, SegmentAlgorithm } from '../../../../shared/domain/medical/segmentation.ts'
import { openFileSource } from '../../file-source.ts'
import { describePixels } from '../describe-image.ts'
import type { Elements } from '../elements.ts'
import type { DicomFrame, DicomImage } from '../image.ts'
import { readHeader } from '../read-header.ts'
import { cielabToHex } from './cielab.ts'
import { objectKindOf, type ObjectSummary, summariseObject } from './object-summary.ts'
import { readCode } from './read-code.ts'

/** An image (or a frame of one) that a mask was drawn on. */
export interface SourceImage {
  readonly sopUid: string
  /** Frame number from 1; null for an image of one frame, or for all its frames. */
  readonly frame: number | null
}

/** One stored plane of a segmentation. */
export interface SegmentationFrame {
  readonly plane: DicomFrame
  /** Segment that the plane belongs to; null in a label map, whose pixels are segment numbers. */
  readonly segment: number | null
  readonly sources: readonly SourceImage[]
}

/** A DICOM segmentation, its pixels not read yet. */
export interface DicomSegmentation {
  readonly summary: ObjectSummary
  readonly type: 'binary' | 'fractional' | 'labelmap'
  readonly label: string
  readonly segments: readonly Segment[]
  readonly frames: readonly SegmentationFrame[]
  /** Where its pixels are. */
  readonly image: DicomImage
  /** Stored value that means 1 in a fractional segmentation. */
  readonly maximum: number
  /** Distance of its slices in mm as far as stated; null where not. */
  readonly sliceSpacing: number | null
}

/**
 * Reads what a segmentation says of itself; DICOM PS3.3 C.8.20.
 * @throws `dicom/not-a-segmentation`, `dicom/damaged`, `dicom/truncated`, `dicom/unsupported`, `formats/*`
 */
export async function readSegmentation(path: string, relative = path): Promise<DicomSegmentation> {
  const source = await openFileSource(path)
  try {
    const header = await readHeader(source)
    const { elements } = header
    const summary = summariseObject(elements, path, relative)
    if (summary === null || objectKindOf(elements.code('x00080016') ?? '') !== 'segmentation')
      throw new AppError('dicom/not-a-segmentation', `"${path}" is not a DICOM segmentation (SEG).`, { path })
    const image = describePixels(header, path, relative)
    const type = typeOf(elements, path)
    const segments = elements.items('x00620002').map(segmentOf)
    const frames = framesOf(elements, image, type)
    const known = new Set(segments.map(({ number }) => number))
    const stray = frames.find(({ segment }) => segment !== null && !known.has(segment))
    if (stray)
      throw new AppError(
        'dicom/damaged',
        `"${path}" is not a readable segmentation: a frame belongs to segment ${stray.segment}, which is not described.`,
        { path },
      )
    const padding = type === 'labelmap' ? (elements.number('x00280120', 'US') ?? 0) : null
    const measures = elements.item('x52009229')?.item('x00289110') ?? elements.items('x52009230')[0]?.item('x00289110')
    return {
      summary,
      type,
      label: elements.text('x00700080'),
      // The background of a label map is no segment.
      segments: segments.filter(({ number, type: kind }) => number !== padding && kind?.value !== backgroundCode),
      frames,
      image: { ...image, padding: null },
      maximum: elements.number('x0062000e', 'US') ?? 255,
      sliceSpacing: measures?.number('x00180088', 'DS') ?? measures?.number('x00180050', 'DS') ?? null,
    }
  } finally {
    await source.close()
  }
}

/** (125040, DCM, "Background") */
const backgroundCode = '125040'

function typeOf(elements: Elements, path: string): DicomSegmentation['type'] {
  const type = elements.code('x00620001')
  switch (type) {
    case 'BINARY':
      return 'binary'
    case 'FRACTIONAL':
      return 'fractional'
    case 'LABELMAP':
      return 'labelmap'
    case null:
      return 'binary'
    default:
      throw new AppError(
        'dicom/unsupported',
        `"${path}" cannot be shown: it is a segmentation of type ${type}; BINARY, FRACTIONAL and LABELMAP can be read.`,
        { path, type },
      )
  }
}

function segmentOf(item: Elements): Segment {
  const lab = item.numbers('x0062000d', 'US')
  const text = (tag: string): string | null => item.text(tag) || null
  const number = item.number('x00620004', 'US') ?? 0
  return {
    number,
    label: item.text('x00620005') || `Segment ${number}`,
    algorithm: algorithmOf(item.code('x00620008')),
    algorithmName: text('x00620009'),
    category: readCode(item, 'x00620003'),
    type: readCode(item, 'x0062000f'),
    site: readCode(item, 'x00082218'),
    colour: lab.length >= 3 ? cielabToHex(lab) : null,
    trackingId: text('x00620020'),
    trackingUid: item.code('x00620021'),
  }
}

function algorithmOf(code: string | null): SegmentAlgorithm {
  return code === 'AUTOMATIC' ? 'automatic' : code === 'SEMIAUTOMATIC' ? 'semiautomatic' : 'manual'
}

function framesOf(elements: Elements, image: DicomImage, type: DicomSegmentation['type']): SegmentationFrame[] {
  const shared = elements.item('x52009229')
  const perFrame = elements.items('x52009230')
  const numbers = elements.items('x00620002').map((item) => item.number('x00620004', 'US') ?? 0)
  const isTiled = elements.code('x00209311') === 'TILED_FULL'
  const perSegment = Math.max(1, Math.floor(image.frames.length / Math.max(1, numbers.length)))
  return image.frames.map((plane, index) => {
    const own = perFrame[index]
    const group = (tag: string): Elements | null => own?.item(tag) ?? shared?.item(tag) ?? null
    // Where all tiles of all segments follow each other, nothing else says which segment a frame belongs to; C.7.6.17.3.
    const implied = isTiled ? numbers[Math.floor(index / perSegment)] : numbers.length === 1 ? numbers[0] : undefined
    const segment = group('x0062000a')?.number('x0062000b', 'US') ?? implied ?? 0
    const sources = (own?.items('x00089124') ?? shared?.items('x00089124') ?? []).flatMap((derivation) =>
      derivation.items('x00082112').flatMap((item) => sourceOf(item)),
    )
    return { plane, segment: type === 'labelmap' ? null : segment, sources }
  })
}

function sourceOf(item: Elements): SourceImage[] {
  const sopUid = item.code('x00081155')
  if (sopUid === null) return []
  const frames = item.numbers('x00081160', 'IS')
  return frames.length === 0 ? [{ sopUid, frame: null }] : frames.map((frame) => ({ sopUid, frame }))
}
