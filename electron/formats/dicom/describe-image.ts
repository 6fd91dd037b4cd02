import type { DisplayWindow } from '../../../shared/domain/medical-image.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { suvRule } from './body-weight-suv.ts'
import type { Elements } from './elements.ts'
import { describeFrames } from './frame-geometry.ts'
import { readDate } from './dicom-date.ts'
import type { DicomImage, DicomSubject, PixelFormat } from './image.ts'
import { readLookupTable } from './lookup-table.ts'
import { nameOfNonImage } from './not-an-image.ts'
import type { DicomHeader, PixelElement } from './read-header.ts'
import { overlayGroups } from './overlay-groups.ts'
import { frameTiming, planeSpacing } from './plane-and-time.ts'
import { unsupportedSyntax } from './transfer-syntax.ts'

const wholeSlideClass = '1.2.840.10008.5.1.4.1.1.77.1.6'
const maximumFrames = 1_000_000
const maximumSide = 65_535
const maximumPixels = 2 ** 28

/**
 * All that is needed to sort an image file into a series and to read it.
 * @throws `formats/not-an-image` for reports, segmentations and the like; `dicom/unsupported`, `dicom/damaged`
 */
export function describeImage(header: DicomHeader, path: string, relative: string): DicomImage {
  const sopClass = header.elements.code('x00080016') ?? ''
  const name = nameOfNonImage(sopClass)
  if (name === null && header.pixels !== null) return describePixels(header, path, relative)
  throw new AppError(
    'formats/not-an-image',
    `"${path}" is ${name ?? 'a DICOM object without pixels; it holds no image'}.`,
    { path, sopClass },
  )
}

/**
 * As `describeImage`, for objects too whose pixels are no picture (segmentations).
 * @throws `dicom/unsupported`, `dicom/damaged`, `dicom/truncated`
 */
export function describePixels(header: DicomHeader, path: string, relative: string): DicomImage {
  const { elements, syntax, pixels } = header
  const sopClass = elements.code('x00080016') ?? ''
  if (pixels === null) throw new AppError('dicom/damaged', `"${path}" holds no pixels.`, { path })
  if (syntax.encoding === 'other') throw unsupportedSyntax(path, syntax)
  const format = pixelFormat(elements, pixels, path)
  const warnings = [...header.warnings]
  const count = frameCount(elements, format, pixels, path, warnings)
  const frames = describeFrames(elements, count)
  if (sopClass === wholeSlideClass) warnings.push(readerNote('dicom/whole-slide'))
  const { rate, seconds } = frameTiming(elements, count)
  const modality = elements.code('x00080060') ?? ''
  return {
    path,
    relative,
    stamp: null,
    sopClass,
    sopUid: elements.code('x00080018') ?? '',
    syntax,
    pixels,
    format,
    frames,
    isMultiFrame: count > 1,
    instanceNumber: elements.number('x00200013', 'IS'),
    subject: describeSubject(elements, modality),
    windows: describeWindows(elements),
    units: unitsOf(elements, modality),
    modalityTable: modalityTable(elements, format.isSigned),
    palette: format.photometric === 'PALETTE COLOR' ? readPalette(elements, format.isSigned, path) : null,
    padding: paddingOf(elements, modality, format),
    frameRate: rate,
    frameSeconds: seconds,
    planeSpacing: planeSpacing(elements),
    spacingBetweenSlices: elements.number('x00180088', 'DS'),
    suv: suvRule(elements, modality),
    hasOverlayPlanes: overlayGroups(elements).length > 0,
    warnings,
  }
}

