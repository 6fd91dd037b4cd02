import { readFile } from 'node:fs/promises'
import { toReadError } from './store-error.ts'

/** The text of a file; null when there is no such file. @throws `store/not-readable` */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw toReadError(error, path)
  }
}
