import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { throwIfAborted } from '../../shared/base/abort.ts'
import { AppError } from '../../shared/base/app-error.ts'
import type { Problem } from '../../shared/domain/sequence.ts'
import { isDateListName } from './dates/date-list.ts'
import { toReadError } from './file-source.ts'
import { problemOf } from './found-sequence.ts'

/** A file below a path that the user gave. */
export interface ScannedFile {
  readonly path: string
  /** Path below the given folder, the folder's own name first, always with `/`. */
  readonly relative: string
  readonly size: number
}

/** What lies below the given paths. */
export interface ScannedFolder {
  readonly files: readonly ScannedFile[]
  /** Lists of dates beside files that were given by themselves; they are used, but not reported. */
  readonly companions: readonly ScannedFile[]
  readonly problems: readonly Problem[]
}

const maximumFiles = 200_000

/**
 * Lists all regular files below the given paths in natural order. Hidden files and folders are left out; links are followed,
 * but no folder is entered twice, so that links in a circle end.
 * @throws `formats/not-found`, `formats/no-permission` for a given path; `formats/too-many-files`; `AbortError`
 */
export async function scanPaths(paths: readonly string[], signal?: AbortSignal): Promise<ScannedFolder> {
  const walker = new Walker(signal)
  for (const path of paths) {
    const absolute = resolve(path)
    let status
    try {
      status = await stat(absolute)
    } catch (error) {
      throw toReadError(error, path)
    }
    if (status.isDirectory()) await walker.enter(absolute, basename(absolute), true)
    else {
      // A file given by itself still belongs to its folder, so that files given together are grouped as in a folder.
      walker.add(absolute, `${basename(dirname(absolute))}/${basename(absolute)}`, status.size)
      await walker.addCompanions(dirname(absolute))
    }
  }
  const listed = new Set(walker.files.map(({ path }) => path))
  const companions = walker.companions.filter(({ path }) => !listed.has(path))
  return { files: walker.files, companions, problems: walker.problems }
}

class Walker {
  readonly files: ScannedFile[] = []
  readonly companions: ScannedFile[] = []
  readonly problems: Problem[] = []
  private readonly signal: AbortSignal | undefined
  private readonly entered = new Set<string>()
  private readonly listed = new Set<string>()
  private readonly searched = new Set<string>()

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal
  }

  add(path: string, relative: string, size: number): void {
    if (this.listed.has(path)) return
    this.listed.add(path)
    if (this.files.length === maximumFiles)
      throw new AppError(
        'formats/too-many-files',
        `More than ${maximumFiles} files lie below the given path; choose a smaller folder.`,
        { limit: maximumFiles },
      )
    this.files.push({ path, relative, size })
  }

  async addCompanions(folder: string): Promise<void> {
    if (this.searched.has(folder)) return
    this.searched.add(folder)
    try {
      for (const name of await readdir(folder)) {
        if (name.startsWith('.') || !isDateListName(name)) continue
        const status = await stat(join(folder, name))
        const relative = `${basename(folder)}/${name}`
        if (status.isFile()) this.companions.push({ path: join(folder, name), relative, size: status.size })
      }
    } catch {
      // The folder of a given file need not be readable; then there is no list.
    }
  }

  async enter(folder: string, relative: string, isGiven: boolean): Promise<void> {
    throwIfAborted(this.signal)
    let names: string[]
    try {
      const real = await realpath(folder)
      if (this.entered.has(real)) return
      this.entered.add(real)
      names = await readdir(folder)
    } catch (error) {
      if (isGiven) throw toReadError(error, folder)
      this.problems.push(problemOf(folder, toReadError(error, folder)))
      return
    }
    const collator = new Intl.Collator('en', { numeric: true })
    for (const name of names.sort((a, b) => collator.compare(a, b) || (a < b ? -1 : 1))) {
      if (name.startsWith('.')) continue
      const path = join(folder, name)
      try {
        const status = await stat(path)
        if (status.isDirectory()) await this.enter(path, `${relative}/${name}`, false)
        else if (status.isFile()) this.add(path, `${relative}/${name}`, status.size)
      } catch (error) {
        if (error instanceof AppError || (error instanceof Error && error.name === 'AbortError')) throw error
        this.problems.push(problemOf(path, toReadError(error, path)))
      }
    }
  }
}
