import { realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { pageContentTypes } from '../../shared/contracts/page-headers.ts'

/** A file the page may have. */
export interface ServedFile {
  readonly path: string
  readonly contentType: string
}

/**
 * The file of the served folder that a URL path names; null for anything that is not plainly such a file: other folders by
 * `..` in any spelling, links that lead out, unknown kinds of files.
 * @param folder    served folder, absolute
 * @param urlPath   path of the URL as it came, still encoded, with its leading slash
 */
export async function servedFile(folder: string, urlPath: string): Promise<ServedFile | null> {
  const name = decoded(urlPath)
  if (name === null || !name.startsWith('/')) return null
  // Nothing the build makes needs these; refusing them spares all thought about how a system reads them.
  if (/[\0\\:]/.test(name) || name.split('/').some((part) => part === '..' || part === '.')) return null
  const contentType = pageContentTypes[extname(name).toLowerCase()]
  if (contentType === undefined) return null
  try {
    // Links are followed on both sides, and the separator keeps out neighbours whose name begins alike.
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))])
    return path.startsWith(root + sep) ? { path, contentType } : null
  } catch {
    return null
  }
}

function decoded(urlPath: string): string | null {
  try {
    return decodeURIComponent(urlPath)
  } catch {
    return null
  }
}
