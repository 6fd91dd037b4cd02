import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../shared/base/app-error.ts'
import { type ProjectManifest, projectManifestSchema } from '../../shared/domain/project.ts'
import { removeUnfinishedFiles, writeFileAtomic } from './atomic-write.ts'
import { parseManifest } from './parse-manifest.ts'
import { toReadError, toWriteError } from './store-error.ts'

/** Name of the file that makes a folder a project. */
export const projectFileName = 'project.json'
const manifestKind = {
  damaged: 'project/damaged',
  newer: 'project/newer-version',
  format: 'chronolens-project',
  what: 'a Chronolens project',
  remedy: 'Restore the file from a copy.',
  maximumBytes: 64 * 1024 * 1024,
  schema: projectManifestSchema,
} as const

/** Where the parts of a project lie in its folder. */
export const projectParts = {
  labels: 'labels',
  runs: 'runs',
  predictions: 'predictions',
  exports: 'exports',
  /** Networks of one's own, by checksum. */
  backbones: 'backbones',
  /** Lesions that were followed, with the reader's corrections. */
  trackings: 'trackings',
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
  return parseManifest(text, path, manifestKind)
}

/** Removes what a killed process left unfinished in the project's own files. */
export async function tidyProject(folder: string): Promise<void> {
  for (const part of [folder, join(folder, projectParts.labels)])
    await removeUnfinishedFiles(part).catch(() => undefined) // A part that is not there has nothing to tidy.
}
