import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ExportedFile } from '../../../shared/contracts/exports.ts'
import { zipOf } from '../../store/zip-file.ts'
import { toWriteError } from '../../store/store-error.ts'
import type { OpenProject } from './open-project.ts'
import { exportSources } from './project-trackings.ts'
import type { Session } from './session.ts'
import { offerFile, TemporaryFile, temporaryFolder } from './temporary-file.ts'
import type { Workbench } from './workbench.ts'

const mediaTypes = { table: 'text/csv', report: 'text/html', dicom: 'application/zip' } as const

/** What is wanted, and how it speaks. */
export interface ExportWanted {
  readonly what: 'table' | 'report' | 'dicom'
  readonly language: 'en' | 'zh-CN'
  readonly notes: string[] | null
}

/**
 * Makes a file of a tracking for the page to save; several DICOM objects come as one archive. Names of files say nothing of the
 * patient.
 * @throws `lesions/*`, `projects/*`, the codes of the readers, `store/*`, `AbortError`
 */
export async function exportTracking(
  workbench: Workbench,
  session: Session,
  project: OpenProject,
  id: string,
  { what, language, notes }: ExportWanted,
  signal?: AbortSignal,
): Promise<{ file: ExportedFile; warnings: string[] }> {
  const { folder: tracking, studies, corrections } = await exportSources(project, id)
  const out = await temporaryFolder()
  try {
    const job = workbench.core.lesions.exportTracking({ tracking, studies, corrections, what, language, notes, out })
    signal?.addEventListener('abort', () => job.kill())
    const { files, warnings } = await job.result
    const [first] = files
    if (first === undefined)
      throw new AppError(
        'lesions/nothing-to-export',
        'There is nothing to write: no study that is DICOM has lesions.',
        {},
      )
    const name = what === 'dicom' ? 'lesions-dicom.zip' : first
    if (what === 'dicom') {
      const entries = await Promise.all(
        files.map(async (one) => ({ name: one, bytes: await readFile(join(out, one)) })),
      )
      await writeFile(join(out, name), zipOf(entries))
    }
    return {
      file: await offerFile(session, new TemporaryFile(out, name), join(out, name), name, mediaTypes[what]),
      warnings: [...warnings],
    }
  } catch (error) {
    await rm(out, { recursive: true, force: true }).catch(() => undefined)
    throw error instanceof AppError ? error : toWriteError(error, out)
  }
}
