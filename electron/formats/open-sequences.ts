import { throwIfAborted } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import { ignoreProgress, type ReportProgress } from '../../shared/base/progress.ts'
import type { Patient } from '../../shared/domain/medical/study.ts'
import type { Inspection, Problem, SequenceInfo } from '../../shared/domain/sequence.ts'
import { problemOf, type FoundSequence } from './found-sequence.ts'
import type { ListedFile } from './geotiff/find-geotiff-sequences.ts'
import { formats, unreadableKind } from './registry.ts'
import { digestOf, scanPaths, type ScannedFile } from './scan-folder.ts'
import type { SequenceReader } from './sequence-reader.ts'
import { type FileHead, HeadReader, headsAtOnce } from './file-head.ts'
import { type FileKind, isSidecar, kindOf, sniffBytes } from './sniff.ts'

/** Heads kept for the formats; of files beyond that they are read again. */
const keptHeadBytes = 128 * 2 ** 20

/** How to look into files. */
export interface InspectOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress | undefined
  /** Files not to be opened, with the problem to report instead (a guard's verdict). */
  readonly excluded?: ReadonlyMap<string, Problem> | undefined
  /** Told before a file is opened. */
  readonly onFile?: ((path: string) => void) | undefined
}

/**
 * Says which sequences lie under the given files and folders. What cannot be read becomes a problem; never fatal while
 * anything could be looked at.
 * @throws `formats/not-found`, `formats/empty-folder`, `AbortError`
 */
export async function inspectPaths(paths: readonly string[], options: InspectOptions = {}): Promise<Inspection> {
  const { sequences, problems, patients } = await findSequences(paths, options)
  return { sequences: sequences.map(({ info }) => info), problems: [...problems], patients: [...patients] }
}

/**
 * Opens one sequence for reading.
 * @param sequenceId `id` from `inspectPaths`; without it the only sequence, or the only one with more than one frame
 * @throws `formats/no-sequence`, `formats/several-sequences`, `formats/unknown-sequence`, `formats/not-found`, `formats/empty-folder`
 */
export async function openSequence(
  paths: readonly string[],
  sequenceId?: string,
  options: InspectOptions = {},
): Promise<SequenceReader> {
  const { sequences, problems } = await findSequences(paths, options)
  return chooseSequence(sequences, problems, paths, sequenceId).open()
}

/** Sequences that were found, not opened yet. */
export interface FoundSequences {
  readonly sequences: readonly FoundSequence[]
  readonly problems: readonly Problem[]
  readonly patients: readonly Patient[]
  /** As `listingOf` gives it for the same paths, while no file changes. */
  readonly listing: string
}

/** Finds sequences without opening them. @throws as `inspectPaths` */
export async function findSequences(paths: readonly string[], options: InspectOptions = {}): Promise<FoundSequences> {
  const { signal, report = ignoreProgress, onFile } = options
  const onFound = (files: number): void => report({ stage: 'Listing files', done: files, total: 0 })
  onFound(0)
  const scanned = await scanPaths(paths, { signal, onFound })
  if (scanned.files.length === 0 && scanned.problems.length === 0)
    throw new AppError('formats/empty-folder', `There are no files in "${paths.join('", "')}".`, { paths: [...paths] })
  const problems: Problem[] = [...scanned.problems]
  const { kinds, heads } = await sniffAll(scanned.files, problems, options)
  let left = scanned.files.filter(({ path }) => kinds.has(path))
  const sequences: FoundSequence[] = []
  const patients: Patient[] = []
  const taken = new Set<string>()
  for (const format of formats) {
    const files = left.filter(({ path }) => format.kinds.includes(kinds.get(path) ?? 'unknown'))
    if (files.length === 0) continue
    const find = await format.load()
    const found = await find({ files, all: [...left, ...scanned.companions] }, { signal, report, onFile, heads })
    const unique = withUniqueIds(found.sequences, taken)
    sequences.push(...unique)
    patients.push(
      ...withIds(
        found.patients ?? [],
        new Map(found.sequences.map(({ info }, i) => [info.id, unique[i]?.info.id ?? info.id])),
      ),
    )
    problems.push(...found.problems)
    const used = new Set(found.used)
    left = left.filter(({ path }) => !used.has(path))
  }
  problems.push(...left.flatMap((file) => leftover(file, kinds.get(file.path) ?? 'unknown')))
  return { sequences, problems, patients, listing: digestOf(scanned) }
}

