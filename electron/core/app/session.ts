import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { DataRead } from '../../../shared/contracts/data-plane.ts'
import type { Grant } from '../../../shared/contracts/files.ts'
import type { HostInfo } from '../../../shared/contracts/host.ts'
import { GrantBook, isWithin } from './grants.ts'
import { type DataSource, type Download, HandleTable, isDownload } from './handles.ts'
import type { OpenProject } from './open-project.ts'
import { Explanations } from './video-predictions.ts'
import { ViewedSequence } from './viewed-sequence.ts'

/** What the user is asked to choose. */
export type PickPurpose = 'data' | 'data-files' | 'project' | 'label-file' | 'model' | 'network'

/** What a host gives each of its sessions. */
export interface SessionHost {
  readonly info: HostInfo
  /** Asks the user with the system's dialog; absent where there is none. */
  readonly pick?: (purpose: PickPurpose) => Promise<readonly string[]>
  /** Folders that may be browsed; all reading stays below them when `isConfined`. */
  readonly roots: readonly string[]
  /** Whether links that lead out of what was granted are refused, for hosts whose user may be somebody else. */
  readonly isConfined: boolean
}

/** One client of the core: a window, or a browser. Ids of one session mean nothing in another. */
export class Session {
  readonly host: SessionHost
  readonly grants = new GrantBook()
  readonly handles = new HandleTable<DataSource>()
  readonly projects = new Map<string, OpenProject>()
  /** Paths of the inspections this session started, by job. */
  readonly inspections = new Map<string, readonly string[]>()
  readonly explanations = new Explanations()
  private readonly given: Grant[] = []

  constructor(host: SessionHost) {
    this.host = host
  }

  /** Grants paths that the user gave through the host: dropped files, a dialog. @throws as `GrantBook.add` */
  async grantPaths(paths: readonly string[]): Promise<Grant[]> {
    return Promise.all(paths.map((path) => this.grants.add(path, 'read')))
  }

  /** Offers paths from the command line to the page, which asks for them with `files.given`. */
  async give(paths: readonly string[]): Promise<void> {
    this.given.push(...(await this.grantPaths(paths)))
  }

  /** What was given since this was last asked. */
  takeGiven(): Grant[] {
    return this.given.splice(0)
  }

  /** The paths of data grants. @throws `files/unknown-grant`, `files/link-outside` */
  async dataPaths(ids: readonly string[]): Promise<string[]> {
    const granted = ids.map((id) => this.grants.use(id))
    if (this.host.isConfined) for (const { path, top } of granted) await refuseLinksOut(path, top)
    return granted.map(({ path }) => path)
  }

  /**
   * Refuses a project whose data lie where this session may not read; a project file can name any path.
   * @throws `projects/data-outside`
   */
  async requireDataWithin(project: OpenProject, tops: readonly string[]): Promise<void> {
    if (!this.host.isConfined) return
    const allowed = await Promise.all([...this.host.roots, ...tops].map((top) => realpath(top).catch(() => top)))
    for (const data of project.manifest.data)
      for (const path of data.paths) {
        const real = await realpath(path).catch(() => path)
        if (!allowed.some((top) => isWithin(real, top)))
          throw new AppError(
            'projects/data-outside',
            `The data "${data.name}" of this project lie outside the folders this server may read. Start the server with --root for their folder.`,
            { name: data.name },
          )
      }
  }

  /** Whether a path lies where this session may read; everywhere for the user's own desktop. */
  mayRead(path: string): boolean {
    return !this.host.isConfined || this.host.roots.some((top) => isWithin(path, top))
  }

  /** An open project of this session. @throws `projects/unknown` */
  project(id: string): OpenProject {
    const project = this.projects.get(id)
    if (project) return project
    throw new AppError('projects/unknown', 'This project is not open in this session; open it again.', { id })
  }

  /** An open sequence of this session. @throws `data/unknown-handle`, `data/wrong-kind` */
  sequence(handle: string): ViewedSequence {
    const source = this.handles.use(handle)
    if (source instanceof ViewedSequence) return source
    throw new AppError('data/wrong-kind', 'This handle is a file, not an open sequence.')
  }

  /** The data plane of this session: an encoded `DataArray`. @throws `data/*`, `sequences/outside`, the reader's codes, `AbortError` */
  async read(handle: string, read: DataRead, signal?: AbortSignal): Promise<ArrayBuffer> {
    return this.handles.use(handle).read(read, signal)
  }

  /** A file that is fetched piece by piece. @throws `data/unknown-handle`, `data/wrong-kind` */
  download(handle: string): Download {
    const source: DataSource = this.handles.use(handle)
    if (isDownload(source)) return source
    throw new AppError('data/wrong-kind', 'This handle is no file that can be downloaded.')
  }

  /** Ends the session: what it has open is closed, and its grants are gone. Jobs go on. */
  async close(): Promise<void> {
    this.grants.clear()
    const projects = [...this.projects.values()]
    this.projects.clear()
    await this.handles.closeAll()
    for (const project of projects) await project.release()
  }
}

async function refuseLinksOut(path: string, top: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const inner = join(path, entry.name)
    if (entry.isSymbolicLink()) {
      const target = await realpath(inner).catch(() => null)
      if (target !== null && !isWithin(target, top))
        throw new AppError(
          'files/link-outside',
          `"${entry.name}" is a link that leads out of the folders this server may read. Remove it, or start the server with --root for its target.`,
          { name: entry.name },
        )
    } else if (entry.isDirectory()) await refuseLinksOut(inner, top)
  }
}
