import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { throwIfAborted } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { defined } from '../../../shared/base/assert.ts'
import type { Subset } from '../../../shared/domain/labels.ts'
import type { MedicalImage } from '../../../shared/domain/medical-image.ts'
import { type PaintedSeries, paintedSeriesSchema } from '../../../shared/domain/medical/follow-request.ts'
import type { MedicalObject, Patient } from '../../../shared/domain/medical/study.ts'
import type { Remark } from '../../../shared/domain/remark.ts'
import type { SequenceInfo } from '../../../shared/domain/sequence.ts'
import type { FoundSequence } from '../../formats/found-sequence.ts'
import { findSequences } from '../../formats/open-sequences.ts'
import { subsetOfPath } from '../frames/split-groups.ts'
import { hasMasks, isMaskName, type MaskSources } from '../lesions/load-masks.ts'
import { type SeriesCandidate, whyNotFollowed } from '../lesions/study-source.ts'
import type { JobContext } from '../task.ts'
import type { SegmentationData } from './segmentation-options.ts'

/** A study of a dataset: one series, and the masks of its lesions. */
export interface LabelledStudy {
  /** Path of the series below the folder; made of folder names, never of what files say of a person. */
  readonly name: string
  /** The same for all studies of one patient; opaque. */
  readonly patient: string
  readonly series: SeriesCandidate
  /** ISO date; null where not stated. */
  readonly date: string | null
  /** Null where it has none; such a study is only looked at as the one before another. */
  readonly masks: MaskSources | null
  /** The study before of the same patient; null where there is none. */
  readonly before: LabelledStudy | null
  /** The part that a folder's name says; null where none does. */
  readonly subset: Subset | null
}

/** Which series count, and what was painted on them. */
export type StudyChoice = Pick<SegmentationData, 'labels' | 'classes' | 'series' | 'sequence'>

/** What was found under a folder. */
export interface FoundStudies {
  /** Those with masks. */
  readonly studies: readonly LabelledStudy[]
  readonly remarks: readonly Remark[]
}

/** A study before its series is chosen. */
interface Draft {
  readonly patient: string
  readonly order: string
  readonly date: string | null
  /** Series that could be learned from, with the masks of each. */
  readonly series: readonly { readonly candidate: SeriesCandidate; readonly masks: MaskSources | null }[]
}

/**
 * Finds studies with masks: DICOM series that segmentations (SEG) or structure sets (RTSTRUCT) belong to, and NIfTI images with
 * masks in their folder (masks by name: `..._mask.nii.gz`, `seg.nii`, `lesions.nii`). Of each study one series is taken.
 * @throws `dataset/no-masks` when no series has a mask, `labels/damaged` when the paint cannot be read, codes of the readers
 */
export async function findStudies(path: string, data: StudyChoice, context: JobContext): Promise<FoundStudies> {
  const paint = data.labels === undefined ? null : await readPaint(data.labels, data.classes ?? null)
  const { sequences, problems, patients } = await findSequences([path], {
    signal: context.signal,
    report: context.report,
  })
  const remarks: Remark[] = []
  const candidates = await measurable(sequences, data, remarks, context.signal)
  const dicom = dicomDrafts(patients, candidates)
  const nifti = niftiDrafts(sequences, candidates, remarks)
  const chosen = chooseStudies([...dicom, ...nifti].map((draft) => withPaint(draft, paint)))
  if (problems.length > 0)
    remarks.push({
      code: 'dataset/unreadable-files',
      message: `${problems.length} files could not be read and are left out; the first: ${problems[0]?.message ?? ''}`,
      details: { count: problems.length, first: problems[0]?.message ?? '' },
    })
  const studies = chosen.filter(({ masks }) => masks !== null)
  if (studies.length > 0) return { studies, remarks }
  const [problem] = problems
  throw new AppError(
    'dataset/no-masks',
    `There is no series with masks in "${path}"${candidates.size === 0 && problem ? ` (${problem.message.replace(/\.$/, '')})` : ''}; put DICOM segmentations (SEG) or structure sets (RTSTRUCT) beside the images, or NIfTI masks named like "lesions.nii.gz" or "image_mask.nii.gz" into their folder.`,
    { path, series: candidates.size },
  )
}

