import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toWriteError } from '../../store/store-error.ts'
import { temporaryFolder } from './temporary-file.ts'

/** Labels in a file of their own for as long as a job reads them; projects that may not be written have room for none. */
export interface LabelCopy {
  readonly path: string
  remove(): Promise<void>
}

/** Writes a copy of labels into the system's temporary folder. @throws `store/*` */
export async function copyLabels(text: string, extension: 'geojson' | 'csv' | 'json'): Promise<LabelCopy> {
  const folder = await temporaryFolder()
  try {
    const path = join(folder, `labels.${extension}`)
    await writeFile(path, text)
    return { path, remove: () => rm(folder, { recursive: true, force: true }) }
  } catch (error) {
    throw toWriteError(error, folder)
  }
}
