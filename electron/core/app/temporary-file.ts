import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import type { ExportedFile } from '../../../shared/contracts/exports.ts'
import { toReadError, toWriteError } from '../../store/store-error.ts'
import { FileDataSource } from './file-source.ts'
import type { DataSource } from './handles.ts'
import type { Session } from './session.ts'

/**
 * A private folder for files that wait to be fetched by the page; only this user may look into it. Its name says which process
 * made it, so that the next start of the program can remove what one that was killed has left.
 * @throws `store/*`
 */
export async function temporaryFolder(parent = tmpdir()): Promise<string> {
  try {
    return await mkdtemp(join(parent, `${prefix}${process.pid}-`))
  } catch (error) {
    throw toWriteError(error, parent)
  }
}

const prefix = 'chronolens-export-'

/** Removes the temporary folders of processes that have ended. What cannot be removed (another user's) stays. */
export async function sweepTemporaryFolders(parent = tmpdir()): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const pid = /^chronolens-export-(\d+)-\w{6}$/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // A process of somebody else may not be asked.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** A file that is only there for the page to fetch: it is deleted, with its folder, when its handle is closed. */
export class TemporaryFile implements DataSource {
  private readonly source: FileDataSource
  private readonly folder: string

  constructor(folder: string, fileName: string) {
    this.folder = folder
    this.source = new FileDataSource(join(folder, fileName))
  }

  read(read: DataRead, signal?: AbortSignal): Promise<ArrayBuffer> {
    return this.source.read(read, signal)
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Gives the page a handle to a file. @throws `store/not-found`, `data/too-many-handles` */
export async function offerFile(
  session: Session,
  source: DataSource,
  path: string,
  fileName: string,
  mediaType: string,
): Promise<ExportedFile> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw toReadError(error, path)
  })
  return { handle: await session.handles.add(source), fileName, mediaType, bytes: size }
}

/** A name people give a file, without what systems do not allow in one. */
export function safeFileName(name: string): string {
  const kept = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._()-]/gu, '-')
    .replace(/^[ .]+|[ .]+$/g, '')
  return kept === '' ? 'export' : kept.slice(0, 120)
}
