import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { SampleType, SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { DicomImage, PixelFormat } from './image.ts'
import type { OrderedSeries } from './order-frames.ts'
import { seriesGeometry } from './series-geometry.ts'
import { windowsFor } from './window-presets.ts'

/** What a series is called among the others. */
export interface SeriesNames {
  readonly id: string
  readonly name: string
  readonly group: string
}

/** What is known of a series: for everyone, and for the medical viewer. */
export interface SeriesDescription {
  readonly info: SequenceInfo
  readonly medical: MedicalImage
}

/** Describes an ordered series. Nothing in `info` tells of the patient. */
export function describeSeries(series: OrderedSeries, image: DicomImage, names: SeriesNames): SeriesDescription {
  const { frames } = series
  const { format, subject } = image
  const { geometry, warnings } = seriesGeometry(series)
  const all = new Set([...series.warnings, ...warnings])
  for (const file of new Set(frames.map((entry) => entry.image))) for (const warning of file.warnings) all.add(warning)
  const spacing = geometry?.pixelSpacing ?? image.planeSpacing
  const between = geometry?.frameSpacing ?? image.spacingBetweenSlices ?? frames[0]?.frame.sliceThickness ?? null
  const info: SequenceInfo = {
    ...names,
    kind: 'dicom',
    frames: frames.length,
    height: format.rows,
    width: format.columns,
    bands: isColour(image) ? ['red', 'green', 'blue'] : ['value'],
    dtype: sampleType(format),
    times: timesOf(series),
    frameRate: image.frameRate,
    durationSeconds: image.frameRate === null ? null : frames.length / image.frameRate,
    spacingMm: geometry && between !== null && between > 0 ? [...geometry.pixelSpacing, between] : null,
    timePoints: series.timePoints !== null && series.timePoints > 1 ? series.timePoints : null,
    crs: null,
    geoTransform: null,
    orderedBy: series.orderedBy,
    warnings: [...all],
  }
  const medical: MedicalImage = {
    modality: subject.modality,
    units: image.units,
    windows: [...windowsFor(subject.modality, image.units, image.windows)],
    isInverted: format.photometric === 'MONOCHROME1',
    geometry,
    pixelSpacing: spacing ? [spacing[0], spacing[1]] : null,
    patient: { name: subject.patientName, id: subject.patientId, birthDate: subject.birthDate, sex: subject.sex },
    study: { date: subject.studyDate, description: subject.studyDescription },
    series: { number: subject.seriesNumber, description: subject.seriesDescription },
    ...(frames.some(({ image: file }) => file.hasOverlayPlanes) ? { hasOverlayPlanes: true } : {}),
  }
  return { info, medical }
}

/** Whether frames are read as red, green and blue. */
export function isColour({ format }: DicomImage): boolean {
  return format.samples === 3 || format.photometric === 'PALETTE COLOR'
}

function sampleType({ bitsAllocated, isSigned, isFloat }: PixelFormat): SampleType {
  if (isFloat) return bitsAllocated === 64 ? 'float64' : 'float32'
  if (bitsAllocated === 1) return 'uint1'
  if (bitsAllocated === 8) return isSigned ? 'int8' : 'uint8'
  if (bitsAllocated === 16) return isSigned ? 'int16' : 'uint16'
  return isSigned ? 'int32' : 'uint32'
}

/** Times of time series only: the slices of a stack are places. All frames of a time point have its first time. */
function timesOf({ frames, timePoints, depths, isTimeSeries }: OrderedSeries): string[] | null {
  if (!isTimeSeries) return null
  const times = frames.map(({ frame }) => frame.time)
  if (!times.every((time) => time !== null)) return null
  const isComplete = timePoints !== null && depths !== null && frames.length === timePoints * depths.length
  const slices = isComplete ? depths.length : 1
  const starts = times.map((_, i) => {
    const point = Math.floor(i / slices) * slices
    return times.slice(point, point + slices).reduce((a, b) => (b < a ? b : a))
  })
  const isAscending = starts.every((time, i) => i === 0 || time >= (starts[i - 1] ?? ''))
  return isAscending && new Set(starts).size > 1 ? starts : null
}
