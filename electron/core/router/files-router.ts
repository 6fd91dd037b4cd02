import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../shared/base/app-error.ts'
import type { Sample } from '../../../shared/contracts/files.ts'
import { implementer } from './implementer.ts'

const { host, files } = implementer

/** Implements `host`. */
export const hostRouter = {
  info: host.info.handler(({ context }) => context.session.host.info),
}

/** Samples that may come with the program; a folder that is not there is not offered. */
const samples = [
  { id: 'crops', kind: 'geotiff' },
  { id: 'phantom', kind: 'dicom' },
  { id: 'actions', kind: 'video' },
] as const

/** Implements `files`. */
export const filesRouter = {
  pick: files.pick.handler(async ({ input, context: { session } }) => {
    const { pick } = session.host
    if (!pick)
      throw new AppError(
        'files/no-dialog',
        'This host has no dialog to choose files; browse the folders of the server.',
      )
    const paths = await pick(input.purpose)
    const access = input.purpose === 'project' ? 'write' : 'read'
    return Promise.all(paths.map((path) => session.grants.add(path, access)))
  }),
  roots: files.roots.handler(async ({ context: { session } }) =>
    Promise.all(session.host.roots.map((path) => session.grants.add(path, 'read-only'))),
  ),
  browse: files.browse.handler(({ input, context: { session } }) => session.grants.browse(input.folder)),
  samples: files.samples.handler(async ({ context: { session, workbench } }) => {
    const { samplesFolder } = workbench.options
    const there = new Set(await readdir(samplesFolder).catch(() => []))
    const found = samples.filter(({ id }) => there.has(id))
    return Promise.all(
      found.map(async ({ id, kind }): Promise<Sample> => ({
        id,
        kind,
        data: await session.grants.add(join(samplesFolder, id), 'read-only'),
      })),
    )
  }),
  given: files.given.handler(({ context: { session } }) => session.takeGiven()),
}