function pixelFormat(elements: Elements, pixels: PixelElement, path: string): PixelFormat {
  const [rows = 0, columns = 0] = [elements.number('x00280010', 'US') ?? 0, elements.number('x00280011', 'US') ?? 0]
  if (rows < 1 || columns < 1 || rows > maximumSide || columns > maximumSide || rows * columns > maximumPixels)
    throw unusable(path, `its image has ${rows} rows and ${columns} columns`)
  const samples = elements.number('x00280002', 'US') ?? 1
  const floatBits = pixels.kind === 'float32' ? 32 : pixels.kind === 'float64' ? 64 : null
  const bitsAllocated = floatBits ?? elements.number('x00280100', 'US') ?? 16
  if (![1, 8, 16, 32, 64].includes(bitsAllocated) || (bitsAllocated === 64 && floatBits === null))
    throw unusable(path, `its pixels have ${bitsAllocated} bits`)
  if (samples !== 1 && samples !== 3) throw unusable(path, `its pixels have ${samples} samples (1 and 3 can be read)`)
  const stored = elements.number('x00280101', 'US') ?? bitsAllocated
  const bitsStored = floatBits ?? (stored >= 1 && stored <= bitsAllocated ? stored : bitsAllocated)
  const high = elements.number('x00280102', 'US') ?? bitsStored - 1
  return {
    rows,
    columns,
    samples,
    photometric: elements.code('x00280004') ?? (samples === 3 ? 'RGB' : 'MONOCHROME2'),
    isPlanar: samples > 1 && elements.number('x00280006', 'US') === 1,
    bitsAllocated,
    bitsStored,
    highBit: high >= bitsStored - 1 && high < bitsAllocated ? high : bitsStored - 1,
    isSigned: elements.number('x00280103', 'US') === 1,
    isFloat: floatBits !== null,
  }
}

function frameCount(
  elements: Elements,
  format: PixelFormat,
  pixels: PixelElement,
  path: string,
  warnings: string[],
): number {
  const stated = elements.text('x00280008')
  // "1A" and the like: the leading number counts.
  const count = stated === '' ? 1 : Number.parseInt(stated, 10)
  if (!Number.isFinite(count) || count < 1 || count > maximumFrames)
    throw unusable(path, 'its number of frames is not a number from 1 to a million')
  if (stated !== '' && String(count) !== stated) warnings.push(readerNote('dicom/frame-count'))
  if (pixels.length === null) return count
  // Frames of single bits follow each other without gaps; PS3.5 8.1.1.
  const fitting =
    format.bitsAllocated === 1
      ? Math.floor((pixels.length * 8) / (format.rows * format.columns))
      : Math.floor(pixels.length / nativeFrameBytes(format))
  if (fitting >= count) return count
  if (fitting === 0)
    throw new AppError(
      'dicom/truncated',
      `"${path}" holds ${pixels.length} bytes of pixels, but one frame of ${format.rows} x ${format.columns} needs ${nativeFrameBytes(format)}.`,
      { path, length: pixels.length },
    )
  warnings.push(readerNote('dicom/frames-missing', { present: fitting, stated: count }))
  return fitting
}

/** Bytes of a frame that is not compressed; for single bits those that begin in it. */
export function nativeFrameBytes({ rows, columns, samples, bitsAllocated, photometric }: PixelFormat): number {
  if (bitsAllocated === 1) return Math.ceil((rows * columns) / 8)
  const perPixel = photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422' ? 2 : samples
  const width = perPixel === 2 ? columns + (columns % 2) : columns
  return rows * width * perPixel * (bitsAllocated / 8)
}

/** Who and what an object is of. */
export function describeSubject(elements: Elements, modality: string = elements.code('x00080060') ?? ''): DicomSubject {
  return {
    patientName: personName(elements.text('x00100010')),
    patientId: elements.text('x00100020'),
    birthDate: readDate(elements.text('x00100030')),
    sex: elements.code('x00100040'),
    studyUid: elements.code('x0020000d') ?? '',
    studyDate:
      readDate(elements.text('x00080020')) ??
      readDate(elements.text('x00080021')) ??
      readDate(elements.text('x00080022')),
    studyDescription: elements.text('x00081030'),
    seriesUid: elements.code('x0020000e') ?? '',
    seriesNumber: elements.number('x00200011', 'IS'),
    seriesDescription: elements.text('x0008103e'),
    modality,
    frameOfReference: elements.code('x00200052'),
  }
}

