import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type DicomElement, writePart10 } from '../../../../electron/formats/dicom/write-part10.ts'

/** What a made slice says; what is left out has a usual value. */
export interface SliceOptions {
  readonly name: string
  readonly series?: string
  readonly instance?: number
  /** Of the middle of the first pixel, mm. */
  readonly position?: readonly number[] | null
  readonly orientation?: readonly number[]
  /** Stored values of its 3 x 4 pixels; counted up from this number. */
  readonly start?: number
  /** Elements that are added, or replace others of the same tag. */
  readonly extra?: readonly DicomElement[]
  readonly transferSyntax?: string
}

let lastUid = 0

/** Elements of an MR slice of 3 rows and 4 columns. */
export function sliceElements(options: SliceOptions): DicomElement[] {
  const { series = '1', instance = 1, position = [0, 0, instance], start = 100 } = options
  const { orientation = [1, 0, 0, 0, 1, 0], extra = [] } = options
  const pixels = new Uint8Array(Uint16Array.from({ length: 12 }, (_, i) => start + i).buffer)
  const elements: DicomElement[] = [
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4'],
    ['00080018', 'UI', `1.2.3.${++lastUid}`],
    ['00080060', 'CS', 'MR'],
    ['0020000d', 'UI', '1.2.3.4'],
    ['0020000e', 'UI', `1.2.3.5.${series}`],
    ['00200011', 'IS', series],
    ['00200013', 'IS', String(instance)],
    ['00200052', 'UI', '1.2.3.6'],
    ['00280002', 'US', [1]],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', [3]],
    ['00280011', 'US', [4]],
    ['00280030', 'DS', '2\\1.5'],
    ['00280100', 'US', [16]],
    ['00280101', 'US', [16]],
    ['00280102', 'US', [15]],
    ['00280103', 'US', [0]],
    ['7fe00010', 'OW', pixels],
  ]
  if (position) elements.push(['00200032', 'DS', position.join('\\')], ['00200037', 'DS', orientation.join('\\')])
  const replaced = new Set(extra.map(([tag]) => tag))
  return [...elements.filter(([tag]) => !replaced.has(tag)), ...extra]
}

/** Writes a slice below a folder. */
export function writeSlice(folder: string, options: SliceOptions): void {
  const path = `${folder}/${options.name}`
  mkdirSync(dirname(path), { recursive: true })
  const { transferSyntax } = options
  writeFileSync(path, writePart10(sliceElements(options), transferSyntax === undefined ? {} : { transferSyntax }))
}
