import { basename, dirname, relative, sep } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { FoundSequences } from '../../../shared/contracts/sequences.ts'
import type { Inspection } from '../../../shared/domain/sequence.ts'
import type { Job } from '../job.ts'
import type { ReaderPool } from '../reading/reader-pool.ts'
import type { RemoteReader } from '../reading/remote-reader.ts'
import type { SequencesService } from '../services/sequences.ts'
import { isWithin } from './grants.ts'

const guardedCodes = new Set(['compute/crashed', 'compute/deadline', 'compute/out-of-memory'])
const keptInspections = 64

/**
 * Finds and opens sequences, in reader processes: this one never opens a file that nobody vouches for. Files that ended a
 * reader process when they were looked at stay closed.
 */
export class SequenceOpener {
  private readonly service: SequencesService
  private readonly readers: ReaderPool
  private readonly inspections = new Map<string, Job<Inspection>>()

  constructor(service: SequencesService, readers: ReaderPool) {
    this.service = service
    this.readers = readers
  }

  /** Looks anew, whatever is known. */
  inspect(paths: readonly string[]): Job<Inspection> {
    const job = this.service.inspect({ paths: [...paths] })
    const key = keyOf(paths)
    this.inspections.delete(key)
    this.inspections.set(key, job)
    job.result.catch(() => {
      if (this.inspections.get(key) === job) this.inspections.delete(key)
    })
    for (const oldest of this.inspections.keys()) {
      if (this.inspections.size <= keptInspections) break
      this.inspections.delete(oldest)
    }
    return job
  }

  /** What lies under paths, as far as it is known; else looks. @throws `formats/*`, `compute/*` */
  async found(paths: readonly string[]): Promise<Inspection> {
    return (this.inspections.get(keyOf(paths)) ?? this.inspect(paths)).result
  }

  /**
   * Opens one sequence for looking at; scenes on different grids are shown on one. The caller closes the reader.
   * @throws `formats/*`, `compute/*`, `AbortError`
   */
  async open(paths: readonly string[], sequence?: string, signal?: AbortSignal): Promise<RemoteReader> {
    const job = this.inspections.get(keyOf(paths)) ?? this.inspect(paths)
    const { problems } = await job.result
    const excluded = problems.filter(({ code }) => guardedCodes.has(code))
    return this.readers.open({ paths, sequence: sequence ?? null, excluded }, signal)
  }
}

/** An inspection in the page's words: no path says where on the disk something lies. */
export function withoutPaths(inspection: Inspection, given: readonly string[]): FoundSequences {
  const shorten = (path: string): string => {
    const top = given.find((candidate) => isWithin(path, candidate))
    if (top === undefined) return basename(path)
    return relative(dirname(top), path).split(sep).join('/')
  }
  // Label files lie with the images; `labels.candidates` lists them.
  const unread = inspection.problems.filter(({ path }) => !/\.(csv|geojson)$/i.test(path))
  const problems = unread.map(({ path, code, message }) => ({
    path: shorten(path),
    code,
    message: message.replaceAll(path, shorten(path)),
  }))
  const patients = inspection.patients.map((patient) => ({
    ...patient,
    studies: patient.studies.map((study) => ({
      ...study,
      objects: study.objects.map((object) => ({ ...object, path: shorten(object.path) })),
    })),
  }))
  return { sequences: inspection.sequences, problems, patients }
}

/** Where an object (by its id) lies that was found under paths. @throws `sequences/unknown-object`, as `SequenceOpener.found` */
export async function objectPath(opener: SequenceOpener, paths: readonly string[], id: string): Promise<string> {
  const { patients } = await opener.found(paths)
  const objects = patients.flatMap(({ studies }) => studies.flatMap((study) => study.objects))
  const found = objects.find((object) => object.id === id)
  if (found) return found.path
  throw new AppError(
    'sequences/unknown-object',
    'This segmentation or report is not among the files any more; open the folder again.',
    { id },
  )
}

/** The one path of data that a task can work on. @throws `projects/one-folder` */
export function singlePath(paths: readonly string[], name: string): string {
  const [path, ...others] = paths
  if (path !== undefined && others.length === 0) return path
  throw new AppError(
    'projects/one-folder',
    `"${name}" consists of ${paths.length} single files; training and prediction need one folder. Put the files into a folder and add that.`,
    { files: paths.length },
  )
}

function keyOf(paths: readonly string[]): string {
  return JSON.stringify(paths)
}