/** Series that can be measured, by id. */
async function measurable(
  sequences: readonly FoundSequence[],
  { series: wanted, sequence: only }: StudyChoice,
  remarks: Remark[],
  signal: AbortSignal,
): Promise<Map<string, SeriesCandidate>> {
  const found = new Map<string, SeriesCandidate>()
  for (const sequence of sequences) {
    throwIfAborted(signal)
    const { info } = sequence
    if (info.kind !== 'dicom' && info.kind !== 'nifti') continue
    if (info.kind === 'nifti' && isMaskName(info.name)) continue
    const reader = await sequence.open()
    const { medical } = reader
    await reader.close()
    const reason = whyNotFollowed(info, medical)
    if (reason !== null || !medical)
      remarks.push({
        code: 'dataset/series-left-out',
        message: `"${info.name}" is left out: ${reason ?? 'it is no medical series'}.`,
        details: { name: info.name },
      })
    else if ((wanted === undefined || isNamed(info, medical, wanted)) && (only === undefined || only === info.id))
      found.set(info.id, { found: sequence, info, medical })
  }
  return found
}

type Paint = PaintedSeries['series']

async function readPaint(path: string, classes: readonly string[] | null): Promise<Paint> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw damagedPaint(path, error)
  })
  const parsed = paintedSeriesSchema.safeParse(asJson(text))
  if (!parsed.success) throw damagedPaint(path, parsed.error)
  const wanted = Object.entries(parsed.data.series).map(
    ([id, masks]) => [id, masks.filter(({ label }) => classes === null || classes.includes(label))] as const,
  )
  return Object.fromEntries(wanted.filter(([, masks]) => masks.length > 0))
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function damagedPaint(path: string, cause: unknown): AppError {
  return new AppError('labels/damaged', `What was painted cannot be read from "${basename(path)}".`, {}, { cause })
}

/** What is painted on a series counts instead of masks beside it. */
function withPaint(draft: Draft, paint: Paint | null): Draft {
  if (paint === null) return draft
  const series = draft.series.map((one) => {
    const painted = paint[one.candidate.info.id]
    return painted ? { ...one, masks: { volumes: [], segmentations: [], structureSets: [], painted } } : one
  })
  return { ...draft, series }
}

function isNamed({ id }: SequenceInfo, { series }: MedicalImage, wanted: string): boolean {
  const text = wanted.toLowerCase()
  return id.toLowerCase().includes(text) || series.description.toLowerCase().includes(text)
}

function dicomDrafts(patients: readonly Patient[], candidates: ReadonlyMap<string, SeriesCandidate>): Draft[] {
  return patients.flatMap(({ id, studies }) =>
    studies.map((study, index): Draft => {
      const series = study.sequences.flatMap((sequence) => {
        const candidate = candidates.get(sequence)
        return candidate ? [{ candidate, masks: objectMasks(study.objects, sequence) }] : []
      })
      // Studies come by date, undated ones last.
      return { patient: `dicom ${id}`, order: String(index).padStart(6, '0'), date: study.date, series }
    }),
  )
}

function objectMasks(objects: readonly MedicalObject[], sequence: string): MaskSources | null {
  const own = objects.filter(({ sequences }) => sequences.includes(sequence))
  const pathsOf = (kind: MedicalObject['kind']): string[] =>
    own.filter((object) => object.kind === kind).map(({ path }) => path)
  const masks = { volumes: [], segmentations: pathsOf('segmentation'), structureSets: pathsOf('structure-set') }
  return hasMasks(masks) ? masks : null
}

/** Ids begin with the name of the folder that was given, which says nothing of what lies in it. */
const belowRoot = (id: string): string => id.split('/').slice(1).join('/')
const folderOf = (id: string): string => id.split('/').slice(0, -1).join('/')
/** What a mask is called besides being a mask: `case7_FLAIR_mask` is of `case7_FLAIR`. */
const stemOf = (name: string): string =>
  name.replace(/(^|[-_. ])(masks?|seg|segmentations?|lesions?|labels?|rois?|gt)(?=$|[-_. ])/gi, '').toLowerCase()

