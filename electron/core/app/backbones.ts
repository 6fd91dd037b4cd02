import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../../shared/base/app-error.ts'
import type { AddedBackbone } from '../../../shared/contracts/training.ts'
import { largestBackbone } from '../../../shared/domain/backbone.ts'
import type { TaskId } from '../../../shared/domain/run.ts'
import { toReadError, toWriteError } from '../../store/store-error.ts'
import type { OpenProject } from './open-project.ts'

/**
 * Copies the file of a network into a project, under its checksum, so that runs can be resumed when the original is gone. What it
 * holds is looked at by the compute process alone.
 * @throws `backbone/too-large`, `projects/read-only`, `store/*`
 */
export async function addBackbone(project: OpenProject, path: string): Promise<AddedBackbone> {
  project.requireWritable()
  const name = basename(path)
  const { size: bytes } = await stat(path).catch((error: unknown) => {
    throw toReadError(error, path)
  })
  if (bytes > largestBackbone)
    throw new AppError(
      'backbone/too-large',
      `"${name}" has ${bytes} bytes, and networks of up to ${largestBackbone} bytes can be used. Choose a smaller network.`,
      { name, bytes, largest: largestBackbone },
    )
  const folder = project.path('backbones')
  const temporary = project.path('backbones', `.${randomUUID()}`)
  try {
    await mkdir(folder, { recursive: true })
    await copyFile(path, temporary)
    const hash = createHash('sha256')
    await pipeline(createReadStream(temporary), hash)
    const id = hash.digest('hex')
    await rename(temporary, project.path('backbones', `${id}.onnx`))
    return { id, name, bytes }
  } catch (error) {
    await rm(temporary, { force: true })
    throw toWriteError(error, folder)
  }
}

/**
 * Tells the backbone apart from the settings that a form offers: the page names it by its checksum, a task by its file.
 * @throws `backbone/unknown` when the project holds no such file
 */
export async function backboneSetting(
  project: OpenProject,
  task: TaskId,
  set: Readonly<Record<string, string>>,
): Promise<{ readonly offered: Readonly<Record<string, string>>; readonly file: { readonly backbone?: string } }> {
  if (task !== 'action-recognition' || set['backbone'] === undefined) return { offered: set, file: {} }
  const { backbone: id, ...offered } = set
  // Only a checksum becomes part of a path.
  const path = /^[0-9a-f]{64}$/.test(id) ? project.path('backbones', `${id}.onnx`) : null
  const isThere = path !== null && (await stat(path).catch(() => null))?.isFile()
  if (path !== null && isThere) return { offered, file: { backbone: path } }
  throw new AppError(
    'backbone/unknown',
    'The project does not hold the network that is asked for; choose its file again.',
    {
      id: id.slice(0, 64),
    },
  )
}
