import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { writeFileAtomic } from './atomic-write.ts'
import { readIfThere } from './read-if-there.ts'
import { toWriteError } from './store-error.ts'

/**
 * Reads a small file of the program's own (settings, recent projects). One that is missing or damaged gives `initial`:
 * nothing in such a file is worth refusing to start for.
 * @throws `store/not-readable`
 */
export async function readJsonFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  initial: z.infer<Schema>,
): Promise<z.infer<Schema>> {
  const text = await readIfThere(path)
  if (text === null) return initial
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return initial
  }
}

/** Writes such a file, its folder too; atomic. @throws `store/not-writable`, `store/no-space` */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw toWriteError(error, dirname(path))
  }
  await writeFileAtomic(path, `${JSON.stringify(value, null, 1)}\n`)
}
