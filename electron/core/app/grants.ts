import { randomBytes } from 'node:crypto'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { FolderEntry, FolderListing, Grant } from '../../../shared/contracts/files.ts'
import { projectFileName } from '../../store/project-folder.ts'
import { toReadError } from '../../store/store-error.ts'

/** What stands behind a grant; the page never sees it. */
export interface GrantedPath {
  readonly grant: Grant
  /** Absolute, links followed. */
  readonly path: string
  /** The topmost folder that the user gave; browsing stays below it. */
  readonly top: string
}

/** A new id that cannot be guessed: 128 random bits as hex. */
export function newId(): string {
  return randomBytes(16).toString('hex')
}

/** Whether a path is a folder or lies below it; both absolute, links followed. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

const maximumEntries = 2000

/** The grants of one session. Paths come from the host only: a dialog, a drop, the command line, the server's roots. */
export class GrantBook {
  private readonly byId = new Map<string, GrantedPath>()
  private readonly byPath = new Map<string, GrantedPath>()

  /**
   * Grants a path; the same path gives the same grant. A folder that holds a project is granted for writing, because opening
   * it is what the user means by it, unless `access` says `read-only`.
   * @throws `store/not-found`, `store/not-readable`
   */
  async add(path: string, access: 'read' | 'write' | 'read-only', top?: string): Promise<Grant> {
    let real: string
    let isFolder: boolean
    try {
      real = await realpath(path)
      isFolder = (await stat(real)).isDirectory()
    } catch (error) {
      throw toReadError(error, path)
    }
    const isProject = isFolder && (await isFile(join(real, projectFileName)))
    const given = access === 'write' || (access === 'read' && isProject) ? 'write' : 'read'
    const key = `${given} ${top ?? real} ${real}`
    const known = this.byPath.get(key)
    if (known && known.grant.isProject === isProject) return known.grant
    const id = known?.grant.id ?? newId()
    const name = basename(real) || real
    const grant: Grant = { id, name, kind: isFolder ? 'folder' : 'file', access: given, isProject }
    const granted: GrantedPath = { grant, path: real, top: top ?? real }
    this.byId.set(grant.id, granted)
    this.byPath.set(key, granted)
    return grant
  }

  /** What a grant stands for. @throws `files/unknown-grant` */
  use(id: string): GrantedPath {
    const granted = this.byId.get(id)
    if (granted) return granted
    throw new AppError('files/unknown-grant', 'This file or folder was not opened in this session; open it again.', {
      id,
    })
  }

  /** The paths of several grants. @throws `files/unknown-grant` */
  paths(ids: readonly string[]): string[] {
    return ids.map((id) => this.use(id).path)
  }

  /** A folder that may be written to. @throws `files/unknown-grant`, `files/not-writable-grant` */
  writable(id: string): GrantedPath {
    const granted = this.use(id)
    if (granted.grant.access === 'write' && granted.grant.kind === 'folder') return granted
    throw new AppError(
      'files/not-writable-grant',
      `"${granted.grant.name}" was opened for reading only. Choose a folder to write to.`,
      { id },
    )
  }

  /**
   * What a granted folder holds; every entry gets a grant of its own. Hidden files, and links that lead out of what was
   * granted, are left out.
   * @throws `files/unknown-grant`, `files/not-a-folder`, `store/not-found`, `store/not-readable`
   */
  async browse(id: string): Promise<FolderListing> {
    const { grant, path, top } = this.use(id)
    if (grant.kind !== 'folder')
      throw new AppError('files/not-a-folder', `"${grant.name}" is a file; choose a folder.`, { id })
    let names: string[]
    try {
      names = (await readdir(path)).filter((name) => !name.startsWith('.'))
    } catch (error) {
      throw toReadError(error, path)
    }
    const collator = new Intl.Collator('en', { numeric: true })
    names.sort((a, b) => collator.compare(a, b) || (a < b ? -1 : 1))
    const access = grant.access === 'write' ? 'write' : 'read-only'
    const entries: FolderEntry[] = []
    for (const name of names.slice(0, maximumEntries)) {
      const entry = await this.entry(join(path, name), access, top)
      if (entry) entries.push(entry)
    }
    const folders = entries.filter((entry) => entry.grant.kind === 'folder')
    const files = entries.filter((entry) => entry.grant.kind === 'file')
    const parent = path !== top && isWithin(dirname(path), top) ? await this.add(dirname(path), access, top) : null
    return { folder: grant, parent, entries: [...folders, ...files], more: Math.max(0, names.length - maximumEntries) }
  }

  /** Takes all grants back. */
  clear(): void {
    this.byId.clear()
    this.byPath.clear()
  }

  private async entry(path: string, access: 'write' | 'read-only', top: string): Promise<FolderEntry | null> {
    try {
      const real = await realpath(path)
      const found = await stat(real)
      if (!isWithin(real, top) || !(found.isFile() || found.isDirectory())) return null
      return { grant: await this.add(path, access, top), bytes: found.isFile() ? found.size : null }
    } catch {
      return null // Gone since, or a link that leads nowhere: not there to be opened.
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
