import type { MedicalObject, Patient, Study } from '../../../shared/domain/medical/study.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import { naturally } from '../geotiff/sequence-draft.ts'
import type { SeriesFrame } from './group-series.ts'
import type { DicomSubject } from './image.ts'
import type { ObjectSummary } from './objects/object-summary.ts'
import { opaque } from './series-geometry.ts'

/** A series that became a sequence. */
export interface IdentifiedSeries {
  /** Id of its `SequenceInfo`. */
  readonly id: string
  readonly frames: readonly SeriesFrame[]
}

/** Patients, and the objects that belong to none of the series. */
export interface GroupedStudies {
  readonly patients: readonly Patient[]
  readonly stray: readonly ObjectSummary[]
}

interface StudyDraft {
  readonly subject: DicomSubject
  readonly series: { readonly id: string; readonly subject: DicomSubject }[]
  readonly objects: MedicalObject[]
}

/**
 * Sorts series into studies and studies into patients, whatever folders they lie in, and gives each segmentation, structure
 * set and report to the series it belongs to: those whose images it names, else those of its coordinate system.
 */
export function groupStudies(series: readonly IdentifiedSeries[], objects: readonly ObjectSummary[]): GroupedStudies {
  const patients = new Map<string, Map<string, StudyDraft>>()
  const draftOf = (subject: DicomSubject): StudyDraft => {
    const patient = patients.get(patientKey(subject)) ?? new Map<string, StudyDraft>()
    patients.set(patientKey(subject), patient)
    const draft = patient.get(subject.studyUid) ?? { subject, series: [], objects: [] }
    patient.set(subject.studyUid, draft)
    return draft
  }
  for (const { id, frames } of series) {
    const subject = frames[0]?.image.subject
    if (subject) draftOf(subject).series.push({ id, subject })
  }
  const find = seriesFinder(series)
  const stray: ObjectSummary[] = []
  const seen = new Set<string>()
  for (const object of objects) {
    if (object.sopUid !== '' && seen.has(object.sopUid)) continue
    seen.add(object.sopUid)
    const fitting = find(object)
    const study = fitting[0]?.frames[0]?.image.subject ?? object.subject
    const isKnown = patients.get(patientKey(study))?.has(study.studyUid) ?? false
    if (fitting.length === 0) stray.push(object)
    if (fitting.length > 0 || isKnown) draftOf(study).objects.push(describeObject(object, fitting))
  }
  return { patients: [...patients.values()].map(patientOf), stray }
}

/** The same person, as far as the files tell: by id, else by name and birth date. */
export function patientKey({ patientId, patientName, birthDate }: DicomSubject): string {
  return patientId !== '' ? `id ${patientId}` : `name ${patientName} ${birthDate ?? ''}`
}

function seriesFinder(series: readonly IdentifiedSeries[]): (object: ObjectSummary) => IdentifiedSeries[] {
  const instances = series.map(({ frames }) => new Set(frames.map(({ image }) => image.sopUid)))
  return (object) => {
    const named = series.filter(({ frames }, i) => {
      const uid = frames[0]?.image.subject.seriesUid ?? ''
      const own = instances[i]
      if (object.instances.size === 0) return object.series.has(uid)
      return [...object.instances].some((sopUid) => own?.has(sopUid))
    })
    if (named.length > 0 || object.kind === 'report') return named
    const bySeries = series.filter(({ frames }) => object.series.has(frames[0]?.image.subject.seriesUid ?? ''))
    if (bySeries.length > 0) return bySeries
    return series.filter(({ frames }) => {
      const subject = frames[0]?.image.subject
      const frame = subject?.frameOfReference ?? null
      return (
        subject !== undefined &&
        frame !== null &&
        object.framesOfReference.has(frame) &&
        patientKey(subject) === patientKey(object.subject)
      )
    })
  }
}

function describeObject(object: ObjectSummary, fitting: readonly IdentifiedSeries[]): MedicalObject {
  const { sopUid, kind, path, name } = object
  return {
    id: opaque(sopUid === '' ? path : sopUid) ?? '',
    kind,
    path,
    name,
    sequences: fitting.map(({ id }) => id),
    remark: fitting.length > 0 ? null : 'The images that it belongs to are not among these files.',
  }
}

function patientOf(studies: ReadonlyMap<string, StudyDraft>): Patient {
  const drafts = [...studies.values()].sort(
    (a, b) =>
      naturally(a.subject.studyDate ?? '9999', b.subject.studyDate ?? '9999') ||
      naturally(a.subject.studyUid, b.subject.studyUid),
  )
  const subjects = drafts.flatMap(({ series }) => series.map(({ subject }) => subject))
  const first = subjects[0] ?? drafts[0]?.subject
  const differing = (what: (subject: DicomSubject) => string | null): boolean =>
    new Set(subjects.map(what).filter((value) => value !== null && value !== '')).size > 1
  const warnings: string[] = []
  if (differing(({ patientName }) => patientName.toLowerCase())) warnings.push(readerNote('dicom/several-names'))
  if (differing(({ birthDate }) => birthDate)) warnings.push(readerNote('dicom/several-births'))
  if (first?.patientId === '') warnings.push(readerNote('dicom/no-patient-id'))
  return { id: opaque(first ? patientKey(first) : '') ?? '', studies: drafts.map(studyOf), warnings }
}

function studyOf({ subject, series, objects }: StudyDraft): Study {
  const ordered = [...series].sort(
    (a, b) => (a.subject.seriesNumber ?? Infinity) - (b.subject.seriesNumber ?? Infinity) || naturally(a.id, b.id),
  )
  return {
    id: opaque(subject.studyUid) ?? '',
    date: subject.studyDate,
    description: subject.studyDescription,
    sequences: ordered.map(({ id }) => id),
    objects: [...objects],
  }
}
