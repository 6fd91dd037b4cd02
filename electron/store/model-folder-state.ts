import { readdir } from 'node:fs/promises'
import { isCheckpointFile } from './checkpoint.ts'

/**
 * What the folder of a run holds: a `finished` model, a `stopped` run that its checkpoint continues, or nothing yet
 * (`empty`, also when there is no folder). Looks at names only.
 */
export async function runFolderState(folder: string): Promise<'finished' | 'stopped' | 'empty'> {
  const names = await readdir(folder).catch((): string[] => [])
  if (names.includes('model.json')) return 'finished'
  return names.some((name) => isCheckpointFile(name)) ? 'stopped' : 'empty'
}
