import { join } from 'node:path'
import { type EpochRecord, epochRecordSchema } from '../../shared/domain/run.ts'
import { appendAndSync, writeFileAtomic } from './atomic-write.ts'
import { readIfThere } from './read-if-there.ts'

const fileName = 'history.jsonl'

/** Adds an epoch to `history.jsonl` of a model folder. @throws `store/no-space`, `store/not-writable` */
export async function appendHistory(folder: string, record: EpochRecord): Promise<void> {
  await appendAndSync(join(folder, fileName), `${JSON.stringify(record)}\n`)
}

/** The epochs written so far, in order; a last line that a crash tore is left out. Empty when there are none. */
export async function readHistory(folder: string): Promise<EpochRecord[]> {
  const text = (await readIfThere(join(folder, fileName))) ?? ''
  const records: EpochRecord[] = []
  for (const line of text.split('\n')) {
    const record = parseLine(line)
    if (!record) break
    records.push(record)
  }
  return records
}

/** Takes the epochs after `epochs` out of the history again: work that came after the checkpoint is repeated. */
export async function rewindHistory(folder: string, epochs: number): Promise<EpochRecord[]> {
  const kept = (await readHistory(folder)).filter((record) => record.epoch <= epochs)
  await writeFileAtomic(join(folder, fileName), kept.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return kept
}

function parseLine(line: string): EpochRecord | undefined {
  try {
    return epochRecordSchema.parse(JSON.parse(line))
  } catch {
    return undefined // Torn by a crash while it was written; everything before it is whole.
  }
}
