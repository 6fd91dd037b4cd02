import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { throwIfAborted } from '../../shared/base/abort.ts'
import { ignoreProgress, type ReportProgress } from '../../shared/base/progress.ts'
import type { DataSource } from '../../shared/domain/model-folder.ts'
import { toReadError } from './store-error.ts'

/** Options of `hashData`. */
export interface HashDataOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: ReportProgress
}

interface FoundFile {
  /** Path below the folder, with `/` on every system. */
  readonly name: string
  readonly path: string
  readonly bytes: number
}

/**
 * Fingerprint of a data folder (or of one file): SHA-256 over the sorted relative paths and the contents, read as a
 * stream. The same files give the same fingerprint wherever the folder lies. Links to folders are not followed, and
 * names that begin with a dot are left out: systems and programs put files of that kind beside the user's own.
 * @throws `store/not-found`, `store/not-readable`, `AbortError`
 */
export async function hashData(path: string, options: HashDataOptions = {}): Promise<DataSource> {
  const { signal, report = ignoreProgress } = options
  const files = await findFiles(path, signal)
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  const hash = createHash('sha256')
  let done = 0
  for (const file of files) {
    hash.update(`${file.name}\n${await hashFile(file.path, signal)}\n`)
    done += file.bytes
    report({ stage: 'Fingerprinting the data', done, total })
  }
  return { name: basename(resolve(path)), sha256: hash.digest('hex'), files: files.length, bytes: total }
}

async function findFiles(path: string, signal: AbortSignal | undefined): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const visit = async (folder: string, prefix: string): Promise<void> => {
    throwIfAborted(signal)
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue
      const entryPath = join(folder, entry.name)
      if (entry.isDirectory()) await visit(entryPath, `${prefix}${entry.name}/`)
      else {
        const target = await stat(entryPath).catch(() => null) // A link that leads nowhere is no data.
        if (target?.isFile()) found.push({ name: prefix + entry.name, path: entryPath, bytes: target.size })
      }
    }
  }
  try {
    const root = await stat(path)
    if (root.isDirectory()) await visit(path, '')
    else found.push({ name: basename(path), path, bytes: root.size })
  } catch (error) {
    throw toReadError(error, path)
  }
  // By code unit, not by locale: the order must be the same everywhere.
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function hashFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      throwIfAborted(signal)
      hash.update(piece as Buffer)
    }
  } catch (error) {
    throw toReadError(error, path)
  }
  return hash.digest('hex')
}
