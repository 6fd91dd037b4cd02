import { join } from 'node:path'
import { z } from 'zod'
import { type FoundSequences, foundSequencesSchema } from '../../../shared/contracts/sequences.ts'
import { dataFingerprintSchema } from '../../../shared/domain/project.ts'
import type { Inspection } from '../../../shared/domain/sequence.ts'
import { fingerprintData } from '../../store/data-fingerprint.ts'
import { readJsonFile, writeJsonFile } from '../../store/json-file.ts'
import type { OpenProject } from './open-project.ts'
import { isSameData, missingData } from './project-data.ts'
import { withoutPaths } from './sequence-opener.ts'
import type { Session } from './session.ts'
import { findJob } from './wire-jobs.ts'
import type { Workbench } from './workbench.ts'

const keptSchema = z.object({
  /** The program that looked; another one may know more formats. */
  program: z.string(),
  fingerprint: dataFingerprintSchema,
  found: foundSequencesSchema,
})

/**
 * What lies under data of a project. A list that was made before is kept in the project, so that a folder of many series is
 * listed at once when it is opened again; it counts as long as names and sizes of all files are the same.
 * @returns what was found, or the job of an inspection to wait for
 * @throws `projects/unknown-data`, `projects/data-missing`
 */
export async function listSequences(
  workbench: Workbench,
  session: Session,
  project: OpenProject,
  id: string,
): Promise<{ readonly found: FoundSequences } | { readonly job: string }> {
  const data = project.data(id)
  const fingerprint = await fingerprintData(data.paths)
  if (!fingerprint) throw missingData(data.name)
  const file = join(project.path('lists'), `${id}.json`)
  const program = workbench.options.version
  const kept = await readJsonFile(file, keptSchema.nullable(), null).catch(() => null)
  if (kept && kept.program === program && isSameData(kept.fingerprint, fingerprint)) return { found: kept.found }

  const keep = async (inspection: Inspection): Promise<FoundSequences> => {
    const found = withoutPaths(inspection, data.paths)
    // Only a help for the next time; a disk that is full is told where it matters.
    if (!project.isReadOnly) await writeJsonFile(file, { program, fingerprint, found }).catch(() => undefined)
    return found
  }
  // Made from what was looked at just before: not looked at twice.
  if (isSameData(data.fingerprint, fingerprint))
    for (const [job, paths] of [...session.inspections].reverse())
      if (JSON.stringify(paths) === JSON.stringify(data.paths)) {
        const known = findJob(workbench.core.jobs, job)
        if (known.snapshot.state === 'done') return { found: await keep((await known.result) as Inspection) }
      }
  const job = workbench.opener.inspect(data.paths)
  session.inspections.set(job.id, data.paths)
  void job.result.then(keep).catch(() => undefined) // The job's failure is told by the job.
  return { job: job.id }
}