/** `Family^Given^Middle^Prefix^Suffix=...=...` as `Family, Given Middle`; PS3.5 6.2.1. */
function personName(text: string): string {
  const groups = text.split('=').map((group) => {
    const [family = '', ...others] = group.split('^').map((part) => part.trim())
    const rest = others.filter((part) => part !== '').join(' ')
    return family !== '' && rest !== '' ? `${family}, ${rest}` : family + rest
  })
  return [...new Set(groups.filter((group) => group !== ''))].join(' / ')
}

function describeWindows(elements: Elements): DisplayWindow[] {
  const groups = [elements.items('x52009230')[0], elements.item('x52009229')]
  const source = groups.map((group) => group?.item('x00289132')).find((item) => item?.has('x00281050')) ?? elements
  const centres = source.numbers('x00281050', 'DS')
  const widths = source.numbers('x00281051', 'DS')
  const names = source.texts('x00281055')
  return centres.flatMap((centre, i) => {
    const width = widths[i] ?? 0
    if (!(width > 0)) return []
    return [{ name: names[i] || (centres.length === 1 ? 'From the file' : `From the file ${i + 1}`), centre, width }]
  })
}

function unitsOf(elements: Elements, modality: string): string | null {
  const dose = elements.code('x30040002')
  if (dose === 'GY') return 'Gy'
  const pet = elements.code('x00541001')
  if (pet !== null && modality === 'PT') return pet === 'BQML' ? 'Bq/ml' : pet === 'GML' ? 'g/ml' : pet
  const shared = elements.item('x52009229')?.item('x00289145') ?? elements.items('x52009230')[0]?.item('x00289145')
  const type = elements.code('x00281054') ?? shared?.code('x00281054') ?? null
  if (type === 'HU') return 'HU'
  // Localisers and derived CT images have no Hounsfield units, nor has what carries no rescaling.
  const isLocalizer = elements.text('x00080008').includes('LOCALIZER')
  const hasRescale = elements.has('x00281053') || shared !== null
  if (modality === 'CT' && type === null && hasRescale && !isLocalizer) return 'HU'
  return type !== null && type !== 'US' ? type : null
}

function modalityTable(elements: Elements, isSigned: boolean): DicomImage['modalityTable'] {
  const item = elements.item('x00283000')
  return item ? readLookupTable(item, { descriptor: 'x00283002', data: 'x00283006', segmented: null }, isSigned) : null
}

function readPalette(elements: Elements, isSigned: boolean, path: string): DicomImage['palette'] {
  const tables = [1, 2, 3].map((channel) =>
    readLookupTable(
      elements,
      { descriptor: `x0028110${channel}`, data: `x0028120${channel}`, segmented: `x0028122${channel}` },
      isSigned,
    ),
  )
  const [red, green, blue] = tables
  if (!red || !green || !blue) throw unusable(path, 'its colours come from a palette that is missing or incomplete')
  return [red, green, blue]
}

function paddingOf(
  elements: Elements,
  modality: string,
  { isSigned, bitsAllocated }: PixelFormat,
): DicomImage['padding'] {
  if (!['CT', 'MR', 'PT'].includes(modality)) return null
  const signed = (value: number): number => (isSigned && bitsAllocated === 16 && value > 32767 ? value - 65536 : value)
  const kind = isSigned ? 'SS' : 'US'
  const value = elements.number('x00280120', kind)
  if (value === null) return null
  const limit = elements.number('x00280121', kind) ?? value
  return [Math.min(signed(value), signed(limit)), Math.max(signed(value), signed(limit))]
}

function unusable(path: string, reason: string): AppError {
  return new AppError('dicom/unsupported', `"${path}" cannot be shown: ${reason}.`, { path })
}
