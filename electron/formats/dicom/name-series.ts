import { dirname } from 'node:path/posix'
import type { SeriesNames } from './describe-series.ts'
import { naturally, uniqueName } from '../geotiff/sequence-draft.ts'
import type { DicomImage } from './image.ts'
import type { OrderedSeries } from './order-frames.ts'

/** A series to be named. */
export interface UnnamedSeries {
  readonly series: OrderedSeries
  readonly image: DicomImage
}

/**
 * Names series: the id from the folder and the series number, the name from what the scanner called the series, the group
 * from date and description of the study. None tells of the patient.
 */
export function nameSeries(drafts: readonly UnnamedSeries[]): SeriesNames[] {
  const groups = studyNames(drafts.map(({ image }) => image))
  const places = drafts.map(({ series }) => commonFolder(series.frames.map(({ image }) => image.relative)))
  const ids = new Set<string>()
  const titles = drafts.map(({ image }) => `${image.subject.seriesUid}|${titleOf(image)}`)
  return drafts.map(({ image }, i): SeriesNames => {
    const place = places[i] ?? ''
    const isAlone = places.every((other, j) => j === i || other !== place)
    const number = image.subject.seriesNumber ?? 0
    const id = uniqueName(isAlone ? place : `${place}#${number}`, ids)
    ids.add(id)
    const twins = titles.flatMap((title, j) => (title === titles[i] ? [j] : []))
    const part = twins.length > 1 ? ` (${twins.indexOf(i) + 1} of ${twins.length})` : ''
    return { id, name: titleOf(image) + part, group: groups.get(image.subject.studyUid) ?? 'Study' }
  })
}

function titleOf({ subject }: DicomImage): string {
  if (subject.seriesDescription !== '') return subject.seriesDescription
  const number = subject.seriesNumber === null ? '' : ` ${subject.seriesNumber}`
  return `${subject.modality || 'Series'}${number}`
}

/** The longest folder that all files lie in; a file by itself is its own place. */
function commonFolder(files: readonly string[]): string {
  const [first = '', ...others] = [...new Set(files.map((file) => dirname(file)))]
  const parts = first.split('/')
  for (const other of others) {
    const own = other.split('/')
    const differs = parts.findIndex((part, i) => part !== own[i])
    if (differs >= 0) parts.length = differs
  }
  return parts.join('/')
}

/** Labels of studies by UID: date and description, numbered where that is not enough. */
function studyNames(images: readonly DicomImage[]): Map<string, string> {
  const studies = new Map(images.map(({ subject }) => [subject.studyUid, subject]))
  const sorted = [...studies.values()].sort(
    (a, b) => naturally(a.studyDate ?? '', b.studyDate ?? '') || naturally(a.studyUid, b.studyUid),
  )
  const taken = new Set<string>()
  const names = new Map<string, string>()
  sorted.forEach(({ studyUid, studyDate, studyDescription }, i) => {
    const label = [studyDate, studyDescription].filter((part) => part).join(' ')
    const wanted = label === '' ? `Study ${i + 1}` : label
    let name = wanted
    for (let number = 2; taken.has(name); number++) name = `${wanted} (${number})`
    taken.add(name)
    names.set(studyUid, name)
  })
  return names
}
