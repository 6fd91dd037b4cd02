import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { CopiesFolder, ExportedFile } from '../../../shared/contracts/exports.ts'
import { toReadError, toWriteError } from '../../store/store-error.ts'
import { zipBytes, type ZipFile, zipFileAt, zipPieces } from '../../store/zip-stream.ts'
import { type DataSource, type Download } from './handles.ts'
import type { OpenProject } from './open-project.ts'
import type { Session } from './session.ts'

const folderPattern = /^without-names-\d+$/

/** The copies without names that lie in a project; those that are still being made are left out. */
export async function listCopies(project: OpenProject): Promise<CopiesFolder[]> {
  const names = await readdir(project.path('exports')).catch(() => [])
  const folders = names.filter((name) => folderPattern.test(name) && !project.runningJob(`exports/${name}`))
  const found = await Promise.all(
    folders.map(async (name) => {
      const files = await filesIn(project.path('exports', name))
      return { name, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
    }),
  )
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** The folder of copies; compared with the list, never joined unseen. @throws `exports/unknown-copies` */
async function copiesFolder(project: OpenProject, name: string): Promise<string> {
  if ((await listCopies(project)).some((one) => one.name === name)) return project.path('exports', name)
  throw new AppError('exports/unknown-copies', `The project has no finished copies "${name}".`, { name })
}

/**
 * Offers copies to a browser as one archive, made while it is fetched.
 * @param isRemovedAfter  whether the copies are deleted once the whole archive was handed over
 * @throws `exports/unknown-copies`, `projects/read-only`, `store/*`
 */
export async function offerCopies(
  session: Session,
  project: OpenProject,
  { name, isRemovedAfter }: { readonly name: string; readonly isRemovedAfter: boolean },
): Promise<ExportedFile> {
  if (isRemovedAfter) project.requireWritable()
  const folder = await copiesFolder(project, name)
  const files = await filesIn(folder)
  const source = new CopiesArchive(`${name}.zip`, files, isRemovedAfter ? () => removeFolder(folder) : null)
  return {
    handle: await session.handles.add(source),
    fileName: source.fileName,
    mediaType: source.mediaType,
    bytes: source.bytes,
  }
}

/** Deletes copies. @throws `exports/unknown-copies`, `projects/read-only`, `store/*` */
export async function removeCopies(project: OpenProject, name: string): Promise<void> {
  project.requireWritable()
  await removeFolder(await copiesFolder(project, name))
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw toWriteError(error, folder)
  }
}

/** All plain files under a folder, by name; links are left out. */
async function filesIn(folder: string): Promise<ZipFile[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const path = join(entry.parentPath, entry.name)
          const name = path.slice(folder.length + 1).replaceAll('\\', '/')
          return zipFileAt(path, name, (await stat(path)).size)
        }),
    )
    return files.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    throw toReadError(error, folder)
  }
}

/** An archive that is made while it is fetched. */
class CopiesArchive implements DataSource, Download {
  readonly mediaType = 'application/zip'
  readonly bytes: number
  readonly fileName: string
  private readonly files: readonly ZipFile[]
  private readonly onDelivered: (() => Promise<void>) | null

  constructor(fileName: string, files: readonly ZipFile[], onDelivered: (() => Promise<void>) | null) {
    this.fileName = fileName
    this.files = files
    this.onDelivered = onDelivered
    this.bytes = zipBytes(files)
  }

  read(): Promise<ArrayBuffer> {
    return Promise.reject(new AppError('data/wrong-kind', 'This handle is a file to download, not an open sequence.'))
  }

  pieces(signal: AbortSignal): AsyncIterable<Uint8Array> {
    return zipPieces(this.files, signal)
  }

  async delivered(): Promise<void> {
    await this.onDelivered?.()
  }

  async close(): Promise<void> {
    // Nothing is held open between fetches.
  }
}
