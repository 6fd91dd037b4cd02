import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted } from '../../../../shared/base/abort.ts'
import { ignoreProgress, type ReportProgress } from '../../../../shared/base/progress.ts'
import type { Problem } from '../../../../shared/domain/sequence.ts'
import { openFileSource } from '../../file-source.ts'
import { problemOf } from '../../found-sequence.ts'
import { toWriteError } from '../../atomic-file.ts'
import { scanPaths } from '../../scan-folder.ts'
import { sniffFile } from '../../sniff.ts'
import { describeSubject } from '../describe-image.ts'
import type { DicomSubject } from '../image.ts'
import { nameOfNonImage } from '../not-an-image.ts'
import { objectKindOf } from '../objects/object-summary.ts'
import { readHeader } from '../read-header.ts'
import { deidentifyFile } from './deidentify-file.ts'
import { type DatePolicy, Pseudonyms } from './pseudonyms.ts'

/** How files are made unrecognisable. */
export interface DeidentifyOptions {
  readonly dates: DatePolicy
  /** The same secret gives the same pseudonyms and UIDs again; random when left out. */
  readonly secret?: string
  readonly signal?: AbortSignal
  readonly report?: ReportProgress
}

/** What came of it. Nothing in it tells of a patient. */
export interface DeidentifyResult {
  readonly written: number
  readonly patients: number
  /** Files that were not written, and why. */
  readonly problems: readonly Problem[]
  /** Written files whose pixels may show text: no program can tell for sure. */
  readonly perhapsBurnedIn: number
}

interface Candidate {
  readonly path: string
  readonly subject: DicomSubject
  readonly isDoubtful: boolean
}

/** Kinds of image that often show names and dates in the picture itself. */
const doubtfulModalities = new Set(['US', 'SC', 'ES', 'XC', 'OT', 'RF', 'XA', 'IVUS', 'GM', 'SM', 'OP', ''])

/**
 * Copies all DICOM images, segmentations and structure sets below paths into a folder, after the Basic Application Level
 * Confidentiality Profile: UIDs are replaced alike in all files, so that what refers to each other still does. Reports and other
 * documents are left out, since their text may name the patient, and so are images that say that text is burned into them.
 * Names of files say nothing of what they were.
 * @throws `formats/not-found`, `store/*`, `AbortError`
 */
export async function deidentifyFiles(
  paths: readonly string[],
  folder: string,
  { dates, secret = randomBytes(32).toString('hex'), signal, report = ignoreProgress }: DeidentifyOptions,
): Promise<DeidentifyResult> {
  const { files, problems: unlisted } = await scanPaths(paths, { signal })
  const problems: Problem[] = [...unlisted]
  const pseudonyms = new Pseudonyms(secret)
  const candidates: Candidate[] = []
  for (const [i, { path }] of files.entries()) {
    throwIfAborted(signal)
    if (i % 32 === 0) report({ stage: 'Reading DICOM headers', done: i, total: files.length })
    const candidate = await examine(path).catch((error: unknown) => problemOf(path, error))
    if (candidate === null) continue
    if ('code' in candidate) problems.push(candidate)
    else {
      candidates.push(candidate)
      pseudonyms.see(candidate.subject)
    }
  }
  const numbers = new Numbers()
  let [written, perhapsBurnedIn] = [0, 0]
  for (const [i, { path, subject, isDoubtful }] of candidates.entries()) {
    throwIfAborted(signal)
    if (i % 8 === 0) report({ stage: 'Writing files without names', done: i, total: candidates.length })
    const below = join(
      folder,
      pseudonyms.patient(subject),
      `study-${numbers.of('study', subject.patientId, subject.studyUid)}`,
    )
    const series = join(below, `series-${numbers.of('series', subject.studyUid, subject.seriesUid)}`)
    try {
      await mkdir(series, { recursive: true })
    } catch (error) {
      throw toWriteError(error, series)
    }
    const name = `IM${String(numbers.next(series)).padStart(5, '0')}.dcm`
    try {
      await deidentifyFile(path, join(series, name), { pseudonyms, dates })
      written++
      if (isDoubtful) perhapsBurnedIn++
    } catch (error) {
      const problem = problemOf(path, error)
      // A full disk concerns all that follow.
      if (problem.code.startsWith('store/')) throw error
      problems.push(problem)
    }
  }
  const patients = new Set(candidates.map(({ subject }) => pseudonyms.patient(subject))).size
  return { written, patients, problems, perhapsBurnedIn }
}

/** Null for files that are no DICOM and for the contents lists of media, which name everybody. */
async function examine(path: string): Promise<Candidate | Problem | null> {
  if ((await sniffFile(path)) !== 'dicom') return null
  const source = await openFileSource(path)
  try {
    const { elements, pixels, isDirectory } = await readHeader(source)
    if (isDirectory) return null
    const sopClass = elements.code('x00080016') ?? ''
    const kind = objectKindOf(sopClass)
    const isWanted = kind === null ? pixels !== null && nameOfNonImage(sopClass) === null : kind !== 'report'
    if (!isWanted)
      return {
        path,
        code: 'dicom/not-deidentified',
        message: `"${path}" was left out: it is ${nameOfNonImage(sopClass) ?? 'no image'}, and its text may name the patient.`,
      }
    const burnedIn = elements.code('x00280301')
    if (burnedIn === 'YES')
      return {
        path,
        code: 'dicom/not-deidentified',
        message: `"${path}" was left out: it says that text is burned into its pixels (Burned In Annotation).`,
      }
    const subject = describeSubject(elements)
    const isDoubtful = kind === null && burnedIn !== 'NO' && doubtfulModalities.has(subject.modality)
    return { path, subject, isDoubtful }
  } finally {
    await source.close()
  }
}

/** Numbers things in the order in which they come. */
class Numbers {
  private readonly known = new Map<string, Map<string, number>>()

  of(kind: string, within: string, what: string): number {
    const all = this.known.get(`${kind}|${within}`) ?? new Map<string, number>()
    this.known.set(`${kind}|${within}`, all)
    const number = all.get(what) ?? all.size + 1
    all.set(what, number)
    return number
  }

  next(within: string): number {
    const all = this.known.get(within) ?? new Map<string, number>()
    this.known.set(within, all)
    all.set(String(all.size), all.size)
    return all.size
  }
}
