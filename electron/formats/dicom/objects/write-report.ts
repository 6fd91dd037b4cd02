import { AppError } from '../../../../shared/base/app-error.ts'
import type { Code } from '../../../../shared/domain/medical/code.ts'
import type { LesionMeasurement, MeasuredLesion } from '../../../../shared/domain/medical/lesion-report.ts'
import { type DicomElement, writePart10 } from '../write-part10.ts'
import { codeElements, codeSequence, decimalText, limited, randomUid } from './make-elements.ts'
import { objectHead, type ObjectOptions } from './object-head.ts'
import { instanceItems, referenceElements, type SeriesSource } from './series-source.ts'
import type { WrittenObject } from './write-segmentation.ts'

/** A segmentation that measurements refer to. */
export interface ReferencedSegmentation {
  readonly sopClass: string
  readonly sopUid: string
  readonly seriesUid: string
}

/** Options of a report. */
export interface ReportOptions extends ObjectOptions {
  /** The segmentations that lesions name in `segment`. */
  readonly segmentations?: readonly ReferencedSegmentation[]
}

/** SOP class of Comprehensive 3D SR. */
export const reportClass = '1.2.840.10008.5.1.4.1.1.88.34'

const code = (value: string, scheme: string, meaning: string): Code => ({ value, scheme, meaning })
const names = {
  title: code('126000', 'DCM', 'Imaging Measurement Report'),
  language: code('121049', 'DCM', 'Language of Content Item and Descendants'),
  english: code('en-US', 'RFC5646', 'English (United States)'),
  observerType: code('121005', 'DCM', 'Observer Type'),
  device: code('121007', 'DCM', 'Device'),
  deviceUid: code('121012', 'DCM', 'Device Observer UID'),
  deviceName: code('121013', 'DCM', 'Device Observer Name'),
  deviceMaker: code('121014', 'DCM', 'Device Observer Manufacturer'),
  procedure: code('121058', 'DCM', 'Procedure reported'),
  imaging: code('363679005', 'SCT', 'Imaging procedure'),
  library: code('111028', 'DCM', 'Image Library'),
  libraryGroup: code('126200', 'DCM', 'Image Library Group'),
  measurements: code('126010', 'DCM', 'Imaging Measurements'),
  group: code('125007', 'DCM', 'Measurement Group'),
  trackingId: code('112039', 'DCM', 'Tracking Identifier'),
  trackingUid: code('112040', 'DCM', 'Tracking Unique Identifier'),
  finding: code('121071', 'DCM', 'Finding'),
  site: code('363698007', 'SCT', 'Finding Site'),
  segment: code('121191', 'DCM', 'Referenced Segment'),
  sourceSeries: code('121232', 'DCM', 'Source series for segmentation'),
  derivation: code('121401', 'DCM', 'Derivation'),
  path: code('121055', 'DCM', 'Path'),
} as const

/** Names the program as the observer in all its reports; made from a random UUID. */
const deviceUid = '2.25.216379403741562088474109182205117404593'

/**
 * Writes what was measured on a series as a structured report after TID 1500 (Comprehensive 3D SR, explicit little endian).
 * Lesions with a segment are volumetric groups (TID 1411), others plain ones (TID 1501).
 * @throws `dicom/unknown-segmentation` when a lesion names a segmentation that is not among `segmentations`
 * Source: DICOM PS3.16 TID 1500, 1411, 1501, 300, 4019; PS3.3 A.35.13
 */
export function writeReport(
  source: SeriesSource,
  lesions: readonly MeasuredLesion[],
  options: ReportOptions,
): WrittenObject {
  const { makeUid = randomUid, segmentations = [], version } = options
  const [sopUid, seriesUid] = [makeUid(), makeUid()]
  const used = segmentations.filter(({ sopUid: own }) => lesions.some(({ segment }) => segment?.sopInstanceUid === own))
  const content: DicomElement[][] = [
    conceptCode('HAS CONCEPT MOD', names.language, names.english),
    conceptCode('HAS OBS CONTEXT', names.observerType, names.device),
    uidRef('HAS OBS CONTEXT', names.deviceUid, deviceUid),
    textItem('HAS OBS CONTEXT', names.deviceName, `Chronolens ${version}`),
    textItem('HAS OBS CONTEXT', names.deviceMaker, 'Chronolens'),
    conceptCode('HAS CONCEPT MOD', names.procedure, names.imaging),
    container('CONTAINS', names.library, [
      container(
        'CONTAINS',
        names.libraryGroup,
        instanceItems(source.images).map((reference) => imageItem(null, reference)),
      ),
    ]),
    container(
      'CONTAINS',
      names.measurements,
      lesions.map((lesion) => groupItem(source, lesion, segmentations)),
    ),
  ]
  const elements: DicomElement[] = [
    ...objectHead(source, { sopClass: reportClass, sopUid, modality: 'SR' }, seriesUid, {
      seriesDescription: 'Lesion measurements',
      ...options,
    }),
    ['00081111', 'SQ', []],
    ['0040a372', 'SQ', []],
    ['0040a375', 'SQ', [evidence(source, used)]],
    ['0040a491', 'CS', 'COMPLETE'],
    ['0040a493', 'CS', 'UNVERIFIED'],
    ['0040a496', 'CS', 'FINAL'],
    ...containerElements(names.title, content, '1500'),
  ]
  return { bytes: writePart10(elements), sopClass: reportClass, sopUid, seriesUid }
}

