import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { DicomFrame, DicomImage, Vector3 } from './image.ts'

/** A frame of a series, with the file it lies in. */
export interface SeriesFrame {
  readonly image: DicomImage
  readonly frame: DicomFrame
}

/** Frames that can be one sequence: of one series, one size, one direction and one coordinate system. Not ordered yet. */
export interface SeriesGroup {
  readonly frames: readonly SeriesFrame[]
  readonly warnings: readonly string[]
}

/**
 * Sorts files into series, and series into what can be one stack. Files with several frames stand alone; the same image
 * found twice counts once.
 */
export function groupSeries(images: readonly DicomImage[]): SeriesGroup[] {
  const buckets = new Map<string, { frames: SeriesFrame[]; copies: number }>()
  const known = new Set<string>()
  for (const image of images) {
    const key = bucketOf(image)
    const bucket = buckets.get(key) ?? { frames: [], copies: 0 }
    buckets.set(key, bucket)
    const identity = `${key}|${image.sopUid}`
    if (image.sopUid !== '' && known.has(identity)) {
      bucket.copies++
      continue
    }
    known.add(identity)
    bucket.frames.push(...image.frames.map((frame) => ({ image, frame })))
  }
  return [...buckets.values()].flatMap(({ frames, copies }) => {
    const warnings =
      copies === 0 ? [] : [readerNote(copies === 1 ? 'dicom/file-repeated' : 'dicom/files-repeated', { copies })]
    return byDirection(frames).map((group, i) => ({
      ...group,
      warnings: i === 0 ? [...warnings, ...group.warnings] : group.warnings,
    }))
  })
}

function bucketOf({ subject, format, isMultiFrame, relative, sopUid, pixels }: DicomImage): string {
  const colour = format.samples === 3 || format.photometric === 'PALETTE COLOR' ? 'colour' : format.photometric
  const own = isMultiFrame ? (sopUid === '' ? relative : sopUid) : ''
  const series = subject.seriesUid === '' ? relative : subject.seriesUid
  const parts = [
    subject.studyUid,
    series,
    format.rows,
    format.columns,
    colour,
    pixels.kind,
    subject.frameOfReference,
    own,
  ]
  return parts.join('|')
}

/** More directions than this share of the frames, and they are views around something rather than stacks. */
const mostDirections = 1 / 3

function byDirection(frames: readonly SeriesFrame[]): SeriesGroup[] {
  const clusters: SeriesFrame[][] = []
  for (const entry of frames) {
    const cluster = clusters.find(([first]) => first && isParallel(first.frame, entry.frame))
    if (cluster) cluster.push(entry)
    else clusters.push([entry])
  }
  if (clusters.length > 3 && clusters.length > frames.length * mostDirections) {
    const warning = readerNote('dicom/many-directions', { frames: frames.length, directions: clusters.length })
    return [{ frames: frames.map(withoutPlace), warnings: [warning] }]
  }
  const split = clusters.length === 1 ? [] : [readerNote('dicom/directions', { directions: clusters.length })]
  return clusters.map((cluster) => ({ frames: cluster, warnings: split }))
}

function withoutPlace({ image, frame }: SeriesFrame): SeriesFrame {
  return { image, frame: { ...frame, position: null, orientation: null } }
}

const directionTolerance = 1e-3
const spacingTolerance = 1e-3

function isParallel(a: DicomFrame, b: DicomFrame): boolean {
  if (a.orientation === null || b.orientation === null) return a.orientation === b.orientation
  if ((a.position === null) !== (b.position === null)) return false
  const isNear = (u: Vector3, v: Vector3): boolean =>
    u.every((value, i) => Math.abs(value - (v[i] ?? 0)) < directionTolerance)
  const [spacing, other] = [a.pixelSpacing, b.pixelSpacing]
  const isSameScale =
    spacing === other ||
    (spacing !== null &&
      other !== null &&
      spacing.every((value, i) => Math.abs(value / (other[i] ?? 1) - 1) < spacingTolerance))
  return isSameScale && isNear(a.orientation[0], b.orientation[0]) && isNear(a.orientation[1], b.orientation[1])
}
