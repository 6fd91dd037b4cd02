import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
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
  /** When it was last written, in ms since 1970. */
  readonly modifiedMs: number
}

/** What lies below the given paths. */
export interface ScannedFolder {
  readonly files: readonly ScannedFile[]
  /** Lists of dates beside files that were given by themselves; they are used, but not reported. */
  readonly companions: readonly ScannedFile[]
  readonly problems: readonly Problem[]
}

const maximumFiles = 200_000
const statsAtOnce = 64

/** How to list files. */
export interface ScanOptions {
  readonly signal?: AbortSignal | undefined
  /** Told how many files were found so far, every few dozen. */
  readonly onFound?: ((files: number) => void) | undefined
}

/**
 * A short text that is the same as long as the same files lie below the paths, none of them written since.
 * @throws as `scanPaths`
 */
export async function listingOf(paths: readonly string[], signal?: AbortSignal): Promise<string> {
  return digestOf(await scanPaths(paths, { signal }))
}

/** The text of `listingOf` for a scan that was done already. */
export function digestOf({ files, companions }: ScannedFolder): string {
  const hash = createHash('sha256')
  for (const { path, size, modifiedMs } of [...files, ...companions]) hash.update(`${path}\0${size}\0${modifiedMs}\0`)
  return hash.digest('hex')
}

/**
 * Lists all regular files below the given paths in natural order. Hidden files and folders are left out; links are followed,
 * but no folder is entered twice, so that links in a circle end.
 * @throws `formats/not-found`, `formats/no-permission` for a given path; `formats/too-many-files`; `AbortError`
 */
export async function scanPaths(paths: readonly string[], options: ScanOptions = {}): Promise<ScannedFolder> {
  const walker = new Walker(options)
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
      walker.add(absolute, `${basename(dirname(absolute))}/${basename(absolute)}`, status)
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
  private readonly options: ScanOptions
  private readonly entered = new Set<string>()
  private readonly listed = new Set<string>()
  private readonly searched = new Set<string>()

  constructor(options: ScanOptions) {
    this.options = options
  }

  add(path: string, relative: string, { size, mtimeMs }: Stats): void {
    if (this.listed.has(path)) return
    this.listed.add(path)
    if (this.files.length === maximumFiles)
      throw new AppError(
        'formats/too-many-files',
        `More than ${maximumFiles} files lie below the given path; choose a smaller folder.`,
        { limit: maximumFiles },
      )
    this.files.push({ path, relative, size, modifiedMs: mtimeMs })
  }

  async addCompanions(folder: string): Promise<void> {
    if (this.searched.has(folder)) return
    this.searched.add(folder)
    try {
      for (const name of await readdir(folder)) {
        if (name.startsWith('.') || !isDateListName(name)) continue
        const status = await stat(join(folder, name))
        const relative = `${basename(folder)}/${name}`
        const { size, mtimeMs: modifiedMs } = status
        if (status.isFile()) this.companions.push({ path: join(folder, name), relative, size, modifiedMs })
      }
    } catch {
      // The folder of a given file need not be readable; then there is no list.
    }
  }

  async enter(folder: string, relative: string, isGiven: boolean): Promise<void> {
    throwIfAborted(this.options.signal)
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
    const shown = names.filter((name) => !name.startsWith('.'))
    shown.sort((a, b) => collator.compare(a, b) || (a < b ? -1 : 1))
    for (let first = 0; first < shown.length; first += statsAtOnce) {
      throwIfAborted(this.options.signal)
      const some = shown.slice(first, first + statsAtOnce)
      const found = await Promise.allSettled(some.map((name) => stat(join(folder, name))))
      for (const [i, name] of some.entries()) {
        const path = join(folder, name)
        const status = found[i]
        if (status?.status !== 'fulfilled') this.problems.push(problemOf(path, toReadError(status?.reason, path)))
        else if (status.value.isDirectory()) await this.enter(path, `${relative}/${name}`, false)
        else if (status.value.isFile()) this.add(path, `${relative}/${name}`, status.value)
      }
      this.options.onFound?.(this.files.length)
    }
  }
}
