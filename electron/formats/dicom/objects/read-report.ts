import { AppError } from '../../../../shared/base/app-error.ts'
import type { Code } from '../../../../shared/domain/medical/code.ts'
import type {
  LesionMeasurement,
  LesionReport,
  MeasuredLesion,
} from '../../../../shared/domain/medical/lesion-report.ts'
import type { PatientVector } from '../../../../shared/domain/medical/volume-geometry.ts'
import { openFileSource } from '../../file-source.ts'
import { readDateTime } from '../dicom-date.ts'
import { readHeader } from '../read-header.ts'
import { type ContentItem, contentTree, isNamed, itemsWhere } from './content-item.ts'
import { type ObjectSummary, summariseObject } from './object-summary.ts'
import { codeOf, readCode } from './read-code.ts'

/** A report with what it says of itself. */
export interface DicomReport {
  readonly summary: ObjectSummary
  readonly report: LesionReport
  /** What it holds that is not shown: free text, or groups without measurements. */
  readonly warnings: readonly string[]
}

/** Where a pixel of an image lies in the patient; null for images that are not at hand. */
export type LocatePixel = (sopUid: string, frame: number, row: number, column: number) => PatientVector | null

const measurementGroup = '125007'
const trackingId = '112039'
const trackingUid = '112040'
const finding = ['121071', 'F-01000']
const findingSite = ['363698007', 'G-C0E3']
const derivation = '121401'
const referencedSegment = ['121191', '121214']
const sourceSeries = '121232'

/**
 * Reads the measurements of a structured report made after TID 1500, or of any other that has measurement groups.
 * @param locate  places lines that are drawn on images, when given; lines in the patient need no help
 * @throws `dicom/not-a-report`, `dicom/damaged`, `dicom/truncated`, `formats/*`
 */
export async function readReport(path: string, relative = path, locate?: LocatePixel): Promise<DicomReport> {
  const source = await openFileSource(path)
  try {
    const { elements } = await readHeader(source)
    const summary = summariseObject(elements, path, relative)
    if (summary?.kind !== 'report')
      throw new AppError('dicom/not-a-report', `"${path}" is not a DICOM structured report (SR).`, { path })
    const root = contentTree(elements)
    const groups = itemsWhere(root, (item) => item.type === 'CONTAINER' && isNamed(item, measurementGroup))
    const lesions = groups.map((group, index) => lesionOf(group, index, locate))
    const title = root.name ?? { value: '-', scheme: '-', meaning: 'Structured report' }
    const warnings =
      lesions.length > 0
        ? []
        : [`The report "${title.meaning}" holds no measurement groups, so no measurements are shown.`]
    const time = readDateTime(elements.text('x00080023'), elements.text('x00080033'))
    return { summary, report: { title, time, lesions }, warnings }
  } finally {
    await source.close()
  }
}

function lesionOf(group: ContentItem, index: number, locate: LocatePixel | undefined): MeasuredLesion {
  const child = (...names: readonly string[]): ContentItem | undefined =>
    group.children.find((item) => isNamed(item, ...names))
  const segment = group.children.find((item) => item.type === 'IMAGE' && isNamed(item, ...referencedSegment))
  const reference = segment?.elements.item('x00081199')
  const sopInstanceUid = reference?.code('x00081155') ?? null
  const number = reference?.number('x0062000b', 'US') ?? null
  const id = child(trackingId)?.elements.text('x0040a160') ?? ''
  const numbers = group.children.filter(({ type }) => type === 'NUM')
  return {
    trackingId: id === '' ? `${index + 1}` : id,
    trackingUid: child(trackingUid)?.elements.code('x0040a124') ?? '',
    finding: valueOf(child(...finding)),
    site: valueOf(
      group.children.flatMap((item) => [item, ...item.children]).find((item) => isNamed(item, ...findingSite)),
    ),
    segment: sopInstanceUid !== null && number !== null ? { sopInstanceUid, number } : null,
    sourceSeriesUid: child(sourceSeries)?.elements.code('x0040a124') ?? null,
    measurements: numbers.flatMap((item) => measurementOf(item, numbers.length === 1 ? group : null, locate)),
  }
}

function valueOf(item: ContentItem | undefined): Code | null {
  return item ? readCode(item.elements, 'x0040a168') : null
}

/** @param group  the group around it when it is the only number there, so that a line in the group must be its own */
function measurementOf(
  item: ContentItem,
  group: ContentItem | null,
  locate: LocatePixel | undefined,
): LesionMeasurement[] {
  const measured = item.elements.item('x0040a300')
  const value = measured?.number('x0040a161', 'FD') ?? measured?.number('x0040a30a', 'DS') ?? null
  if (!measured || value === null || !item.name) return []
  const units = measured.item('x004008ea')
  const unit = (units && codeOf(units)) ?? { value: '1', scheme: 'UCUM', meaning: 'no units' }
  const line = lineBelow(item, locate) ?? (group && isLength(unit) ? lineBelow(group, locate) : null)
  const how = item.children.find((child) => isNamed(child, derivation))
  return [{ quantity: item.name, value, unit, derivation: valueOf(how), line }]
}

function isLength({ value }: Code): boolean {
  return value === 'mm' || value === 'cm'
}

/** Ends of the first line of two points among the children. */
function lineBelow(item: ContentItem, locate: LocatePixel | undefined): LesionMeasurement['line'] {
  for (const child of item.children) {
    if (child.type !== 'SCOORD' && child.type !== 'SCOORD3D') continue
    if (child.elements.code('x00700023') !== 'POLYLINE') continue
    const numbers = child.elements.numbers('x00700022', 'FL')
    if (child.type === 'SCOORD3D' && numbers.length === 6) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = numbers
      return [
        [a, b, c],
        [d, e, f],
      ]
    }
    if (child.type === 'SCOORD' && numbers.length === 4 && locate) {
      const image = child.children.find(({ type }) => type === 'IMAGE')?.elements.item('x00081199')
      const sopUid = image?.code('x00081155') ?? ''
      const frame = image?.number('x00081160', 'IS') ?? 1
      // Column before row, from the outer corner of the first pixel; PS3.3 C.18.6.1.2.
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = numbers
      const ends = [locate(sopUid, frame, y0 - 0.5, x0 - 0.5), locate(sopUid, frame, y1 - 0.5, x1 - 0.5)]
      const [from, to] = ends
      if (from && to) return [[...from], [...to]]
    }
  }
  return null
}
