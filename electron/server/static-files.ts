import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { pageContentTypes } from '../../shared/contracts/page-headers.ts'

/** A file of the page. */
export interface StaticFile {
  readonly path: string
  readonly bytes: number
  readonly contentType: string
  /** Its name changes with its content, so that it may be kept. */
  readonly isHashed: boolean
}

/**
 * All files of the built page by URL path. The list is made once and nothing else is ever served, so that no spelling of a
 * URL can reach another file; links and files of unknown kinds are left out. Empty when the page was not built.
 */
export async function listStaticFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  const root = await realpath(folder).catch(() => null)
  if (root === null) return files
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    const contentType = pageContentTypes[extname(entry.name).toLowerCase()]
    if (!entry.isFile() || contentType === undefined) continue
    const url = `/${path
      .slice(root.length + 1)
      .split(sep)
      .join('/')}`
    const { size } = await stat(path)
    files.set(url, { path, bytes: size, contentType, isHashed: url.startsWith('/assets/') })
  }
  const index = files.get('/index.html')
  if (index) files.set('/', index)
  return files
}
