import { createHash } from 'node:crypto'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DataFingerprint } from '../../shared/domain/project.ts'

const maximumFiles = 200_000

/**
 * Fingerprint of data by names and sizes of files, which takes milliseconds: to tell whether data that a project refers
 * to are still the same, or where they have moved. Hidden files are left out. Null when one of the paths is not there.
 */
export async function fingerprintData(paths: readonly string[]): Promise<DataFingerprint | null> {
  const files: { readonly name: string; readonly bytes: number }[] = []
  const entered = new Set<string>()
  const visit = async (path: string, name: string): Promise<void> => {
    const found = await stat(path)
    if (found.isFile()) files.push({ name, bytes: found.size })
    if (!found.isDirectory() || files.length > maximumFiles) return
    const real = await realpath(path)
    if (entered.has(real)) return // A link back into a folder above.
    entered.add(real)
    for (const entry of await readdir(path)) {
      if (entry.startsWith('.')) continue
      // A link that leads nowhere is no data.
      await visit(join(path, entry), `${name}/${entry}`).catch(() => undefined)
    }
  }
  try {
    // The name of a given folder may change when it is moved; the names below it do not.
    for (const path of paths) await visit(path, (await stat(path)).isDirectory() ? '' : basename(path))
  } catch {
    return null
  }
  const lines = files.map(({ name, bytes }) => `${name}\t${bytes}\n`).sort((a, b) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
  for (const line of lines) hash.update(line)
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), sha256: hash.digest('hex') }
}
