import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'
import { type ProjectManifest, projectManifestSchema } from '../../shared/domain/project.ts'
import { removeUnfinishedFiles, writeFileAtomic } from './atomic-write.ts'
import { toReadError, toWriteError } from './store-error.ts'

/** Name of the file that makes a folder a project. */
export const projectFileName = 'project.json'
const maximumBytes = 64 * 1024 * 1024

/** Where the parts of a project lie in its folder. */
export const projectParts = {
  labels: 'labels',
  runs: 'runs',
  predictions: 'predictions',
  exports: 'exports',
  /** Lists of what lies under the data; made anew when they are gone. */
  lists: 'lists',
} as const

/**
 * Makes a new project folder; an existing one must be empty.
 * @throws `store/not-empty`, `store/not-writable`, `store/no-space`
 */
export async function createProjectFolder(folder: string, manifest: ProjectManifest): Promise<void> {
  let names: string[]
  try {
    await mkdir(folder, { recursive: true })
    names = (await readdir(folder)).filter((name) => !name.startsWith('.'))
  } catch (error) {
    throw toWriteError(error, folder)
  }
  if (names.length > 0)
    throw new AppError(
      'store/not-empty',
      `"${folder}" already holds other files ("${names.sort()[0]}"). Choose an empty or a new folder for the project.`,
      { folder, entries: names.length },
    )
  await writeProject(folder, manifest)
}

/** Writes `project.json`; atomic. @throws `store/not-writable`, `store/no-space` */
export async function writeProject(folder: string, manifest: ProjectManifest): Promise<void> {
  await writeFileAtomic(join(folder, projectFileName), `${JSON.stringify(manifest, null, 1)}\n`)
}

/**
 * Reads and checks `project.json`.
 * @throws `project/not-found`, `project/damaged`, `project/newer-version`, `store/not-readable`
 */
export async function readProject(folder: string): Promise<ProjectManifest> {
  const path = join(folder, projectFileName)
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    if (!isMissing) throw toReadError(error, path)
    throw new AppError(
      'project/not-found',
      `"${folder}" is not a project: it has no ${projectFileName}. Choose a project folder, or make a new project.`,
      { folder },
    )
  }
  return parseProject(text, path)
}

/** Removes what a killed process left unfinished in the project's own files. */
export async function tidyProject(folder: string): Promise<void> {
  for (const part of [folder, join(folder, projectParts.labels)])
    await removeUnfinishedFiles(part).catch(() => undefined) // A part that is not there has nothing to tidy.
}

function parseProject(text: Buffer, path: string): ProjectManifest {
  const damaged = (what: string): AppError =>
    new AppError('project/damaged', `"${path}" is damaged: ${what}. Restore the file from a copy.`, { path })
  if (text.length > maximumBytes) throw damaged('it is too large to be a project')
  let json: unknown
  try {
    json = JSON.parse(text.toString('utf8'))
  } catch {
    throw damaged('it is not JSON')
  }
  const header = z.object({ format: z.literal('chronolens-project'), version: z.number() }).safeParse(json)
  if (!header.success) throw damaged('it does not describe a Chronolens project')
  if (header.data.version !== 1)
    throw new AppError(
      'project/newer-version',
      `"${path}" has format version ${header.data.version}, and this program reads version 1. Update the program.`,
      { path, version: header.data.version },
    )
  const project = projectManifestSchema.safeParse(json)
  if (project.success) return project.data
  const issue = project.error.issues[0]
  throw damaged(`${issue?.path.join('.') || 'its content'}: ${issue?.message ?? 'not as expected'}`)
}
