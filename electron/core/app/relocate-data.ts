import { basename, dirname, join, relative } from 'node:path'
import type { DataFingerprint, DataReference } from '../../../shared/domain/project.ts'
import { fingerprintData } from '../../store/data-fingerprint.ts'
import { isSameData } from './project-data.ts'

/** Where data are now. */
export interface FoundAgain {
  readonly paths: readonly string[]
  readonly fingerprint: DataFingerprint
}

/**
 * Finds moved data at a place that a person named: the folder itself, or a folder that now holds it (or its files).
 * @returns null when neither holds the same files
 */
export async function findAgain(data: DataReference, chosen: readonly string[]): Promise<FoundAgain | null> {
  const [folder] = chosen
  const places = [chosen]
  if (folder !== undefined && chosen.length === 1) places.push(data.paths.map((path) => join(folder, basename(path))))
  for (const paths of places) {
    const fingerprint = await fingerprintData(paths)
    if (fingerprint && isSameData(fingerprint, data.fingerprint)) return { paths, fingerprint }
  }
  return null
}

/**
 * Finds other data that moved together with the first, so that nobody is asked twice: what lay beside it lies beside it again.
 * @param mayRead  whether this session may read a path
 */
export async function findMovedAlong(
  others: readonly DataReference[],
  from: string,
  to: string,
  mayRead: (path: string) => boolean,
): Promise<ReadonlyMap<string, FoundAgain>> {
  const found = new Map<string, FoundAgain>()
  for (const data of others) {
    if (await fingerprintData(data.paths)) continue
    const paths = data.paths.map((path) => join(dirname(to), relative(dirname(from), path)))
    if (!paths.every(mayRead)) continue
    const again = await findAgain(data, paths)
    if (again) found.set(data.id, again)
  }
  return found
}