/** All objects referred to, by study and series; PS3.3 C.17.2. */
function evidence(source: SeriesSource, segmentations: readonly ReferencedSegmentation[]): DicomElement[] {
  const series: DicomElement[][] = [
    [
      ['00081199', 'SQ', instanceItems(source.images)],
      ['0020000e', 'UI', source.seriesUid],
    ],
    ...segmentations.map((segmentation): DicomElement[] => [
      ['00081199', 'SQ', [referenceElements(segmentation.sopClass, segmentation.sopUid)]],
      ['0020000e', 'UI', segmentation.seriesUid],
    ]),
  ]
  return [
    ['00081115', 'SQ', series],
    ['0020000d', 'UI', source.studyUid],
  ]
}

function groupItem(
  source: SeriesSource,
  lesion: MeasuredLesion,
  segmentations: readonly ReferencedSegmentation[],
): DicomElement[] {
  const { segment, finding, site, measurements } = lesion
  const children: DicomElement[][] = [
    textItem('HAS OBS CONTEXT', names.trackingId, lesion.trackingId),
    uidRef('HAS OBS CONTEXT', names.trackingUid, lesion.trackingUid),
    ...(finding ? [conceptCode('CONTAINS', names.finding, finding)] : []),
    ...(segment ? segmentItems(lesion, segment, source, segmentations) : []),
    ...(site ? [conceptCode('HAS CONCEPT MOD', names.site, site)] : []),
    ...measurements.map((measurement) => numberItem(measurement, source)),
  ]
  return container('CONTAINS', names.group, children, segment ? '1411' : '1501')
}

function segmentItems(
  { sourceSeriesUid }: MeasuredLesion,
  segment: NonNullable<MeasuredLesion['segment']>,
  source: SeriesSource,
  segmentations: readonly ReferencedSegmentation[],
): DicomElement[][] {
  const known = segmentations.find(({ sopUid }) => sopUid === segment.sopInstanceUid)
  if (!known)
    throw new AppError(
      'dicom/unknown-segmentation',
      'A lesion of the report was measured on a segmentation that is not among those given; give all segmentations that lesions name.',
    )
  const reference: DicomElement[] = [
    ...referenceElements(known.sopClass, known.sopUid),
    ['0062000b', 'US', [segment.number]],
  ]
  return [
    imageItem(names.segment, reference),
    uidRef('CONTAINS', names.sourceSeries, sourceSeriesUid ?? source.seriesUid),
  ]
}

function numberItem(measurement: LesionMeasurement, { frameOfReferenceUid }: SeriesSource): DicomElement[] {
  const { quantity, value, unit, derivation, line } = measurement
  const children: DicomElement[][] = [
    ...(derivation ? [conceptCode('HAS CONCEPT MOD', names.derivation, derivation)] : []),
    ...(line ? [lineItem(line, frameOfReferenceUid)] : []),
  ]
  return withChildren(
    [
      ['0040a010', 'CS', 'CONTAINS'],
      ['0040a040', 'CS', 'NUM'],
      codeSequence('0040a043', quantity),
      [
        '0040a300',
        'SQ',
        [
          [
            ['004008ea', 'SQ', [codeElements(unit)]],
            ['0040a161', 'FD', [value]],
            ['0040a30a', 'DS', decimalText(value)],
          ],
        ],
      ],
    ],
    children,
  )
}

function lineItem(line: NonNullable<LesionMeasurement['line']>, frameOfReference: string): DicomElement[] {
  return [
    ['0040a010', 'CS', 'INFERRED FROM'],
    ['0040a040', 'CS', 'SCOORD3D'],
    codeSequence('0040a043', names.path),
    ['00700022', 'FL', line.flat()],
    ['00700023', 'CS', 'POLYLINE'],
    ['30060024', 'UI', frameOfReference],
  ]
}

function container(
  relationship: string,
  name: Code,
  children: readonly DicomElement[][],
  template: string | null = null,
): DicomElement[] {
  return [['0040a010', 'CS', relationship], ...containerElements(name, children, template)]
}

function containerElements(name: Code, children: readonly DicomElement[][], template: string | null): DicomElement[] {
  const identification: DicomElement[] =
    template === null
      ? []
      : [
          [
            '0040a504',
            'SQ',
            [
              [
                ['00080105', 'CS', 'DCMR'],
                ['0040db00', 'CS', template],
              ],
            ],
          ],
        ]
  return withChildren(
    [
      ['0040a040', 'CS', 'CONTAINER'],
      codeSequence('0040a043', name),
      ['0040a050', 'CS', 'SEPARATE'],
      ...identification,
    ],
    children,
  )
}

function withChildren(elements: readonly DicomElement[], children: readonly DicomElement[][]): DicomElement[] {
  return children.length === 0 ? [...elements] : [...elements, ['0040a730', 'SQ', children]]
}

function item(relationship: string, type: string, name: Code | null): DicomElement[] {
  return [['0040a010', 'CS', relationship], ['0040a040', 'CS', type], ...(name ? [codeSequence('0040a043', name)] : [])]
}

function conceptCode(relationship: string, name: Code, value: Code): DicomElement[] {
  return [...item(relationship, 'CODE', name), codeSequence('0040a168', value)]
}

function textItem(relationship: string, name: Code, text: string): DicomElement[] {
  return [...item(relationship, 'TEXT', name), ['0040a160', 'UT', limited(text, 1024) || '-']]
}

function uidRef(relationship: string, name: Code, uid: string): DicomElement[] {
  return [...item(relationship, 'UIDREF', name), ['0040a124', 'UI', uid]]
}

function imageItem(name: Code | null, reference: DicomElement[]): DicomElement[] {
  return [...item('CONTAINS', 'IMAGE', name), ['00081199', 'SQ', [reference]]]
}
