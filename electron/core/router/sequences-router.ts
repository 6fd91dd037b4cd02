import { dirname, sep } from 'node:path'
import { AbortError } from '../../../shared/base/abort.ts'
import { AppError } from '../../../shared/base/app-error.ts'
import { inspectionSchema } from '../../../shared/domain/sequence.ts'
import { objectPath, withoutPaths } from '../app/sequence-opener.ts'
import { ViewedSequence } from '../app/viewed-sequence.ts'
import { findJob } from '../app/wire-jobs.ts'
import { implementer } from './implementer.ts'

const { sequences } = implementer

/** Implements `sequences`. */
export const sequencesRouter = {
  inspect: sequences.inspect.handler(async ({ input, context: { session, workbench } }) => {
    const paths = await session.dataPaths(input.grants)
    const { id } = workbench.opener.inspect(paths)
    session.inspections.set(id, paths)
    return { job: id }
  }),
  found: sequences.found.handler(async ({ input, context: { session, workbench } }) => {
    const paths = session.inspections.get(input.job)
    if (!paths)
      throw new AppError('jobs/unknown', 'This inspection was not started in this session.', { id: input.job })
    const inspection = inspectionSchema.parse(await findJob(workbench.core.jobs, input.job).result)
    return withoutPaths(inspection, paths)
  }),
  open: sequences.open.handler(async ({ input, signal, context: { session, workbench } }) => {
    const paths = await session.dataPaths(input.grants)
    const reader = await workbench.opener.open(paths, input.sequence, signal).catch((error: unknown) => {
      throw withoutFolders(error, paths)
    })
    // Nobody would close what nobody waits for any more.
    if (signal?.aborted) {
      await reader.close()
      throw new AbortError()
    }
    const viewed = new ViewedSequence(reader)
    return viewed.describe(await session.handles.add(viewed))
  }),
  overlay: sequences.overlay.handler(async ({ input, signal, context: { session, workbench } }) => {
    const { reader } = session.sequence(input.handle)
    const paths = await session.dataPaths(input.grants)
    const path = input.object === null ? null : await objectPath(workbench.opener, paths, input.object)
    return reader.overlay(path, signal).catch((error: unknown) => {
      throw withoutFolders(error, paths)
    })
  }),
  thumbnails: sequences.thumbnails.handler(async ({ input, context: { session, workbench } }) => {
    const paths = await session.dataPaths(input.grants)
    return { handle: await session.handles.add(workbench.thumbnails.of(paths)) }
  }),
  series: sequences.series.handler(({ input, signal, context: { session } }) =>
    session.sequence(input.handle).series(input.row, input.column, signal),
  ),
  close: sequences.close.handler(async ({ input, context: { session } }) => {
    await session.handles.close(input.handle)
    return null
  }),
}

/** The same error, its sentence with names below what was given instead of places on the disk. */
function withoutFolders(error: unknown, paths: readonly string[]): unknown {
  if (!(error instanceof AppError)) return error
  const message = paths.reduce((text, path) => text.replaceAll(dirname(path) + sep, ''), error.message)
  return new AppError(error.code, message, {}, { cause: error })
}