/** Kinds of all files that may be opened, by path, and how those begin of which more is read than that. */
async function sniffAll(
  files: readonly ScannedFile[],
  problems: Problem[],
  { signal, report = ignoreProgress, excluded }: InspectOptions,
): Promise<{ kinds: Map<string, FileKind>; heads: Map<string, FileHead> }> {
  const kinds = new Map<string, FileKind>()
  const heads = new Map<string, FileHead>()
  const reader = new HeadReader()
  let kept = 0
  for (let first = 0; first < files.length; first += headsAtOnce) {
    throwIfAborted(signal)
    report({ stage: 'Looking at files', done: first, total: files.length })
    const some = files.slice(first, first + headsAtOnce).map(({ path }) => path)
    const spared = some.flatMap((path) => excluded?.get(path) ?? [])
    problems.push(...spared)
    const open = spared.length === 0 ? some : some.filter((path) => !excluded?.has(path))
    for (const [i, head] of (await reader.readSome(open)).entries()) {
      const path = open[i] ?? ''
      if (head instanceof Error) {
        problems.push(problemOf(path, head))
        continue
      }
      const kind = kindOf(head.bytes.subarray(0, sniffBytes), path)
      kinds.set(path, kind)
      if (kind === 'dicom' && (kept += head.bytes.length) <= keptHeadBytes) heads.set(path, head)
    }
  }
  return { kinds, heads }
}

function leftover({ path }: ListedFile, kind: FileKind): Problem[] {
  const verdict = unreadableKind(kind)
  if (verdict === null || isSidecar(path)) return []
  return [{ path, code: verdict.code, message: `"${path}" ${verdict.what}.`, details: { path } }]
}

/** Two given folders may have the same name; the second one's sequences get a number. */
function withUniqueIds(sequences: readonly FoundSequence[], taken: Set<string>): FoundSequence[] {
  return sequences.map((sequence) => {
    let id = sequence.info.id
    for (let number = 2; taken.has(id); number++) id = `${sequence.info.id}-${number}`
    taken.add(id)
    if (id === sequence.info.id) return sequence
    const info: SequenceInfo = { ...sequence.info, id }
    return { info, open: async () => renamed(await sequence.open(), info) }
  })
}

/** Patients whose sequences have other ids now. */
function withIds(patients: readonly Patient[], ids: ReadonlyMap<string, string>): Patient[] {
  const renamedIds = (old: readonly string[]): string[] => old.map((id) => ids.get(id) ?? id)
  return patients.map((patient) => ({
    ...patient,
    studies: patient.studies.map((study) => ({
      ...study,
      sequences: renamedIds(study.sequences),
      objects: study.objects.map((object) => ({ ...object, sequences: renamedIds(object.sequences) })),
    })),
  }))
}

function renamed(reader: SequenceReader, info: SequenceInfo): SequenceReader {
  return new Proxy(reader, {
    get: (target, key) => {
      if (key === 'info') return info
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value as (...input: unknown[]) => unknown).bind(target) : value
    },
  })
}

/** The sequence with an id; without one the only sequence, or the only one with more than one frame. @throws as `openSequence` */
export function chooseSequence(
  sequences: readonly FoundSequence[],
  problems: readonly Problem[],
  paths: readonly string[],
  id: string | undefined,
): FoundSequence {
  const ids = sequences.map(({ info }) => info.id)
  if (id !== undefined) {
    const wanted = sequences.find(({ info }) => info.id === id)
    if (wanted) return wanted
    throw new AppError(
      'formats/unknown-sequence',
      `There is no sequence "${id}" in "${paths.join('", "')}"; there are: ${ids.join(', ') || 'none'}.`,
      { id, ids },
    )
  }
  const series = sequences.filter(({ info }) => info.frames > 1)
  const only = sequences.length === 1 ? sequences[0] : series.length === 1 ? series[0] : undefined
  if (only) return only
  if (sequences.length === 0) {
    const [first] = problems
    throw new AppError(
      'formats/no-sequence',
      `No image sequence was found in "${paths.join('", "')}"${first ? `: ${first.message}` : '.'}`,
      { problems: problems.slice(0, 20) },
    )
  }
  throw new AppError(
    'formats/several-sequences',
    `"${paths.join('", "')}" holds ${sequences.length} sequences; choose one of: ${ids.slice(0, 20).join(', ')}.`,
    { ids },
  )
}
