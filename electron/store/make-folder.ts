import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and the ones above it, like `mkdir` with `recursive`, which in Node never returns where a parent
 * refuses children by saying "not found" (below `/proc`, for example).
 * @throws the operating system's error, for `toWriteError`
 */
export async function makeFolder(path: string): Promise<void> {
  const full = resolve(path)
  try {
    await mkdir(full)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const isThere = await stat(full)
      .then((found) => found.isDirectory())
      .catch(() => false)
    if (isThere) return
    const parent = dirname(full)
    const hasParent = await stat(parent)
      .then(() => true)
      .catch(() => false)
    if (code !== 'ENOENT' || hasParent || parent === full) throw error
    await makeFolder(parent)
    await mkdir(full).catch((again: unknown) => {
      // Someone else may have made it meanwhile.
      if ((again as NodeJS.ErrnoException).code !== 'EEXIST') throw again
    })
  }
}
