import type { MedicalObjectKind } from '../../../../shared/domain/medical/study.ts'
import { describeSubject } from '../describe-image.ts'
import type { Elements } from '../elements.ts'
import type { DicomSubject } from '../image.ts'

/** What is known of a segmentation, structure set or report before it is opened. */
export interface ObjectSummary {
  readonly kind: MedicalObjectKind
  readonly path: string
  readonly relative: string
  readonly sopUid: string
  readonly subject: DicomSubject
  readonly name: string
  /** Series Instance UIDs and SOP Instance UIDs of the images that it names. */
  readonly series: ReadonlySet<string>
  readonly instances: ReadonlySet<string>
  /** Coordinate systems (UIDs) that its places are in. */
  readonly framesOfReference: ReadonlySet<string>
}

const segmentationClasses = new Set(['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7'])
const structureSetClass = '1.2.840.10008.5.1.4.1.1.481.3'
/** Basic Text, Enhanced, Comprehensive, Comprehensive 3D and Extensible SR: the ones that hold measurements. */
const reportClasses = new Set(['11', '22', '33', '34', '35'].map((end) => `1.2.840.10008.5.1.4.1.1.88.${end}`))

/** What a SOP class is, when it is one that is read; else null. */
export function objectKindOf(sopClass: string): MedicalObjectKind | null {
  if (segmentationClasses.has(sopClass)) return 'segmentation'
  if (sopClass === structureSetClass) return 'structure-set'
  return reportClasses.has(sopClass) ? 'report' : null
}

/** Describes an object by its header; null when it is of no kind that is read. */
export function summariseObject(elements: Elements, path: string, relative: string): ObjectSummary | null {
  const kind = objectKindOf(elements.code('x00080016') ?? '')
  if (kind === null) return null
  const [series, instances, frames] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const add = (set: Set<string>, uid: string | null): void => void (uid !== null && set.add(uid))
  add(frames, elements.code('x00200052'))
  const addInstances = (items: readonly Elements[]): void =>
    items.forEach((item) => add(instances, item.code('x00081155')))
  // Referenced Series Sequence of a segmentation.
  for (const item of elements.items('x00081115')) {
    add(series, item.code('x0020000e'))
    addInstances(item.items('x0008114a'))
  }
  addInstances(elements.items('x00082112'))
  // Referenced Frame of Reference Sequence of a structure set.
  for (const frame of elements.items('x30060010')) {
    add(frames, frame.code('x00200052'))
    for (const study of frame.items('x30060012'))
      for (const item of study.items('x30060014')) {
        add(series, item.code('x0020000e'))
        addInstances(item.items('x30060016'))
      }
  }
  for (const roi of elements.items('x30060020')) add(frames, roi.code('x30060024'))
  // Evidence of a report.
  for (const tag of ['x0040a375', 'x0040a385'])
    for (const study of elements.items(tag))
      for (const item of study.items('x00081115')) {
        add(series, item.code('x0020000e'))
        addInstances(item.items('x00081199'))
      }
  const subject = describeSubject(elements)
  const sopUid = elements.code('x00080018') ?? ''
  return { kind, path, relative, sopUid, subject, name: nameOf(elements), series, instances, framesOfReference: frames }
}

function nameOf(elements: Elements): string {
  const names = [elements.text('x0008103e'), elements.text('x30060002'), elements.text('x00700080')]
  return names.find((name) => name !== '') ?? elements.item('x0040a043')?.text('x00080104') ?? ''
}
