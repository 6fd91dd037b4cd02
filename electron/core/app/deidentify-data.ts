import { readdir } from 'node:fs/promises'
import type { Deidentified } from '../../../shared/contracts/exports.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { type DatePolicyChoice, deidentifyReportSchema } from '../../../shared/domain/medical/deidentify-request.ts'
import { fingerprintData } from '../../store/data-fingerprint.ts'
import { makeFolder } from '../../store/make-folder.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { OpenProject } from './open-project.ts'
import { missingData, nextId } from './project-data.ts'
import { findJob } from './wire-jobs.ts'
import type { Workbench } from './workbench.ts'

/**
 * Starts to copy the DICOM files of data without names, into a new folder of the project's exports.
 * @returns the job, and the folder: its name within the project
 * @throws `projects/*`, `store/*`
 */
export async function startDeidentifying(
  workbench: Workbench,
  project: OpenProject,
  { data, dates }: { readonly data: readonly string[]; readonly dates: DatePolicyChoice },
): Promise<{ job: string; folder: string }> {
  project.requireWritable()
  const paths: string[] = []
  for (const id of data) {
    const one = project.data(id)
    if (!(await fingerprintData(one.paths))) throw missingData(one.name)
    paths.push(...one.paths)
  }
  const taken = await readdir(project.path('exports')).catch(() => [])
  const name = nextId(
    'without-names',
    taken.filter((one) => one.startsWith('without-names-')).map((id) => ({ id })),
  )
  const out = project.path('exports', name)
  try {
    await makeFolder(out)
  } catch (error) {
    throw toWriteError(error, out)
  }
  const job = workbench.core.exports.deidentify({ paths, out, dates })
  project.keepFor(`exports/${name}`, job)
  return { job: job.id, folder: `exports/${name}` }
}

/** Waits until the copies are made. @throws the job's error, `jobs/unknown` */
export async function deidentified(workbench: Workbench, id: string): Promise<Deidentified> {
  const job = findJob(workbench.core.jobs, id)
  if (job.kind !== 'deidentify') throw new AppError('jobs/unknown', 'This job copies no files.', { id })
  const { written, patients, problems, perhapsBurnedIn } = deidentifyReportSchema.parse(await job.result)
  return { written, patients, leftOut: problems.length, perhapsBurnedIn }
}
