import { join } from 'node:path'
import { type RunLogLine, runLogLineSchema } from '../../shared/domain/run-log.ts'
import { appendAndSync } from './atomic-write.ts'
import { readIfThere } from './read-if-there.ts'

/** Name of the log within a model folder. */
export const runLogName = 'log.jsonl'

/** Adds a line to the log of a model folder. @throws `store/no-space`, `store/not-writable` */
export async function appendRunLog(folder: string, line: Omit<RunLogLine, 'at'>): Promise<void> {
  const entry: RunLogLine = { at: new Date().toISOString(), ...line }
  await appendAndSync(join(folder, runLogName), `${JSON.stringify(entry)}\n`)
}

/** The log of a run, oldest line first; lines that a crash tore are left out. Empty when there is none. */
export async function readRunLog(folder: string): Promise<RunLogLine[]> {
  const text = (await readIfThere(join(folder, runLogName))) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      return [runLogLineSchema.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
}
