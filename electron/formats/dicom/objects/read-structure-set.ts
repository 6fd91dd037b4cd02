import { AppError } from '../../../../shared/base/app-error.ts'
import { readerNote } from '../../../../shared/domain/reader-notes.ts'
import { openFileSource } from '../../file-source.ts'
import type { Elements } from '../elements.ts'
import { readHeader } from '../read-header.ts'
import { type ObjectSummary, summariseObject } from './object-summary.ts'

/** One contour of a structure. */
export interface StructureContour {
  readonly isClosed: boolean
  /** x, y, z of each point in the patient (LPS, mm), one after the other. */
  readonly points: Float64Array
  /** SOP Instance UID of the image that it was drawn on; null where not stated. */
  readonly image: string | null
}

/** A structure: what its contours enclose. */
export interface Structure {
  readonly number: number
  readonly name: string
  /** `#rrggbb`; null where not stated. */
  readonly colour: string | null
  /** `MANUAL`, `AUTOMATIC`, `SEMIAUTOMATIC`; empty where not stated. */
  readonly algorithm: string
  /** RT ROI Interpreted Type: `GTV`, `ORGAN`, `EXTERNAL`; empty where not stated. */
  readonly kind: string
  readonly contours: readonly StructureContour[]
}

/** A DICOM structure set. */
export interface DicomStructureSet {
  readonly summary: ObjectSummary
  readonly label: string
  readonly structures: readonly Structure[]
  /** What is odd about it: contours that cannot be used. */
  readonly warnings: readonly string[]
}

/**
 * Reads a structure set with all its contours; DICOM PS3.3 C.8.8.5, C.8.8.6, C.8.8.8.
 * @throws `dicom/not-a-structure-set`, `dicom/damaged`, `dicom/truncated`, `formats/*`
 */
export async function readStructureSet(path: string, relative = path): Promise<DicomStructureSet> {
  const source = await openFileSource(path)
  try {
    const { elements } = await readHeader(source)
    const summary = summariseObject(elements, path, relative)
    if (summary?.kind !== 'structure-set')
      throw new AppError('dicom/not-a-structure-set', `"${path}" is not a DICOM structure set (RTSTRUCT).`, { path })
    const warnings: string[] = []
    const contours = new Map(elements.items('x30060039').map((item) => [item.number('x30060084', 'IS'), item] as const))
    const kinds = new Map(
      elements.items('x30060080').map((item) => [item.number('x30060084', 'IS'), item.code('x300600a4')] as const),
    )
    const structures = elements.items('x30060020').map((roi): Structure => {
      const number = roi.number('x30060022', 'IS') ?? 0
      const drawn = contours.get(number)
      const name = roi.text('x30060026') || `Structure ${number}`
      return {
        number,
        name,
        colour: colourOf(drawn),
        algorithm: roi.code('x30060036') ?? '',
        kind: kinds.get(number) ?? '',
        contours: (drawn?.items('x30060040') ?? []).flatMap((item) => contourOf(item, name, warnings)),
      }
    })
    return { summary, label: elements.text('x30060002'), structures, warnings: [...new Set(warnings)] }
  } finally {
    await source.close()
  }
}

function colourOf(drawn: Elements | undefined): string | null {
  const rgb = drawn?.numbers('x3006002a', 'IS') ?? []
  if (rgb.length < 3) return null
  const byte = (value: number): string =>
    Math.min(255, Math.max(0, Math.round(value)))
      .toString(16)
      .padStart(2, '0')
  return `#${rgb.slice(0, 3).map(byte).join('')}`
}

function contourOf(item: Elements, name: string, warnings: string[]): StructureContour[] {
  const type = item.code('x30060042') ?? 'CLOSED_PLANAR'
  const numbers = item.numbers('x30060050', 'DS')
  const isClosed = type.startsWith('CLOSED')
  if (numbers.length % 3 !== 0 || numbers.length === 0 || (isClosed && numbers.length < 9)) {
    warnings.push(readerNote('dicom/contour-left-out', { name, points: Math.floor(numbers.length / 3) }))
    return []
  }
  const image = item.item('x30060016')?.code('x00081155') ?? null
  return [{ isClosed, points: Float64Array.from(numbers), image }]
}
