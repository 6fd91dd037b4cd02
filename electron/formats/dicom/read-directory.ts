import { realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { ListedFile } from '../geotiff/find-geotiff-sequences.ts'
import type { Elements } from './elements.ts'

/** What a DICOMDIR lists beside it. */
export interface DirectoryFiles {
  /** Files that are there. */
  readonly present: readonly ListedFile[]
  /** File IDs (`A/B/C`) that are listed but not there. */
  readonly missing: readonly string[]
}

/** Media that were made for other systems have names in other letters, or with a version (`IM1.;1`). */
const variants = [(id: string) => id, (id: string) => id.toLowerCase(), (id: string) => `${id}.dcm`]

/**
 * The files that the records of a DICOMDIR name, in its order; names that lead out of its folder count as missing.
 * DICOM PS3.3 F.3.2.2, Referenced File ID.
 */
export async function readDirectory(elements: Elements, directory: ListedFile): Promise<DirectoryFiles> {
  const folder = dirname(directory.path)
  const root = await realpath(folder)
  const present: ListedFile[] = []
  const missing: string[] = []
  for (const record of elements.items('x00041220')) {
    const parts = record.texts('x00041500')
    if (parts.length === 0 || parts.every((part) => part === '')) continue
    const id = parts.join('/')
    const path = parts.some((part) => /^\.*$|[/\\]/.test(part)) ? null : await find(folder, root, parts)
    if (path === null) missing.push(id)
    else
      present.push({ path, relative: join(dirname(directory.relative), relative(folder, path)).split(sep).join('/') })
  }
  return { present, missing }
}

async function find(folder: string, root: string, parts: readonly string[]): Promise<string | null> {
  for (const variant of variants) {
    const path = join(folder, ...variant(parts.join('/')).split('/'))
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    )
    // A link on a medium could lead anywhere.
    if (isFile && (await realpath(path)).startsWith(root + sep)) return path
  }
  return null
}
