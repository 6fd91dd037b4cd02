import { basename } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { ProjectData } from '../../../shared/contracts/projects.ts'
import type { DataFingerprint, DataReference } from '../../../shared/domain/project.ts'
import type { SequenceKind } from '../../../shared/domain/sequence.ts'
import { fingerprintData } from '../../store/data-fingerprint.ts'
import type { RemoteReader } from '../reading/remote-reader.ts'
import type { OpenProject } from './open-project.ts'
import { singlePath } from './sequence-opener.ts'
import type { Session } from './session.ts'
import type { Workbench } from './workbench.ts'

/** An id with the next free number: `run-4` after `run-1` and `run-3`. */
export function nextId(prefix: string, taken: readonly { readonly id: string }[]): string {
  const numbers = taken.map(({ id }) => Number(/-(\d+)$/.exec(id)?.[1] ?? 0))
  return `${prefix}-${Math.max(0, ...numbers) + 1}`
}

/** A reference to data for a project. @throws `store/not-found` */
export async function referToData(
  paths: readonly string[],
  chosen: { readonly sequence: string | null; readonly kinds: readonly SequenceKind[] },
  taken: readonly DataReference[],
): Promise<DataReference> {
  const fingerprint = await fingerprintData(paths)
  if (!fingerprint) throw missingData(paths.map((path) => basename(path)).join(', '))
  const { sequence, kinds } = chosen
  const name = sequence ?? basename(paths[0] ?? '')
  return { id: nextId('data', taken), name, paths: [...paths], sequence, kinds: [...new Set(kinds)], fingerprint }
}

/** What the page is told about data, with grants to read what is still there. */
export async function describeData(session: Session, data: DataReference): Promise<ProjectData> {
  const { id, name, sequence, kinds } = data
  const found = await fingerprintData(data.paths)
  if (!found) return { id, name, sequence, kinds, state: 'missing', grants: [] }
  const state = isSameData(found, data.fingerprint) ? 'present' : 'changed'
  const grants = await Promise.all(data.paths.map((path) => session.grants.add(path, 'read-only')))
  return { id, name, sequence, kinds, state, grants }
}

/** Whether two fingerprints are of the same files. */
export function isSameData(a: DataFingerprint, b: DataFingerprint): boolean {
  return a.sha256 === b.sha256 && a.bytes === b.bytes
}

/** The folder or file that a task works on. @throws `projects/unknown-data`, `projects/data-missing`, `projects/one-folder` */
export async function dataPath(project: OpenProject, id: string): Promise<{ path: string; sequence: string | null }> {
  const data = project.data(id)
  if (!(await fingerprintData(data.paths))) throw missingData(data.name)
  return { path: singlePath(data.paths, data.name), sequence: data.sequence }
}

/** Opens data of a project for reading; the caller closes the reader. @throws `projects/*`, `formats/*` */
export async function openData(
  workbench: Workbench,
  project: OpenProject,
  id: string,
  signal?: AbortSignal,
): Promise<RemoteReader> {
  const data = project.data(id)
  if (!(await fingerprintData(data.paths))) throw missingData(data.name)
  return workbench.opener.open(data.paths, data.sequence ?? undefined, signal)
}

/** What to say when data are not where they were. */
export function missingData(name: string): AppError {
  return new AppError(
    'projects/data-missing',
    `The data "${name}" are not where they were. Say where they are now, or connect the disk they are on.`,
    { name },
  )
}
