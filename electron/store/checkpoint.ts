import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/base/app-error.ts'
import { writeFileAtomic } from './atomic-write.ts'
import { readIfThere } from './read-if-there.ts'
import { toReadError } from './store-error.ts'
import { decodeTensors, encodeTensors, type TensorGroups } from './tensor-container.ts'

/** Everything a training run needs to go on: the task's own state as plain JSON, and tensors by group. */
export interface Checkpoint {
  /** Epoch, step, best loss and the like; the task checks it with its own schema. */
  readonly state: Readonly<Record<string, unknown>>
  readonly tensors: TensorGroups
}

const manifestName = 'checkpoint.json'
const tensorFilePattern = /^checkpoint-[0-9a-f]{16}\.weights$/

const manifestSchema = z.object({
  format: z.literal('chronolens-checkpoint'),
  version: z.literal(1),
  tensorFile: z.string().regex(tensorFilePattern),
  state: z.record(z.string(), z.unknown()),
})

/**
 * Writes a checkpoint into a model folder. The tensors go into a new file; renaming `checkpoint.json`, which names that
 * file, is the one moment at which the new checkpoint takes the old one's place, so that a kill at any time leaves one
 * of the two whole.
 * @throws `store/no-space`, `store/not-writable`; the older checkpoint is then still there
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const bytes = encodeTensors(checkpoint.tensors)
  const state = JSON.stringify(checkpoint.state)
  const name = createHash('sha256').update(state).update(bytes).digest('hex').slice(0, 16)
  const tensorFile = `checkpoint-${name}.weights`
  await writeFileAtomic(join(folder, tensorFile), bytes)
  const manifest = { format: 'chronolens-checkpoint', version: 1, tensorFile, state: checkpoint.state }
  await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest, null, 1)}\n`)
  await removeTensorFiles(folder, tensorFile)
}

/**
 * The checkpoint of a model folder; null when there is none.
 * @throws `model/damaged` when it was changed or cut off, `store/not-readable`
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint | null> {
  const path = join(folder, manifestName)
  const text = await readIfThere(path)
  if (text === null) return null
  const manifest = parseManifest(text)
  if (!manifest)
    throw new AppError(
      'model/damaged',
      `"${path}" is damaged: it is not a checkpoint. Start the training anew in an empty folder.`,
      { path },
    )
  const tensorPath = join(folder, manifest.tensorFile)
  const bytes = await readFile(tensorPath).catch((error: unknown) => {
    throw toReadError(error, tensorPath)
  })
  return { state: manifest.state, tensors: decodeTensors(bytes, tensorPath) }
}

/** Removes the checkpoint of a run that has finished. Does nothing when there is none. */
export async function removeCheckpoint(folder: string): Promise<void> {
  await rm(join(folder, manifestName), { force: true })
  await removeTensorFiles(folder)
}

/** Whether a file of this name is part of a checkpoint. */
export function isCheckpointFile(name: string): boolean {
  return name === manifestName || tensorFilePattern.test(name)
}

async function removeTensorFiles(folder: string, except?: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => tensorFilePattern.test(name) && name !== except)
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })))
}

function parseManifest(text: string): z.infer<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch {
    return undefined // The caller names the file.
  }
}
