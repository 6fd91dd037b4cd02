import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import type { MedicalObject } from '../../../shared/domain/medical/study.ts'
import { readerNote } from '../../../shared/domain/reader-notes.ts'
import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import type { Problem, SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { findSequences } from '../../formats/open-sequences.ts'
import { isMaskName } from './load-masks.ts'

/** A series of a study folder that could be followed. */
export interface SeriesCandidate {
  readonly found: FoundSequence
  readonly info: SequenceInfo
  readonly medical: MedicalImage
}

/** What lies in the folder of one study. */
export interface StudyFolder {
  readonly path: string
  readonly series: readonly SeriesCandidate[]
  /** NIfTI files that are masks by their name. */
  readonly maskVolumes: readonly FoundSequence[]
  /** Segmentations and structure sets, with the ids of the series they belong to. */
  readonly objects: readonly MedicalObject[]
  /** Why nothing else in it can be followed. */
  readonly remarks: readonly string[]
  /** What is said of files that are damaged, one sentence for all; null where all could be read. */
  readonly unread?: string | null
}

/**
 * Looks for series that can be measured: of one value per pixel, several slices, with places in the patient.
 * @throws `lesions/no-series` when there is none, and the codes of the readers
 */
export async function openStudyFolder(path: string, signal?: AbortSignal): Promise<StudyFolder> {
  const { sequences, problems, patients } = await findSequences([path], { signal })
  const series: SeriesCandidate[] = []
  const remarks: string[] = []
  const maskVolumes: FoundSequence[] = []
  for (const found of sequences) {
    throwIfAborted(signal)
    if (found.info.kind !== 'dicom' && found.info.kind !== 'nifti') continue
    if (found.info.kind === 'nifti' && isMaskName(found.info.name)) {
      maskVolumes.push(found)
      continue
    }
    const reader = await found.open()
    const { info, medical } = reader
    await reader.close()
    const reason = whyNotFollowed(info, medical)
    if (medical && reason === null) series.push({ found, info, medical })
    else remarks.push(`"${info.name}" is left out: ${reason}.`)
  }
  const objects = (patients ?? []).flatMap(({ studies }) => studies.flatMap((study) => study.objects))
  if (series.length > 0) return { path, series, maskVolumes, objects, remarks, unread: unreadNote(problems) }
  const [problem] = problems
  const reason = remarks[0] ?? (problem ? problem.message : 'there is no DICOM or NIfTI series in it')
  throw new AppError(
    'lesions/no-series',
    `No series that can be measured was found in "${path}": ${reason.replace(/\.$/, '')}.`,
    { path, problems: problems.length },
  )
}

/** Damaged files; those that are no images at all lie in many folders and mean nothing. */
function unreadNote(problems: readonly Problem[]): string | null {
  const damaged = problems.filter(({ code }) => !code.startsWith('formats/'))
  const [first] = damaged
  return first ? readerNote('lesions/unread-files', { count: damaged.length, reason: first.message }) : null
}

/** Why a series cannot be measured; null when it can. */
export function whyNotFollowed(info: SequenceInfo, medical: MedicalImage | undefined): string | null {
  if (info.bands.length !== 1) return 'it is in colour'
  if (info.frames < 2) return 'it is a single picture'
  if (!medical?.geometry) return 'it does not say where its slices lie in the patient'
  if (info.timePoints !== null) return 'it is a time series; lesions are followed over studies of one volume each'
  return null
}

/** One series of each study, and what is to be said about the choice. */
export interface ChosenSeries {
  readonly series: readonly SeriesCandidate[]
  readonly warnings: readonly string[]
}

/**
 * Chooses the series to follow: the same kind in every study (by description, then by grid), the one of the most voxels where
 * several fit.
 * @param wanted  a part of the id or the description of the series; null to choose
 * @throws `lesions/no-series` when no series of a study fits what was asked for, `lesions/other-patient`
 */
export function chooseSeries(studies: readonly StudyFolder[], wanted: string | null): ChosenSeries {
  const fitting = studies.map(({ path, series }, index) => {
    const found = wanted === null ? series : series.filter((one) => isNamed(one, wanted))
    if (found.length === 0)
      throw new AppError(
        'lesions/no-series',
        `No series of "${path}" has "${wanted}" in its id or description; there are: ${series.map(({ info }) => info.id).join(', ')}.`,
        { path, study: index },
      )
    return found
  })
  const size = ({ info }: SeriesCandidate): number => info.frames * info.height * info.width
  const largest = (some: readonly SeriesCandidate[]): SeriesCandidate | undefined =>
    [...some].sort((a, b) => size(b) - size(a) || (a.info.id < b.info.id ? -1 : 1))[0]
  const describedAs = ({ medical, info }: SeriesCandidate): string =>
    (medical.series.description || info.name).trim().toLowerCase()
  const [first = [], ...later] = fitting
  const shared = first.filter((one) =>
    later.every((some) => some.some((other) => describedAs(other) === describedAs(one))),
  )
  const sameKind = first.filter((one) =>
    later.every((some) => some.some((other) => other.medical.modality === one.medical.modality)),
  )
  const base = largest(shared) ?? largest(sameKind) ?? largest(first)
  const chosen = fitting.flatMap((some) => {
    if (!base) return []
    const alike = some.filter((one) => describedAs(one) === describedAs(base))
    const kind = some.filter((one) => one.medical.modality === base.medical.modality)
    const best = some === first ? base : (largest(alike) ?? largest(kind) ?? largest(some))
    return best ? [best] : []
  })
  checkPatient(
    chosen,
    studies.map(({ path }) => path),
  )
  const warnings = fitting.flatMap((some, i) =>
    some.length > 1 && chosen[i]
      ? [
          `Study ${i + 1} holds ${some.length} series; "${chosen[i].info.id}" is followed. Name another by --series (a part of its id or description).`,
        ]
      : [],
  )
  const modalities = new Set(chosen.map(({ medical }) => medical.modality))
  if (modalities.size > 1) warnings.push(readerNote('lesions/other-kinds', { kinds: [...modalities].join(', ') }))
  return { series: chosen, warnings }
}

function isNamed({ info, medical }: SeriesCandidate, wanted: string): boolean {
  const text = wanted.toLowerCase()
  return info.id.toLowerCase().includes(text) || medical.series.description.toLowerCase().includes(text)
}

/**
 * Two patients are never linked. What the files do not state (NIfTI) cannot be checked.
 * @param names  of the studies, for the sentence
 * @throws `lesions/other-patient`
 */
export function checkPatient(series: readonly SeriesCandidate[], names: readonly string[]): void {
  const [first, ...later] = series
  if (!first) return
  later.forEach((other, i) => {
    const differing = differs(first.medical.patient, other.medical.patient)
    if (differing === null) return
    throw new AppError(
      'lesions/other-patient',
      `"${names[i + 1]}" is of another patient than the baseline "${names[0]}" (${differing} differs), so their lesions are not linked; give studies of one patient.`,
      { study: i + 1, differing },
    )
  })
}

function differs(a: MedicalImage['patient'], b: MedicalImage['patient']): string | null {
  if (a.id !== '' && b.id !== '') {
    if (a.id.trim() !== b.id.trim()) return 'the patient ID'
    return a.birthDate !== null && b.birthDate !== null && a.birthDate !== b.birthDate ? 'the birth date' : null
  }
  if (a.birthDate !== null && b.birthDate !== null && a.birthDate !== b.birthDate) return 'the birth date'
  const name = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[\s^]+/g, ' ')
      .trim()
  return name(a.name) !== '' && name(b.name) !== '' && name(a.name) !== name(b.name) ? 'the patient name' : null
}
