import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const root = process.env['CHRONOLENS_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))

/** Folder of a real data set, or null where the data is not on this machine. */
export function realData(name: string): string | null {
  const folder = join(root, name)
  return existsSync(folder) ? folder : null
}