/** NIfTI images by folder; each folder is a study, or one for every image that has a mask of its name. */
function niftiDrafts(
  sequences: readonly FoundSequence[],
  candidates: ReadonlyMap<string, SeriesCandidate>,
  remarks: Remark[],
): Draft[] {
  const nifti = sequences.filter(({ info }) => info.kind === 'nifti')
  const folders = new Map<string, FoundSequence[]>()
  for (const sequence of nifti) {
    const folder = folderOf(sequence.info.id)
    folders.set(folder, [...(folders.get(folder) ?? []), sequence])
  }
  return [...folders].sort().flatMap(([folder, found]) => {
    const images = found.flatMap(({ info }) => candidates.get(info.id) ?? [])
    const masks = found.filter(({ info }) => isMaskName(info.name))
    const toMasks = (volumes: readonly FoundSequence[]): MaskSources | null =>
      volumes.length > 0 ? { volumes, segmentations: [], structureSets: [] } : null
    if (images.length === 0) return []
    const [only] = images
    if (only && images.length === 1) return [niftiDraft(folder, '', [{ candidate: only, masks: toMasks(masks) }])]
    const owners = masks.map((mask) => {
      const stem = stemOf(mask.info.name)
      const named = images.map(({ info }) => info.name.toLowerCase())
      const isOf = (name: string): boolean => name === stem || /^[^a-z0-9]/.test(name.slice(stem.length))
      const exact = images.filter((_, i) => named[i] === stem)
      const begun = images.filter((_, i) => stem !== '' && named[i]?.startsWith(stem) && isOf(named[i] ?? ''))
      const like = exact.length > 0 ? exact : begun
      return like.length === 1 ? like[0] : undefined
    })
    masks.forEach((mask, i) => {
      if (owners[i]) return
      remarks.push({
        code: 'dataset/mask-unclear',
        message: `The mask "${mask.info.id}" is left out: its folder holds ${images.length} images and its name fits none of them alone. Name it like its image ("image_mask.nii.gz"), or name the image by the setting series.`,
        details: { name: mask.info.id, count: images.length },
      })
    })
    return images.map((candidate) =>
      niftiDraft(folder, candidate.info.name, [
        { candidate, masks: toMasks(masks.filter((_, i) => owners[i] === candidate)) },
      ]),
    )
  })
}

/** A patient is what BIDS calls a subject, else the first folder that is no part of a split, else each image for itself. */
function niftiDraft(folder: string, name: string, series: Draft['series']): Draft {
  const parts = belowRoot(folder)
    .split('/')
    .filter((part) => part !== '' && subsetOfPath(`${part}/x`) === null)
  const subject = parts.find((part) => /^sub-[a-z0-9]+$/i.test(part)) ?? parts[0]
  return { patient: `nifti ${subject ?? name}`, order: `${folder}/${name}`, date: null, series }
}

/** One series of each study: of the kind that most studies have masks for, then the one of most voxels. */
function chooseStudies(drafts: readonly Draft[]): LabelledStudy[] {
  const kindOf = ({ medical }: SeriesCandidate): string =>
    `${medical.modality} ${medical.series.description.trim().toLowerCase()}`
  const counts = new Map<string, number>()
  for (const { series } of drafts)
    for (const kind of new Set(series.filter(({ masks }) => masks).map(({ candidate }) => kindOf(candidate))))
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const size = ({ info }: SeriesCandidate): number => info.frames * info.height * info.width
  const ranked = drafts.flatMap((draft) => {
    const [best] = [...draft.series].sort(
      (a, b) =>
        Number(b.masks !== null) - Number(a.masks !== null) ||
        (counts.get(kindOf(b.candidate)) ?? 0) - (counts.get(kindOf(a.candidate)) ?? 0) ||
        size(b.candidate) - size(a.candidate) ||
        (a.candidate.info.id < b.candidate.info.id ? -1 : 1),
    )
    return best ? [{ draft, ...best }] : []
  })
  const byPatient = new Map<string, typeof ranked>()
  for (const entry of ranked) byPatient.set(entry.draft.patient, [...(byPatient.get(entry.draft.patient) ?? []), entry])
  return [...byPatient.values()].flatMap((entries) => {
    const sorted = [...entries].sort((a, b) => (a.draft.order < b.draft.order ? -1 : 1))
    const made: LabelledStudy[] = []
    for (const { draft, candidate, masks } of sorted) {
      const isAlike = (study: LabelledStudy): boolean => study.series.medical.modality === candidate.medical.modality
      made.push({
        name: candidate.info.id,
        patient: draft.patient,
        series: candidate,
        date: draft.date,
        masks,
        before: made.findLast(isAlike) ?? null,
        subset: subsetOfPath(`${belowRoot(candidate.info.id)}/x`),
      })
    }
    return made
  })
}

/** Patients in the order in which they come, numbered from 1: what they are called where people read it. */
export function patientNumbers(studies: readonly Pick<LabelledStudy, 'patient'>[]): ReadonlyMap<string, number> {
  const patients = [...new Set(studies.map(({ patient }) => patient))]
  return new Map(patients.map((patient) => [patient, 1 + defined(patients.indexOf(patient), 'listed above')]))
}
