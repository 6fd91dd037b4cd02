import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'

/** Most systems allow 255 bytes; a number may follow. */
const longestBytes = 200
const longest = 80
const attempts = 1000

/**
 * A folder below `parent` that does not exist yet, named after a project. Letters and digits of any script, spaces, dots
 * within and dashes stay; everything that a path or some system could take for more than a name becomes a dash.
 * @throws `store/not-empty` when a thousand such folders are there
 */
export async function freeFolder(parent: string, name: string): Promise<string> {
  const safe = safeName(name)
  for (let number = 1; number <= attempts; number++) {
    const folder = join(parent, number === 1 ? safe : `${safe} ${number}`)
    const isTaken = await stat(folder).then(
      () => true,
      () => false,
    )
    if (!isTaken) return folder
  }
  throw new AppError('store/not-empty', `Too many projects are called "${safe}"; choose another name.`, { name: safe })
}

/** A name that is safe as one part of a path on every system. */
export function safeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N} ._-]+/gu, '-')
    .replaceAll(/^[\s.-]+|[\s.-]+$/g, '')
  let cut = ''
  for (const letter of [...plain].slice(0, longest)) if (Buffer.byteLength(cut + letter) <= longestBytes) cut += letter
  cut = cut.replace(/[\s.-]+$/, '')
  // Windows keeps these for devices, with any suffix.
  const isReserved = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i.test(cut)
  return cut === '' ? 'project' : isReserved ? `${cut}-project` : cut
}
